package main

import (
	"hello-world/greeting"
	"os"
)

func main() {
	_, _ = os.Stdout.WriteString(greeting.For(os.Getenv("PARAM1")) + "\n")
}
