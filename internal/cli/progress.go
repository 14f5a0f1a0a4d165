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
	b.draw(func(since time.Duration) string { return barText(p, since) })
}

// records shows how many records are done, of how many.
func (b *bar) records(done, of uint64) {
	b.draw(func(since time.Duration) string {
		text := fmt.Sprintf("%s%d of %d records", gauge(float64(done)/float64(of)), done, of)
		if s := since.Seconds(); s > 0 {
			text += fmt.Sprintf("  %.0f/s", float64(done)/s)
		}
		return text
	})
}

// draw shows a text that depends on how long the job has been going on.
func (b *bar) draw(text func(since time.Duration) string) {
	if b.w == nil {
		return
	}
	now := b.now()
	if now.Sub(b.last) < barEvery {
		return
	}
	b.last = now
	fmt.Fprintf(b.w, "\r\x1b[K%s", text(now.Sub(b.began)))
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
		b.WriteString(gauge(float64(p.Bytes) / float64(p.Total)))
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

// gauge draws the part of a job that is done.
func gauge(done float64) string {
	const width = 24
	done = min(done, 1)
	full := int(done * width)
	return fmt.Sprintf("[%s%s] %3.0f %%  ", strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done)
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
