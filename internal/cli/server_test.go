package cli

import (
	"bytes"
	"errors"
	"testing"
)

// What a daemon refuses is told in its words, with the exit code of its kind.
func TestRefused(t *testing.T) {
	tests := []struct {
		body, want string
		code       int
	}{
		{`{"error":{"kind":"bad_field","message":"line 1: field \"svc\" is missing","line":1,"field":"svc"},"taken":{"lines":0}}`, `the daemon says 400: line 1: field "svc" is missing`, exitMisuse},
		{`{"error":{"kind":"query","message":"no field","text":"no field\n  usr\n  ^"}}`, "the daemon says 400: no field\n  usr\n  ^", exitMisuse},
		{`{"error":{"kind":"not_found","parameter":"seq","message":"no record 7","hint":"the newest is 6"}}`, "the daemon says 400: no record 7: the newest is 6", exitNo},
		{`{"error":{"kind":"not_found","message":"nothing here"}}`, "the daemon says 400: nothing here: the URL is the daemon's address alone, such as http://127.0.0.1:8470", exitTrouble},
		{`{"error":{"kind":"suspended","message":"the disk is full"},"taken":{"lines":0}}`, "the daemon says 400: the disk is full", exitTrouble},
		{"bad gateway\n", "the daemon says 400: bad gateway", exitTrouble},
		{`{"error":"of a proxy"}`, `the daemon says 400: {"error":"of a proxy"}`, exitTrouble},
	}
	for _, c := range tests {
		var e *exit
		if err := refused("400", []byte(c.body)); !errors.As(err, &e) || e.code != c.code || err.Error() != c.want {
			t.Errorf("%s\ngives %v\nwant  %s with exit code %d", c.body, err, c.want, c.code)
		}
	}
}

func TestLogAnswer(t *testing.T) {
	var out bytes.Buffer
	if err := logAnswer(Env{Stdout: &out}, []byte(`{"first":7,"last":7,"taken":1,"retried":0}`+"\n")); err != nil || out.String() != "7\n" {
		t.Errorf("%v, %q", err, out.String())
	}
	var e *exit
	err := logAnswer(Env{Stdout: &out}, []byte(`{"error":{"kind":"broken","message":"the trail is broken"},"taken":{"lines":0}}`+"\n"))
	if !errors.As(err, &e) || e.code != exitNo || err.Error() != "the daemon refused the event: the trail is broken" {
		t.Errorf("a refusal gives %v", err)
	}
	if err := logAnswer(Env{Stdout: &out}, []byte("half an ans")); err == nil || errors.As(err, &e) && e.code == exitNo {
		t.Errorf("half an answer gives %v", err)
	}
}
