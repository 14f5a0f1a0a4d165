package all

import "testing"

func TestSniffSIEM(t *testing.T) {
	for prefix, want := range map[string]string{
		"{\"version\":\"1.1\",\"host\":\"a\",\"short_message\":\"m\"}\x00": "gelf",
		`{"resourceLogs":[{"scopeLogs":[]}]}`:                              "otlp",
		`{"resourceSpans":[]}`:                                             "",
		`{"version":"1.1","host":"a"}`:                                     "",
	} {
		got := ""
		if d := Sniff([]byte(prefix)); d != nil {
			got = d.Name
		}
		if got != want {
			t.Errorf("Sniff(%q) = %q, want %q", prefix, got, want)
		}
	}
}
