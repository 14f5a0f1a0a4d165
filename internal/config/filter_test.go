package config

import (
	"strings"
	"testing"
)

// TestStandingFilters: what a configuration asks of times is the same whenever it is read. A moment that is counted from now
// would be another at each start, and in a policy was one of 1969.
func TestStandingFilters(t *testing.T) {
	for filter, wrong := range map[string]string{
		"time > 2h": "counted from now", "user = anna or not (time < yesterday)": "counted from now", "time >= 14:30": "counted from now", "time > now": "counted from now", "time > monday": "counted from now",
		"event_data.when < #2026-11-22T08:00:00Z": "", "time >= 2026-11-22": "", "time < 2026-11-22T14:30:00+01:00": "", `mongo:{ts: {$gte: {$date: "2026-11-22T00:00:00Z"}}}`: "",
		"user = anna and since 2h": "since", "until 2026-11-22": "since",
	} {
		policy, err := parsePolicy(source{name: "p.yaml", text: []byte("filters:\n  - name: x\n    filter: '" + filter + "'\n"), what: "policy"})
		if wrong == "" && (err != nil || len(policy.Spec().Filters) != 1) || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("a policy with %s: %v, want %q", filter, err, wrong)
		}
		o := Output{Name: "o", Type: "console", Format: "jsonl", Filter: filter}
		if _, err := o.Wanted(); wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("an output with %s: %v, want %q", filter, err, wrong)
		}
	}
}
