package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/convert"
)

func TestBar(t *testing.T) {
	for want, p := range map[string]convert.Progress{
		"[############............]  50 %  1.5 MiB of 3.0 MiB  100 events, 50/s": {Bytes: 3 << 19, Total: 3 << 20, Events: 100},
		"2.0 GiB  7 events, 4/s": {Bytes: 2 << 30, Events: 7},
		"[########################] 100 %  4.0 KiB of 2.0 KiB  0 events, 0/s": {Bytes: 4 << 10, Total: 2 << 10},
	} {
		if got := barText(p, 2*time.Second); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	var out bytes.Buffer
	b := newBar(&out, false, time.Now)
	b.show(convert.Progress{Bytes: 1})
	if b.clear(); out.Len() > 0 {
		t.Errorf("on what is no terminal: %q", out.String())
	}
	now := time.Unix(0, 0)
	b = &bar{w: &out, now: func() time.Time { return now }, began: now, last: now}
	b.show(convert.Progress{Bytes: 1 << 10})
	if b.clear(); out.Len() > 0 {
		t.Errorf("at once: %q", out.String())
	}
	now = now.Add(time.Second)
	b.show(convert.Progress{Bytes: 1 << 10})
	b.show(convert.Progress{Bytes: 2 << 10})
	b.clear()
	if want := "\r\x1b[K1.0 KiB  0 events, 0/s\r\x1b[K"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
