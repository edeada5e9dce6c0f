package greeting

import "testing"

func TestFor(t *testing.T) {
	if For("you") != "Hello, you" {
		t.Fail()
	}
}
