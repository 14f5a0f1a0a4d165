package dialecttest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// checkEncoder: what the dialect writes it reads back, but for the fields it names in Loss; with the bytes as they came
// and, as events of other dialects have other bytes, without them.
func (s *Suite) checkEncoder(t *testing.T, events []counterfoil.Event) {
	if s.Dialect.Encode == nil || s.Dialect.Decode == nil {
		return
	}
	for i := range events {
		if err := s.Boomerang(&events[i]); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		if e := events[i]; e.Raw != "" && e.Name != dialect.UnparsedEvent {
			e.Raw = ""
			if err := s.Boomerang(&e); err != nil {
				t.Fatalf("event %d without its raw: %v", i, err)
			}
		}
	}
}

// Boomerang writes e in the dialect and reads it back: it must be one event, equal to e but for the fields in Loss. A
// raw that e has not is that of the new bytes; it is not compared.
func (s *Suite) Boomerang(e *counterfoil.Event) error {
	out, loss, err := s.encode(e)
	if err != nil {
		return err
	}
	if err := checkLoss(e, loss); err != nil {
		return err
	}
	back := s.Decode(out)
	if len(back) != 1 {
		return fmt.Errorf("what is written reads back as %d events:\n%s", len(back), out)
	}
	r := record(e)
	if s.Undo != nil {
		s.Undo(&r, &back[0])
	}
	if e.Raw == "" {
		back[0].Raw = ""
	}
	got, want := string(counterfoil.AppendEvent(nil, &back[0])), string(counterfoil.AppendEvent(nil, &r.Event))
	for _, field := range loss {
		got, want = without(got, field), without(want, field)
	}
	if got != want {
		return fmt.Errorf("changes in writing and reading (loss %v):\n got %s\nwant %s\nwritten %s", loss, got, want, out)
	}
	return nil
}

// RunEncoder holds a room that writes to what every encoder owes, with the events of [Hostile] and those in
// testdata/*.events.jsonl (canonical messages; what they become is in *.golden.out, written by -update): no record
// becomes two frames by the dialect's Split, [Suite.Written] finds nothing wrong, and where the dialect reads too, each comes back.
func RunEncoder(t *testing.T, s Suite) {
	for i, e := range Hostile() {
		if err := s.CheckWritten(&e); err != nil {
			t.Fatalf("hostile event %d: %v\n%+v", i, err, e)
		}
	}
	huge := hugeEvent()
	if err := s.CheckWritten(&huge); err != nil {
		t.Fatalf("event with a megabyte in fields: %.2000v", err)
	}
	s.encoderGoldens(t)
}

