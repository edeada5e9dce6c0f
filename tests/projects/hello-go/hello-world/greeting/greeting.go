// Package greeting is a second package of the module.
package greeting

// For greets someone.
func For(name string) string {
	return "Hello, " + name
}
