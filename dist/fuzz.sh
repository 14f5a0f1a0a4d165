#!/bin/sh
# Run every fuzz target of the module for the time given (default 30s), one after the other.
# Inputs are hardly made smaller: with Go's default that takes nearly all of the time where one execution takes long.
time=${1:-30s}
go list ./... | while read -r pkg; do
	dir=$(go list -f '{{.Dir}}' "$pkg")
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/^func //'); do
		echo "== $pkg $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "$pkg" || exit 1
	done
done
