#!/bin/sh
# Run staticcheck at its pinned version. Where it cannot be had (no network, nothing cached) say so and go on, unless
# COUNTERFOIL_REQUIRE names it.
tool=honnef.co/go/tools/cmd/staticcheck@v0.8.2
if ! err=$(go run $tool -version 2>&1); then
	case ",$COUNTERFOIL_REQUIRE," in
	*,staticcheck,*) echo "staticcheck is required here and cannot be had: $err"; exit 1 ;;
	esac
	echo "staticcheck skipped: it cannot be had here: $(echo "$err" | tail -n 1)"
	exit 0
fi
echo "go run $tool ./..."
go run $tool ./...
