package cli

import (
	"bytes"
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
