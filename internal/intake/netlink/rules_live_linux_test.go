package netlink

import (
	"slices"
	"testing"
)

// TestReadKernel: a rule that is loaded is read in auditctl's words, and reading changes nothing.
func TestReadKernel(t *testing.T) {
	path := watch(t)
	first, err := ReadKernel()
	if err != nil {
		t.Fatal(err)
	}
	if want := "-w " + path + " -p rwa -k counterfoil-test"; !slices.Contains(first.Rules, want) {
		t.Errorf("%q is not among %q", want, first.Rules)
	}
	again, err := ReadKernel()
	if err != nil || first.Enabled != again.Enabled || !slices.Contains(again.Rules, "-w "+path+" -p rwa -k counterfoil-test") {
		t.Errorf("reading changed %+v to %+v, %v", first, again, err)
	}
}
