package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/convert"
)

// bar is a line on a terminal that says how far a job has come. It shows nothing where there is no terminal.
type bar struct {
	w           io.Writer // nil: shows nothing
	now         func() time.Time
	began, last time.Time
}

// barEvery is the time between two looks of the bar; a job shorter than that has none.
const barEvery = 200 * time.Millisecond

func newBar(w io.Writer, quiet bool, now func() time.Time) *bar {
	if quiet || !isTerminal(w) {
		return &bar{}
	}
	return &bar{w: w, now: now, began: now(), last: now()}
}

func (b *bar) show(p convert.Progress) {
	if b.w == nil {
		return
	}
	now := b.now()
	if now.Sub(b.last) < barEvery {
		return
	}
	b.last = now
	fmt.Fprintf(b.w, "\r\x1b[K%s", barText(p, now.Sub(b.began)))
}

// clear takes the bar away.
func (b *bar) clear() {
	if b.w != nil && b.last != b.began {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}

// barText is the bar after a time: bytes, percent where the size is known, events a second.
func barText(p convert.Progress, since time.Duration) string {
	var b strings.Builder
	if p.Total > 0 {
		done := min(float64(p.Bytes)/float64(p.Total), 1)
		const width = 24
		full := int(done * width)
		fmt.Fprintf(&b, "[%s%s] %3.0f %%  ", strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done)
	}
	fmt.Fprintf(&b, "%s", bytesText(p.Bytes))
	if p.Total > 0 {
		fmt.Fprintf(&b, " of %s", bytesText(p.Total))
	}
	if s := since.Seconds(); s > 0 {
		fmt.Fprintf(&b, "  %d events, %.0f/s", p.Events, float64(p.Events)/s)
	}
	return b.String()
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
}
