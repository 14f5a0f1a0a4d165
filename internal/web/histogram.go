package web

import (
	"context"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// The histogram is drawn in a box of histWidth × histHeight units that the page stretches.
const (
	histWidth  = 960
	histHeight = 64
	maxBars    = 80
	maxGaps    = 200 // drawn and listed; more than these are counted
)

// histogram is events over time, ready to draw.
type histogram struct {
	Bars   []bar
	Gaps   []gapMark
	Ticks  []tick
	From   string // RFC 3339, of the first bar's start
	To     string // of the last bar's end
	Every  string // "5 minutes"
	Before string // the page with all time before the first bar, "" if it is unbounded already
	Total  uint64
	Failed uint64
	NGaps  string // "1 gap"; empty if none
}

type bar struct {
	X, W, Y, H   float64 // what did not fail
	FailY, FailH float64
	From, To     string // RFC 3339
	N            uint64
	Title        string
	Href         string // the page for this bar's time only
}

type gapMark struct {
	X, W  float64
	Title string
	Href  string
}

type tick struct {
	X      float64 // percent of the width
	Anchor string  // start, middle, end
	Text   string
}

// steps are the lengths a bar may have.
var steps = []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second,
	30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day, 364 * day}

const day = 24 * time.Hour

// step gives the shortest length with which the time between two moments has at most maxBars bars.
func step(from, to counterfoil.Time) time.Duration {
	span := between(from, to)
	for _, d := range steps {
		if span/uint64(d) < maxBars {
			return d
		}
	}
	n := span/uint64(364*day)/maxBars + 1
	return time.Duration(n) * 364 * day
}

// The first moment of 1678 and that of 2262: nothing that is drawn lies outside.
var (
	firstTime = counterfoil.TimeOf(time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC))
	lastTime  = counterfoil.TimeOf(time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC))
)

// between gives the nanoseconds from one moment to a later one, which a time.Duration cannot hold beyond 292 years.
func between(from, to counterfoil.Time) uint64 { return uint64(to) - uint64(from) }

func floor(t counterfoil.Time, every time.Duration) counterfoil.Time {
	e := counterfoil.Time(every)
	f := t / e * e
	if f > t {
		if f < firstTime+e {
			return firstTime
		}
		f -= e
	}
	return f
}

// later gives the end of a bar.
func later(t counterfoil.Time, every time.Duration) counterfoil.Time {
	if t > lastTime-counterfoil.Time(every) {
		return lastTime
	}
	return t + counterfoil.Time(every)
}

// coarse is the bucket for the first look at an unbounded range.
const coarse = time.Hour

// bounds tells over which times to draw, from what was asked and, where that is open, from the coarse buckets found.
func bounds(q search.Query, found []search.Bucket, now counterfoil.Time) (from, to counterfoil.Time) {
	from, to = q.From, q.To
	if len(found) > 0 {
		if from == 0 {
			from = found[0].Start
		}
		if last := found[len(found)-1].Start + counterfoil.Time(coarse); to == 0 && q.From == 0 {
			to = last
		} else if to == 0 {
			to = max(now, last)
		}
	}
	if to == 0 {
		to = now
	}
	if from == 0 || from >= to {
		from = to - counterfoil.Time(time.Hour)
	}
	return from, to
}

// rebin adds up buckets into longer ones of length every.
func rebin(in []search.Bucket, every time.Duration) []search.Bucket {
	var out []search.Bucket
	for _, b := range in {
		start := floor(b.Start, every)
		if n := len(out); n > 0 && out[n-1].Start == start {
			out[n-1].Count += b.Count
			out[n-1].Failures += b.Failures
			continue
		}
		b.Start = start
		out = append(out, b)
	}
	return out
}

// draw lays out bars from buckets of length every between from and to.
func (a *ask) draw(buckets []search.Bucket, from, to counterfoil.Time, every time.Duration) *histogram {
	first := floor(from, every)
	n := int((between(first, to)-1)/uint64(every)) + 1
	start := func(i int) counterfoil.Time { return first + counterfoil.Time(i)*counterfoil.Time(every) }
	h := &histogram{From: first.String(), To: later(start(n-1), every).String(), Every: inWords(every)}
	var most uint64
	for _, b := range buckets {
		most = max(most, b.Count)
		h.Total += b.Count
		h.Failed += b.Failures
	}
	w := float64(histWidth) / float64(n)
	byBar := make(map[uint64]search.Bucket, len(buckets))
	for _, b := range buckets {
		i := between(first, max(first, b.Start)) / uint64(every)
		byBar[i] = search.Bucket{Count: byBar[i].Count + b.Count, Failures: byBar[i].Failures + b.Failures}
	}
	for i := range n {
		from, to, b := start(i), later(start(i), every), byBar[uint64(i)]
		x := bar{X: round(float64(i) * w), W: round(w - min(1, w/8)), From: from.String(), To: to.String(), N: b.Count, Href: a.between(from, to),
			Title: fmt.Sprintf("%s: %s, %s", span(from, to, every), plural(b.Count, "event"), plural(b.Failures, "failure"))}
		x.stack(b, most)
		h.Bars = append(h.Bars, x)
	}
	h.ticks(first, n, every)
	return h
}

