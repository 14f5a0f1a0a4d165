package cli

import (
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

// A daemon reads moments in UTC: what is asked there must be what is asked of a directory here.
func TestForDaemon(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("", -5*3600), time.FixedZone("", 9*3600)} {
		now := time.Date(2026, 11, 30, 7, 33, 0, 0, time.UTC).In(zone)
		for text, same := range map[string]bool{
			"user = anna":               true,
			"user = anna since 2h":      true,
			"svc = SMB since 07:26":     zone == time.UTC,
			"host = a or time > 14:30":  zone == time.UTC,
			"since 2026-11-30 pay.xlsx": zone == time.UTC,
			`since 2026-11-30T08:00:00Z until 2026-11-30T09:00:00+01:00 "a b"*`: true,
			`mongo:{ user: "anna" }`: true,
			"user = ":                true, // the daemon says what is wrong
		} {
			sent := forDaemon(text, now)
			if (sent == text) != same {
				t.Errorf("%v: %q is sent as %q", zone, text, sent)
			}
			here, err := grammar.Parse(text, now)
			there, derr := grammar.Parse(sent, now.UTC())
			if (err == nil) != (derr == nil) || here.String() != there.String() {
				t.Errorf("%v: %q means %v here, and %v there", zone, text, here, there)
			}
		}
	}
}
