// Command counterfoil keeps an audit trail with provable completeness. See `counterfoil --help`.
package main

import (
	"os"

	"github.com/counterfoil/counterfoil/internal/cli"
)

// version is set by the linker: see the Makefile.
var version = "unknown"

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: version}))
}
