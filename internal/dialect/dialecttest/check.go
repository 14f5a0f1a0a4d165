package dialecttest

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Check decodes an input frame by frame and gives the events, or an error for the first promise that is broken:
//
//   - every event passes Event.Check, names its dialect, and its data is canonical
//   - Decode gives an error exactly if it gives an event UNPARSED (a canonical message may be one without an error)
//   - every line of the input is in the raw of exactly one event, and an event has its lines in the order they came
//   - a decoder that holds something says since where, and until when; Flush at that time makes progress
//   - after Flush with the zero time nothing is held
//   - the same frames give the same events in a second decoder
func (s *Suite) Check(in []byte) ([]counterfoil.Event, error) {
	frames := s.Cut(in)
	events, err := s.decode(frames)
	if err != nil {
		return nil, err
	}
	for i := range events {
		if err := s.checkEvent(&events[i]); err != nil {
			return nil, fmt.Errorf("event %d (%s): %w\nraw %q", i, events[i].Name, err, events[i].Raw)
		}
	}
	if err := s.checkNothingLost(frames, events); err != nil {
		return nil, err
	}
	again := s.Decode(in)
	if len(again) != len(events) {
		return nil, fmt.Errorf("a second decoder gives %d events, the first %d", len(again), len(events))
	}
	for i := range events {
		if events[i] != again[i] {
			return nil, fmt.Errorf("event %d differs in a second decoder:\n%+v\n%+v", i, events[i], again[i])
		}
	}
	return events, nil
}

func (s *Suite) decode(frames []dialect.Frame) ([]counterfoil.Event, error) {
	d := s.decoder()
	var events []counterfoil.Event
	for i, f := range frames {
		before := len(events)
		data := bytes.Clone(f.Data)
		var err error
		events, err = d.Decode(events, f)
		if !bytes.Equal(data, f.Data) {
			return nil, fmt.Errorf("frame %d: Decode wrote to the frame's bytes", i)
		}
		for j := range f.Data { // they are valid during the call only: an event that keeps them shows it now
			f.Data[j] = 0xa5
		}
		unparsed := 0
		for _, e := range events[before:] {
			if e.Service == dialect.UnparsedService && e.Name == dialect.UnparsedEvent {
				unparsed++
			}
		}
		if (err != nil) != (unparsed > 0) && !(s.Canonical && err == nil) { // a message may tell of what another did not understand
			return nil, fmt.Errorf("frame %d: %d events UNPARSED, but error %v", i, unparsed, err)
		}
		copy(f.Data, data)
		if h := d.Held(); h.Any && (h.Pos > f.Pos || h.Deadline.IsZero()) {
			return nil, fmt.Errorf("frame %d at %d: Held says %+v", i, f.Pos, h)
		}
	}
	for h := d.Held(); h.Any; {
		events = d.Flush(events, h.Deadline)
		next := d.Held()
		if next.Any && !next.Deadline.After(h.Deadline) {
			return nil, fmt.Errorf("Flush at the deadline %v left what it is of", h.Deadline)
		}
		h = next
	}
	if more := d.Flush(nil, time.Time{}); len(more) > 0 {
		return nil, fmt.Errorf("Flush gives %d events although Held said there are none", len(more))
	}
	return events, nil
}

func (s *Suite) checkEvent(e *counterfoil.Event) error {
	if err := e.Check(); err != nil {
		return err
	}
	if e.Dialect == "" {
		return errors.New("no dialect")
	}
	if e.Raw == "" && !s.Canonical {
		return errors.New("no raw")
	}
	for _, data := range []counterfoil.JSON{e.SvcData, e.EventData} {
		if data == "" {
			continue
		}
		if c, err := counterfoil.Canonical(string(data)); err != nil {
			return fmt.Errorf("data is not JSON: %w\n%s", err, data)
		} else if c != data {
			return fmt.Errorf("data is not canonical:\n got %s\nwant %s", data, c)
		}
	}
	msg := string(counterfoil.AppendEvent(nil, e))
	if len(msg) > counterfoil.MaxMessage {
		return fmt.Errorf("message of %d bytes", len(msg))
	}
	back, err := counterfoil.ParseEvent(msg)
	if err != nil {
		return fmt.Errorf("canonical message does not parse: %w\n%s", err, msg)
	}
	if back != *e {
		return fmt.Errorf("canonical message changes the event:\n%+v\n%+v", *e, back)
	}
	return nil
}

