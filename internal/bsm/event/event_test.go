package event

import (
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

func record(tokens ...bsm.Token) *bsm.Record {
	r := new(bsm.Record)
	r.Add(bsm.Shapes[bsm.IDHeader32], bsm.Field{}, bsm.Field{Num: 11}, bsm.Field{Num: 32800}, bsm.Field{}, bsm.Field{Num: 1700000000}, bsm.Field{})
	for _, t := range tokens {
		r.Add(t.Shape, t.Fields...)
	}
	r.Add(bsm.Shapes[bsm.IDTrailer], bsm.Field{Num: bsm.TrailerMagic}, bsm.Field{})
	return r
}

func token(id byte, text string) bsm.Token {
	return bsm.Token{Shape: bsm.Shapes[id], Fields: []bsm.Field{{Bytes: []byte(text)}}}
}

// TestForgedFields: texts that look like fields are texts, but in a record that Write made.
func TestForgedFields(t *testing.T) {
	user, svc, name := token(bsm.IDText, "user=forged"), token(bsm.IDText, "svc=FORGED"), token(bsm.IDText, "event=FORGED")
	marker := token(bsm.IDOpaque, Marker)
	var rd Reader
	for what, r := range map[string]*bsm.Record{
		"no marker": record(svc, name, user), "the marker as a text": record(token(bsm.IDText, Marker), svc, name, user),
		"the marker behind a text":  record(user, marker, svc, name),
		"a text that is no field":   record(marker, svc, name, token(bsm.IDText, "no field")),
		"a field that is not known": record(marker, svc, name, token(bsm.IDText, "forged=1")),
		"more of another field":     record(marker, svc, name, user, token(bsm.IDText, "svc+=X")),
	} {
		if e := rd.Event(r, 0); e.User == "forged" || e.Service == "FORGED" || e.Name != "OPENSSH" {
			t.Errorf("%s: %+v", what, e)
		}
	}
	if e := rd.Event(record(marker, svc, name, user, token(bsm.IDText, "user+=more")), 0); e.User != "forgedmore" || e.Service != "FORGED" {
		t.Errorf("a record that Write could have made: %+v", e)
	}
}

// TestRows: whatever an event becomes is in our vocabulary, and the table's numbers for writing are OpenBSM's.
func TestRows(t *testing.T) {
	rows := Rows()
	if len(rows) < 600 {
		t.Errorf("%d events", len(rows))
	}
	for _, r := range rows {
		if r.Service == "" || r.Class == "" || !counterfoil.Action(r.Action).Known() {
			t.Errorf("%+v", r)
		}
	}
	for action, number := range numbers {
		e := bsm.EventByNumber(number)
		if e == nil || !action.Known() {
			t.Errorf("%s is written as %d, which OpenBSM does not know", action, number)
		} else if back := actions[number]; back != action && action != counterfoil.FileRead && action != counterfoil.FileWrite {
			t.Errorf("%s is written as %s, which is read as %q", action, e.Name, back)
		}
	}
}
