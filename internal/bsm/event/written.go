package event

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

// readWritten gives the event of a record that [Write] made; ok is false for any other.
func readWritten(r *bsm.Record) (e counterfoil.Event, ok bool) {
	if len(r.Tokens) < 2 || r.Tokens[1].ID != bsm.IDOpaque || string(r.Tokens[1].Fields[0].Bytes) != Marker || r.Flaw != "" {
		return e, false
	}
	e = counterfoil.Event{Major: 1, Time: timeOf(r.Header())}
	var keys []string
	var values []string
	for i := range r.Tokens {
		t := &r.Tokens[i]
		switch t.ID {
		case bsm.IDText:
			key, value, found := strings.Cut(string(t.Fields[0].Bytes), "=")
			last := len(keys) - 1
			switch more, going := strings.CutSuffix(key, "+"); {
			case !found, going && (last < 0 || keys[last] != more):
				return e, false
			case going:
				values[last] += value
			default:
				keys, values = append(keys, key), append(values, value)
			}
		case bsm.IDReturn32:
			if f := &t.Fields[0]; !f.Named {
				e.Outcome = counterfoil.OutcomeOf(f.Num == 0)
			} else {
				e.Outcome = counterfoil.Failure
			}
		}
	}
	for i, key := range keys {
		if err := set(&e, key, values[i]); err != nil {
			return e, false
		}
	}
	return e, e.Check() == nil
}

// set gives a field its value from a text. An error says that it is none of [Write].
func set(e *counterfoil.Event, key, value string) (err error) {
	for _, t := range texts(e) {
		if t.key == key {
			*t.p = value
			return nil
		}
	}
	switch key {
	case "time":
		e.Time, err = counterfoil.ParseTime(value)
	case "svc":
		e.Service = value
	case "event":
		e.Name = value
	case "class":
		for name := range strings.SplitSeq(value, ",") {
			c, err := counterfoil.ParseClass(name)
			if err != nil {
				return err
			}
			e.Class |= c
		}
	case "category":
		e.Category, err = counterfoil.ParseCategory(value)
	case "action":
		e.Action = counterfoil.Action(value)
	case "vers":
		_, err = fmt.Sscanf(value, "%d.%d", &e.Major, &e.Minor)
	case "aid":
		e.AID, err = counterfoil.ParseAID(value)
	case "subject.pid":
		e.Subject.PID, err = strconv.ParseInt(value, 10, 64)
	case "svc_data":
		e.SvcData, err = data(value)
	case "event_data":
		e.EventData, err = data(value)
	default:
		err = fmt.Errorf("%q is no field", key)
	}
	return err
}

func data(text string) (counterfoil.JSON, error) {
	j, err := counterfoil.Canonical(text)
	if err == nil && string(j) != text {
		err = fmt.Errorf("is not canonical")
	}
	return j, err
}

// Loss lists the fields of want that got has not, or has otherwise. ok is false where got has a field that want has not.
func Loss(want, got *counterfoil.Event) (loss []string, ok bool) {
	w := counterfoil.JSON(counterfoil.AppendEvent(nil, want))
	g := counterfoil.JSON(counterfoil.AppendEvent(nil, got))
	return diff(nil, "", w, g)
}

func diff(loss []string, prefix string, want, got counterfoil.JSON) ([]string, bool) {
	ok := true
	for key := range got.Members() {
		if want.Member(key) == "" && !strings.HasPrefix(key, "raw") {
			ok = false
		}
	}
	for key, w := range want.Members() {
		g := got.Member(key)
		switch {
		case w == g:
		case key == "raw", key == "raw_b64":
			loss = append(loss, "raw")
		case (key == "subject" || key == "object") && prefix == "" && g != "":
			var inner bool
			loss, inner = diff(loss, key+".", w, g)
			ok = ok && inner
		case key == "subject" || key == "object":
			for sub := range w.Members() {
				loss = append(loss, key+"."+sub)
			}
		default:
			loss = append(loss, prefix+key)
		}
	}
	return loss, ok
}
