package http_test

import (
	"context"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/http"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// nowhere takes everything and keeps nothing: what is measured is intake alone.
type nowhere struct{}

func (nowhere) Append(_ context.Context, _ string, events []counterfoil.Event) (trail.Receipt, error) {
	return trail.Receipt{Last: uint64(len(events) - 1)}, nil
}

// One body of 5,000 events of about 690 bytes, through a real connection; "cut" parses nothing, so that the difference
// between the two is the parser and "cut" is what intake itself costs.
func BenchmarkPost(b *testing.B) {
	var body strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&body, `{"aid":"0190%04x-93d1-7c8b-a1f0-0c5c8f6f%04x","time":"2026-11-22T12:00:00.%09dZ","host":"host-%d","addr":"10.0.%d.7","user":"user%d",`+
			`"sess":"6f%06x","svc":"SMB","event":"UNLINK","success":true,"event_data":{"bytes":%d,"detail":%q,"file":{"path":"/srv/data/%d/report.xlsx","type":"regular"}}}`+"\n",
			i, i, i, i%200, i%250, i%2000, i/50, i, strings.Repeat("lorem ipsum dolor ", 20), i)
	}
	text := body.String()
	first, _, _ := strings.Cut(text, "\n")
	one, err := intaketest.Parse(first)
	if err != nil {
		b.Fatal(err)
	}
	parsers := map[string]func() intake.Parser{
		"parse": func() intake.Parser { return new(jsonl.Parser) },
		"cut": func() intake.Parser {
			return intaketest.Parser(func(string) (counterfoil.Event, error) { return one, nil })
		},
	}
	for name, parser := range parsers {
		b.Run(name, func(b *testing.B) {
			s := httptest.NewServer(http.New(http.Options{Trail: nowhere{}, Parser: parser}))
			defer s.Close()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r, err := nethttp.Post(s.URL, "application/x-ndjson", strings.NewReader(text))
				if err != nil || r.StatusCode != 200 {
					b.Fatal(r.Status, err)
				}
				r.Body.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/event")
		})
	}
}