// FuzzEncoder fuzzes what RunEncoder asks of an event: of one with a text in every field, and of any canonical message.
func FuzzEncoder(f *testing.F, s Suite) {
	for i, text := range hostile {
		e := hostileEvent(text)
		if len(text) < 1000 {
			f.Add(text, counterfoil.AppendEvent(nil, &e), byte(i))
		}
	}
	actions := append(counterfoil.Actions(), "")
	f.Fuzz(func(t *testing.T, text string, message []byte, action byte) {
		e := hostileEvent(text)
		e.Action = actions[int(action)%len(actions)]
		if err := s.CheckWritten(&e); err != nil {
			t.Fatal(err)
		}
		if e, err := counterfoil.ParseEvent(string(message)); err == nil && e.Check() == nil && e.Dialect != "" { // as every decoder owes
			if err := s.CheckWritten(&e); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// CheckWritten is what RunEncoder asks of one event.
func (s *Suite) CheckWritten(e *counterfoil.Event) error {
	out, loss, err := s.encode(e)
	if err != nil {
		return err
	}
	if err := checkLoss(e, loss); err != nil {
		return err
	}
	if s.Dialect.Canonical {
		if err := s.checkCanonical(e); err != nil {
			return err
		}
	}
	if s.Dialect.Split != nil {
		if frames := s.Cut(out); len(frames)-len(s.header(frames)) != 1 {
			return fmt.Errorf("it becomes %d frames:\n%q", len(frames), out)
		}
	}
	if s.Written != nil {
		if err := s.Written(e, out); err != nil {
			return fmt.Errorf("%w\nwritten %q", err, out)
		}
	}
	if s.Dialect.Decode != nil {
		return s.Boomerang(e)
	}
	return nil
}

// checkCanonical compares what a dialect of canonical messages writes of a record with its message: as it is, and forgotten.
func (s *Suite) checkCanonical(e *counterfoil.Event) error {
	for _, hidden := range []counterfoil.Hash{{}, {1}} {
		var b bytes.Buffer
		enc, err := s.Dialect.NewEncoder(&b, s.Options)
		if err != nil {
			return err
		}
		r := record(e)
		r.Hidden = hidden
		loss, err := enc.Encode(&r)
		msg, _ := counterfoil.AppendRecord(nil, &r)
		if err := errors.Join(err, enc.Close()); err != nil || len(loss) > 0 || b.String() != string(msg)+"\n" {
			return fmt.Errorf("%q is written, the message is %q; loss %v: %w", b.String(), msg, loss, err)
		}
	}
	return nil
}

func (s *Suite) encode(e *counterfoil.Event) ([]byte, dialect.Loss, error) {
	var b bytes.Buffer
	enc, err := s.Dialect.Encode(&b, s.Options)
	if err != nil {
		return nil, nil, err
	}
	r := record(e)
	loss, err := enc.Encode(&r)
	return b.Bytes(), slices.Clone(loss), errors.Join(err, enc.Close())
}

func record(e *counterfoil.Event) counterfoil.Record {
	r := counterfoil.Record{Event: *e, Seq: 7, Received: Received, Via: "test"}
	if r.AID.IsZero() {
		r.AID = counterfoil.DeriveAID(counterfoil.TrailID{1}, r.Seq)
	}
	return r
}

// checkLoss: each field is named once, and had a value.
func checkLoss(e *counterfoil.Event, loss dialect.Loss) error {
	r := record(e)
	msg := counterfoil.JSON(counterfoil.AppendEvent(nil, &r.Event))
	for i, field := range loss {
		if slices.Contains(loss[:i], field) {
			return fmt.Errorf("loss names %q twice: %v", field, loss)
		}
		top, sub, nested := strings.Cut(field, ".")
		v := member(msg, top)
		if nested {
			v = member(v, sub)
		}
		if v == "" && !(field == "raw" && member(msg, "raw_b64") != "") {
			return fmt.Errorf("loss names %q, which the event does not have: %s", field, msg)
		}
	}
	return nil
}

func member(object counterfoil.JSON, key string) counterfoil.JSON {
	if object.Kind() == '{' {
		for k, v := range object.Members() {
			if k == key {
				return v
			}
		}
	}
	return ""
}

// without takes a key of the top level, or of an object below it ("subject.pid"), out of a message.
func without(msg, field string) string {
	var b counterfoil.Builder
	top, sub, nested := strings.Cut(field, ".")
	b.Object("")
	for k, v := range counterfoil.JSON(msg).Members() {
		switch {
		case field == "raw" && k == "raw_b64":
		case k != top:
			b.Value(k, v)
		case nested && v.Kind() == '{':
			if rest := without(string(v), sub); rest != "{}" {
				b.Value(k, counterfoil.JSON(rest))
			}
		}
	}
	b.End()
	return string(b.JSON())
}

// UndoOrigin is Suite.Undo of dialects that put the place of a record into event_data.
func UndoOrigin(r *counterfoil.Record, e *counterfoil.Event) {
	if dialect.Insert(r.EventData, "origin", dialect.Origin(r.Seq, r.Received, r.Via)) == e.EventData {
		e.EventData = r.EventData
	}
}
