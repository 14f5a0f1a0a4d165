package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// MaxLines is how many lines go into the trail as one batch.
const MaxLines = 8192

// MaxLine is the longest line a sender may send, in bytes.
const MaxLine = counterfoil.MaxMessage

// Lines takes finished events, one JSON object a line, from a sender who waits for the answer. For one goroutine; the
// memory is kept for the next Take.
type Lines struct {
	Trail   Appender
	Parser  Parser
	Edit    func(*counterfoil.Event) // may be nil: what the input adds to every event
	Counter *Counter
	Line    int // lines seen so far, blank ones included

	events []counterfoil.Event
}

// Parser reads one line after the other. Events are valid until Reset.
type Parser interface {
	Parse(line string) (counterfoil.Event, error)
	Reset()
}

// Taken says what of a sender's lines the trail has kept.
type Taken struct {
	Lines       int    // events
	First, Last uint64 // numbers of the first and the last of them that are in the trail; meaningless while Kept is 0
	Kept        int    // of them in the trail
	Retried     int    // of these the trail knew already
	LeftOut     int    // of them not in the trail, by policy
}

// LineError says which line was refused. Its text is meant for the sender.
type LineError struct {
	Line  int    // counted from 1
	Field string // key in the message; empty where the line is no message at all
	Kind  string // KindLine, KindField or KindLong
	Err   error
}

// Kinds of refusal; stable, senders may rely on them.
const (
	KindLine  = "bad_line"      // not a JSON object
	KindField = "bad_field"     // a field that is missing or wrong
	KindLong  = "line_too_long" // longer than MaxLine
)

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// Take keeps the events of text, whose last line may lack its LF, in batches of MaxLines, each durable before the next,
// and adds to taken what was kept. Events share text's memory. The first line that is refused gives a *[LineError]; the
// lines before it were kept, rest is what follows it. On any other error the batch at hand was not kept.
func (l *Lines) Take(ctx context.Context, via, text string, taken *Taken) (rest string, err error) {
	l.Counter.Bytes.Add(uint64(len(text)))
	for text != "" {
		start, batch := l.Line, text
		var refused error
		text, refused = l.parse(text)
		n, err := l.append(ctx, via, taken)
		var bad *trail.EventError
		if n == len(l.events) && err == nil {
			err = refused
		} else if errors.As(err, &bad) {
			line, after := lineOf(batch, n)
			l.Line, text, err = start+line, after, lineError(start+line, bad.Err)
		}
		clear(l.events)
		l.Parser.Reset()
		if err != nil {
			if _, ok := err.(*LineError); ok {
				l.Counter.Refused.Add(1)
			}
			return text, err
		}
	}
	return "", nil
}

// parse reads up to MaxLines lines into l.events, but no more than one append takes, and stops behind a bad one.
func (l *Lines) parse(text string) (rest string, err error) {
	if l.events == nil {
		l.events = make([]counterfoil.Event, 0, 64)
	}
	l.events = l.events[:0]
	for size := 0; text != "" && len(l.events) < MaxLines; {
		line, from := text, text
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		l.Line++
		if blank(line) {
			continue
		}
		if len(line) > MaxLine {
			return text, longLine(l.Line)
		}
		e, err := l.Parser.Parse(line)
		if err != nil {
			return text, lineError(l.Line, err)
		}
		act.Disclaim(&e)
		l.events = append(l.events, e)
		last := &l.events[len(l.events)-1]
		if l.Edit != nil {
			l.Edit(last)
		}
		if size += atMost(last); size > mostEncoded && len(l.events) > 1 { // it begins the next batch
			*last, l.events = counterfoil.Event{}, l.events[:len(l.events)-1]
			l.Line--
			return from, nil
		}
	}
	return text, nil
}

// append keeps l.events, or those before the one that the trail refuses, and gives their number.
func (l *Lines) append(ctx context.Context, via string, taken *Taken) (n int, err error) {
	events := l.events
	if len(events) == 0 {
		return 0, nil
	}
	r, err := l.Trail.Append(ctx, via, events)
	var refused error
	for bad := (*trail.EventError)(nil); errors.As(err, &bad) && bad.Index > 0 && bad.Index < len(events); {
		// Another may be refused when it is tried again: other senders may have used its aid meanwhile.
		events, refused = events[:bad.Index], err
		r, err = l.Trail.Append(ctx, via, events)
	}
	if err != nil {
		return 0, err
	}
	l.count(events, r)
	taken.add(len(events), r)
	return len(events), refused
}

func (t *Taken) add(lines int, r trail.Receipt) {
	if kept := lines - r.LeftOut; kept > 0 {
		if t.Kept == 0 {
			t.First = r.First
		}
		t.Kept, t.Last = t.Kept+kept, r.Last
	}
	t.Lines, t.Retried, t.LeftOut = t.Lines+lines, t.Retried+r.Retried, t.LeftOut+r.LeftOut
}

func (l *Lines) count(events []counterfoil.Event, r trail.Receipt) {
	l.Counter.Events.Add(uint64(len(events) - r.LeftOut))
	l.Counter.LeftOut.Add(uint64(r.LeftOut))
	l.Counter.Frames.Add(uint64(len(events)))
	l.Counter.Retried.Add(uint64(r.Retried))
	l.Counter.Lag.Store(int64(r.Received - events[len(events)-1].Time))
}

// lineOf gives the number, from 1, of the line in batch that holds event number i, from 0, and what follows it.
func lineOf(batch string, i int) (n int, rest string) {
	for rest = batch; rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		n++
		if !blank(line) {
			if i--; i < 0 {
				break
			}
		}
	}
	return n, rest
}

func lineError(line int, err error) *LineError {
	var f *counterfoil.FieldError
	if errors.As(err, &f) {
		return &LineError{line, f.Field, KindField, err}
	}
	return &LineError{line, "", KindLine, err}
}

func longLine(line int) *LineError {
	return &LineError{line, "", KindLong, fmt.Errorf("is longer than %d bytes", MaxLine)}
}

func blank(line string) bool {
	for i := range len(line) {
		if c := line[i]; c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
