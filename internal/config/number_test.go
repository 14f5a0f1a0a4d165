package config

import (
	"fmt"
	"strings"
	"testing"
)

// A text that looks like a number is the text that stands in the file.
func TestNumbersAreTexts(t *testing.T) {
	for _, text := range []string{"0640", "0o640", "08", "1.10", "1e3", "1_000", "0x1F", "0b11", "7", ".inf", ".nan", "-5", "00"} {
		c, err := Parse("c.yaml", fmt.Appendf(nil, "inputs: [{name: a, type: file, path: %s, dialect: linux}]\n", text))
		if err != nil || c.Inputs[0].Path != text {
			t.Errorf("path: %s is read as %+v, %v", text, c, err)
		}
	}
	c, err := Parse("c.yaml", []byte("inputs: [{name: a, type: unix, path: s, mode: 0640}]\ntrail: {segment-rows: 4096}\n"))
	if err != nil || c.Inputs[0].Mode != "0640" || c.Trail.SegmentRows != 4096 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, text := range []string{"trail: {segment-rows: 0x1000}", "trail: {segment-rows: 2000.9}", "trail:\n  quota-warning: 75.9", "trail: {segment-rows: 2e3}",
		`trail: {segment-rows: "4096.5"}`, "trail: {dirs: [{path: /a}, {path: /b, minfree: 1.5}]}", "witness: {quorum: 0.5}",
		"inputs: [{name: a, type: nflog, group: 1.5}]", "policy: {events: [{number: 1.5, name: AUE_X, classes: fr}]}"} {
		if _, err := Parse("c.yaml", []byte(text+"\n")); err == nil || !strings.Contains(err.Error(), "is not a whole number") {
			t.Errorf("%s: a number that is no whole decimal one is taken: %v", text, err)
		}
	}
}
