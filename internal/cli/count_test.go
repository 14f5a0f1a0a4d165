package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/counterfoil/counterfoil/internal/search"
)

// Values that are not UTF-8 are told apart in JSON, as in messages and by the API.
func TestCountsAsJSON(t *testing.T) {
	var out bytes.Buffer
	buckets := []search.Bucket{{Key: "a\xff", Count: 2}, {Key: "a\xfe<", Count: 1, Failures: 1}}
	if err := printBuckets(Env{Stdout: &out}, buckets, true); err != nil {
		t.Fatal(err)
	}
	want := `{"key":"a\udcff","count":2,"failures":0}` + "\n" + `{"key":"a\udcfe<","count":1,"failures":1}` + "\n"
	if out.String() != want {
		t.Errorf("got  %s\nwant %s", out.String(), want)
	}
}

// A length of time that a directory is counted by is one that a daemon is asked for.
func TestLengthsOfTime(t *testing.T) {
	var asked string
	daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query().Get("by")
		w.Write([]byte(`{"groups":[]}`))
	}))
	defer daemon.Close()
	s := &server{daemon.URL, "cf_x", daemon.Client()}
	for by, want := range map[string]string{"1h30m": "5400s", "90.5m": "5430s", "15m": "900s", "24h": "86400s", "user": "user", "1d": "1d"} {
		if _, err := s.count(t.Context(), &question{}, by); err != nil || asked != want {
			t.Errorf("%s is asked for as %q, want %q (%v)", by, asked, want, err)
		}
	}
}