// checkNothingLost holds the lines of all raws against those of the input: each is in one raw, as often as it was there,
// and those of one raw stand in the order of the input. Which of several equal lines an event has is not asked.
func (s *Suite) checkNothingLost(frames []dialect.Frame, events []counterfoil.Event) error {
	if s.Parts {
		return checkParts(frames, events)
	}
	at := map[string][]int{} // where a line stands in the input
	left := map[string]int{} // how often it is in no raw yet
	lines := 0
	header := s.header(frames)
	for _, f := range frames {
		if len(f.Data) == 0 {
			continue
		}
		for line := range s.lines(string(f.Data)) {
			if _, ok := header[line]; ok {
				continue
			}
			at[line] = append(at[line], lines)
			left[line]++
			lines++
		}
	}
	canonical := 0
	for i, e := range events {
		if _, ok := header[e.Raw]; s.Canonical && ok {
			continue // it stands alone
		}
		if s.Canonical && (e.Name != dialect.UnparsedEvent || left[e.Raw] == 0) {
			canonical++
			continue
		}
		next := 0
		for line := range s.lines(e.Raw) {
			if _, ok := header[line]; ok {
				header[line] = true
				continue
			}
			if left[line] == 0 {
				return fmt.Errorf("event %d (%s) has a line in raw that is not in the input, or is in another event: %q", i, e.Name, line)
			}
			k, _ := slices.BinarySearch(at[line], next)
			if k == len(at[line]) {
				return fmt.Errorf("event %d (%s) has a line in raw that is out of order: %q", i, e.Name, line)
			}
			next = at[line][k] + 1
			left[line]--
			lines--
		}
	}
	if s.Canonical {
		if lines < canonical {
			return fmt.Errorf("%d events of %d lines", canonical, lines)
		}
		lines -= canonical
	}
	for line, seen := range header {
		if !seen && len(events) > 0 && !s.Canonical {
			return fmt.Errorf("a line of the header is in no raw: %q", line)
		}
	}
	if lines != 0 {
		for line, n := range left {
			if n > 0 && !s.Canonical {
				return fmt.Errorf("%d lines of the input are in no raw, one that first stands at line %d for one: %q", lines, at[line][0]+1, line)
			}
		}
		return fmt.Errorf("%d lines gave no event", lines)
	}
	return nil
}

// lines are what is held against each other: a canonical event has no raw, so that a frame counts as one there.
func (s *Suite) lines(text string) iter.Seq[string] {
	if s.Canonical {
		return slices.Values([]string{text})
	}
	return strings.SplitSeq(text, "\n")
}

// header gives the lines of the frame that says how to read the others, none of them seen yet.
func (s *Suite) header(frames []dialect.Frame) map[string]bool {
	for _, f := range frames {
		if s.Header && len(f.Data) > 0 {
			lines := map[string]bool{}
			for line := range s.lines(string(f.Data)) {
				lines[line] = false
			}
			return lines
		}
	}
	return nil
}

// checkParts: the raws of all events, one behind the other, are the frames.
func checkParts(frames []dialect.Frame, events []counterfoil.Event) error {
	var in, out strings.Builder
	for _, f := range frames {
		in.Write(f.Data)
	}
	for _, e := range events {
		out.WriteString(e.Raw)
	}
	if in.String() != out.String() {
		return fmt.Errorf("the raws one behind the other are not the frames:\n got %q\nwant %q", out.String(), in.String())
	}
	return nil
}