// stack sets the heights: failures stand on top, and nothing that happened is too small to see.
func (x *bar) stack(b search.Bucket, most uint64) {
	height := func(n uint64) float64 {
		if n == 0 {
			return 0
		}
		return max(2, float64(n)/float64(most)*(histHeight-4))
	}
	x.H = height(b.Count - b.Failures)
	x.FailH = height(b.Failures)
	if over := x.H + x.FailH - histHeight; over > 0 {
		x.H -= over
	}
	x.H, x.FailH = round(x.H), round(x.FailH)
	x.Y = round(histHeight - x.H)
	x.FailY = round(x.Y - x.FailH)
}

// partsOf gives into how many parts the times below n bars part them: six where that is even enough, else a number that divides n.
func partsOf(n int) int {
	const usual = 6
	if n >= 4*usual {
		return usual
	}
	for k := usual; k > 1; k-- {
		if n%k == 0 {
			return k
		}
	}
	return 1
}

func (h *histogram) ticks(first counterfoil.Time, n int, every time.Duration) {
	marks := partsOf(n)
	for i := range marks + 1 {
		at := n * i / marks
		if i > 0 && at == n*(i-1)/marks {
			continue
		}
		t := tick{X: round(100 * float64(at) / float64(n)), Anchor: "middle", Text: moment(first, at, every, n)}
		switch at {
		case 0:
			t.Anchor = "start"
		case n:
			t.Anchor = "end"
		}
		h.Ticks = append(h.Ticks, t)
	}
}

// mark draws the gaps that overlap the time of the histogram.
func (h *histogram) mark(gaps []row, times [][2]counterfoil.Time, more bool) {
	from, _ := counterfoil.ParseTime(h.From)
	to, _ := counterfoil.ParseTime(h.To)
	length := float64(between(from, to))
	for i, t := range times {
		if t[1] < from || t[0] >= to {
			continue
		}
		x0 := float64(between(from, max(t[0], from))) / length * histWidth
		x1 := float64(between(from, min(t[1], to))) / length * histWidth
		w := max(x1-x0, 6)
		h.Gaps = append(h.Gaps, gapMark{X: round(min(x0, histWidth-w)), W: round(w), Href: gaps[i].Href,
			Title: fmt.Sprintf("Gap %s to %s: event %s", t[0].Std().Format(time.DateTime), t[1].Std().Format(time.DateTime), thousands(gaps[i].Seq))})
	}
	if n := len(h.Gaps); n > 0 || more {
		h.NGaps = plural(uint64(n), "gap")
		if more {
			h.NGaps = "more than " + h.NGaps
		}
	}
}

func round(x float64) float64 { return float64(int64(x*10+0.5)) / 10 }

// moment words a tick so that neighbours differ and no more is said than needed.
func moment(first counterfoil.Time, bars int, every time.Duration, n int) string {
	t := first
	if bars > 0 {
		t = later(first+counterfoil.Time(bars-1)*counterfoil.Time(every), every)
	}
	switch length := float64(every) * float64(n); {
	case length <= float64(time.Minute):
		return t.Std().Format("15:04:05.000")
	case every < time.Minute:
		return t.Std().Format("15:04:05")
	case length <= float64(day):
		return t.Std().Format("15:04")
	case every < day:
		return t.Std().Format("2 Jan 15:04")
	}
	return t.Std().Format("2 Jan 2006")
}

// span words the time of a bar.
func span(from, to counterfoil.Time, every time.Duration) string {
	if every >= day {
		return from.Std().Format("2 Jan 2006") + " to " + to.Std().Add(-time.Second).Format("2 Jan 2006")
	}
	layout := "15:04:05"
	if every >= time.Minute {
		layout = "15:04"
	} else if every < time.Second {
		layout = "15:04:05.000"
	}
	return from.Std().Format("2 Jan 2006 "+layout) + " to " + to.Std().Format(layout) + " UTC"
}

func inWords(d time.Duration) string {
	word := func(n time.Duration, unit string) string {
		if n == 1 {
			return unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d >= day:
		return word(d/day, "day")
	case d >= time.Hour:
		return word(d/time.Hour, "hour")
	case d >= time.Minute:
		return word(d/time.Minute, "minute")
	case d >= time.Second:
		return word(d/time.Second, "second")
	}
	return d.String()
}

var gapFilter = filter.Compare{Field: filter.Field{Column: filter.ColAction}, Op: filter.Eq,
	Value: filter.Value{Kind: filter.StringValue, Str: string(counterfoil.AuditGap)}}

// gaps finds the known losses in the time asked about, whatever the filter: who searches should know what may be missing.
func (a *ask) gaps(ctx context.Context, v *trail.View, covered uint64) (rows []row, times [][2]counterfoil.Time, more bool, err error) {
	q := search.Query{Filter: gapFilter, From: a.query.From, To: a.query.To, Limit: maxGaps + 1}
	_, err = search.Run(ctx, v, q, func(r *counterfoil.Record) bool {
		from, to := gapTimes(r)
		rows, times = append(rows, a.rowOf(r, covered)), append(times, [2]counterfoil.Time{from, to})
		return true
	})
	if len(rows) > maxGaps {
		return rows[:maxGaps], times[:maxGaps], true, err
	}
	return rows, times, false, err
}
