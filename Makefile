# counterfoil: `make build`, `make run`, `make test`. Everything else is below, each with a line that says what it does.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
# RACE=-race makes `make test` look for data races.
RACE    ?=

.DEFAULT_GOAL := build
.PHONY: build run test lint unit e2e race faults fuzz bench bench-dialects clean help

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

build: ## bin/counterfoil, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/counterfoil ./cmd/counterfoil

run: build ## build, start the daemon on ./var with the sample log (and, as root on Linux, this machine's own records)
	@dist/try.sh

test: lint unit e2e ## everything

lint: ## gofmt, go vet, staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
	  if [ -n "$$out" ]; then echo "not gofmt'd (run gofmt -w on them):"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	@dist/staticcheck.sh

unit: ## go test of this module
	$(GO) test -timeout 30m $(RACE) ./...
	$(if $(RACE),$(GO) test ./internal/trail) # its crash tests go through every step only without the race detector

e2e: ## tests against real peers; each skips with a sentence where its peer is missing
	cd e2e && $(GO) vet ./...
	cd e2e && $(GO) test -timeout 30m $(RACE) $$($(GO) list ./... | grep -v /ferretdb)
	cd e2e && $(GO) test -timeout 30m ./ferretdb # the peer runs in the test, its SQLite twenty times slower under the race detector

race: ## unit tests with the race detector (needs a C compiler)
	$(MAKE) unit RACE=-race

FAULTS  ?= 1000
faults: ## acceptance of what survives: FAULTS histories and kills, ten times as many flipped bits, failing system calls (hours)
	COUNTERFOIL_HISTORIES=$(FAULTS) COUNTERFOIL_FLIPS=$(FAULTS)0 $(GO) test -v -timeout 10h -run 'TestHistories|TestOptions|TestFlippedBits' ./internal/trail
	cd e2e && COUNTERFOIL_KILLS=$(FAULTS) COUNTERFOIL_INJECT=12 $(GO) test -v -timeout 10h ./crash

FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME each
	@dist/fuzz.sh $(FUZZTIME)

bench: ## compare with peers in one session: make bench PEER=ch N=10000000
	@bash bench/run.sh

bench-dialects: ## records/s of every dialect's decoder and of the peers that are installed, on one core
	@bash bench/dialects.sh

clean: ## remove what `make build` and `make run` made
	rm -rf bin var
