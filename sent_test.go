package counterfoil

import "testing"

// TestParserUsesItsMemoryAgain: events are those of ParseSent, and stay right until Reset.
func TestParserUsesItsMemoryAgain(t *testing.T) {
	messages := []string{
		`{"time":"2026-01-01T00:00:00Z","addr":"","user":"anna","svc":"S","event":"E","event_data":{"b":1,"a":"x"}}`,
		`{"time":"2026-01-01T00:00:00Z","addr":"","user":"bert","svc":"S","event":"E","event_data":{"b":22,"a":"a longer text"}}`,
		`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"s","event":"E","seq":7,"event_data":{"b":22,"a":""}}`,
	}
	var p Parser
	for range 3 {
		var got []Event
		for range 4000 { // more than a piece of memory holds
			for _, m := range messages {
				e, _, err := p.ParseSent(m)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
		}
		for i, e := range got {
			want, _, err := ParseSent(messages[i%len(messages)])
			if err != nil || e != want {
				t.Fatalf("event %d: %+v, want %+v (%v)", i, e, want, err)
			}
		}
		p.Reset()
	}
	if len(p.h.spare) == 0 {
		t.Error("no memory was taken back")
	}
}
