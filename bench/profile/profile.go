//go:build profile

// Laid over cmd/counterfoil by PROFILE=1 bench/run.sh, and part of no other build: SIGUSR1 begins a CPU profile in the
// file that COUNTERFOIL_PROFILE names, SIGUSR2 ends it and writes what was allocated since the start beside it.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
)

func init() {
	name := os.Getenv("COUNTERFOIL_PROFILE")
	if name == "" {
		return
	}
	wish := make(chan os.Signal, 1)
	signal.Notify(wish, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for s := range wish {
			if err := profile(name, s); err != nil {
				fmt.Fprintln(os.Stderr, "profile:", err)
			}
		}
	}()
}

func profile(name string, wish os.Signal) error {
	if wish == syscall.SIGUSR1 {
		f, err := os.Create(name + ".cpu")
		if err != nil {
			return err
		}
		return pprof.StartCPUProfile(f) // the file lives as long as the process
	}
	pprof.StopCPUProfile()
	f, err := os.Create(name + ".alloc")
	if err != nil {
		return err
	}
	defer f.Close()
	return pprof.Lookup("allocs").WriteTo(f, 0)
}
