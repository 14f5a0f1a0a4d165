package mongoq_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/mongo"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/mongoq"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// readShared reads a file of the reference into v.
func readShared(t *testing.T, name string, v any) {
	t.Helper()
	if err := json.Unmarshal(peertest.ReadShared(t, "data/mongo/"+name), v); err != nil {
		t.Fatal(err)
	}
}

// record makes the record that the mongo room makes of a message.
func record(t *testing.T, message []byte) *counterfoil.Record {
	t.Helper()
	d, err := mongo.Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	events, err := d.Decode(nil, dialect.Frame{Data: message, Received: 1})
	if err != nil || len(events) != 1 {
		t.Fatalf("%s: %d events, %v", message, len(events), err)
	}
	return &counterfoil.Record{Event: events[0], Seq: 1, Received: 1, Via: "m"}
}

// different are the cases whose answer is another here, and why.
var different = map[string]string{
	"F042": "data keeps the fields of a document in the order of their names, so that their order cannot be compared",
	"F130": "data does not tell an int64 of 5 from an int32 of 5",
	"F182": "$expr is refused",
	"F183": "$jsonSchema is refused",
}

func TestReferenceCases(t *testing.T) {
	var file struct {
		Events map[string]json.RawMessage
		Cases  []struct {
			ID, Filter, Event, Rule string
			Expected                *bool
			Error                   string `json:"expected_error"`
		}
	}
	readShared(t, "filter_cases.json", &file)
	records := map[string]*counterfoil.Record{}
	for name, message := range file.Events {
		records[name] = record(t, message)
	}
	for _, c := range file.Cases {
		q, err := mongoq.Parse(c.Filter)
		same := true
		switch {
		case c.Expected == nil:
			same = err != nil && strings.Contains(err.Error(), c.Error)
		case err != nil:
			same = false
		default:
			r := records[c.Event]
			same = filter.Eval(q.Expr, r) == *c.Expected
			if filter.Eval(q.Expr, r) && !filter.MayMatch(q.Expr, filtertest.Block(r)) {
				t.Errorf("%s %s: MayMatch hides it", c.ID, c.Filter)
			}
		}
		if why, known := different[c.ID]; same == known {
			t.Errorf("%s %s of %s: same %v, known as different %q, %v\n%s\n%#v", c.ID, c.Filter, c.Event, same, why, err, c.Rule, q.Expr)
		}
	}
	t.Logf("%d cases, %d of them differ: %v", len(file.Cases), len(different), different)
}

func TestReferenceTexts(t *testing.T) {
	var file struct {
		Cases []struct {
			Filter, Error, Why string
			Accepted           bool
			Offset             int
		}
	}
	readShared(t, "filter_parse_cases.json", &file)
	// Texts that MongoDB reads and that ask for a field which no event has, or compare with undefined.
	refused := map[string]string{`{"": 1}`: `there is no field ""`, `{a: //}`: `there is no field "a"`, `{atype: undefined}`: "cannot compare to undefined"}
	for _, c := range file.Cases {
		_, err := mongoq.Parse(c.Filter)
		var e *filter.SyntaxError
		if want := refused[c.Filter]; c.Accepted && want != "" {
			if !errors.As(err, &e) || e.Message != want {
				t.Errorf("%s: %v, want %s", c.Filter, err, want)
			}
			continue
		}
		if (err == nil) != c.Accepted {
			t.Errorf("%s (%s): %v", c.Filter, c.Why, err)
		}
		if err == nil {
			continue
		}
		if !errors.As(err, &e) || e.Message != c.Error || e.Code != 9 {
			t.Errorf("%s: got %v, want %s", c.Filter, err, c.Error)
			continue
		}
		// MongoDB points before the white space in front of a value, behind a word, or at the brace around; we at the piece itself.
		if at := e.Column - 1; at != c.Offset && at != c.Offset+1 {
			t.Logf("%s: column %d, MongoDB's offset is %d", c.Filter, e.Column, c.Offset)
		}
	}
}

func TestReferenceErrors(t *testing.T) {
	var file struct {
		Cases []struct {
			Filter, Errmsg, Why string
			Accepted            bool
			Code                int
		}
	}
	readShared(t, "filter_match_errors.json", &file)
	// What is said here instead, and why.
	ours := map[string]string{
		`{ "" : 1 }`: `there is no field ""`, // no message has it
		`{ "atype" : { "$not" : { "$regex" : "^x" } } }`:     "",
		`{ "atype" : { "$regex" : "x", "$options" : "g" } }`: "",
		`{ "$jsonSchema" : { "bogus" : 1 } }`:                "$jsonSchema is not allowed in this context",
		`{ "$text" : { "$search" : "x" } }`:                  "$text is not allowed in this context",
		`{ "loc" : { "$near" : [ 0, 0 ] } }`:                 `there is no field "loc"`,
		`{ "result" : { "$bitsAllSet" : -1 } }`:              "Expected a positive number in: $bitsAllSet",
	}
	for _, c := range file.Cases {
		_, err := mongoq.Parse(c.Filter)
		want, code := c.Errmsg, c.Code
		if other, ok := ours[c.Filter]; ok {
			want, code = other, -1
		}
		var e *filter.SyntaxError
		switch {
		case want == "" && err == nil:
		case !errors.As(err, &e) || e.Message != want || code >= 0 && e.Code != code:
			t.Errorf("%s (%s): %v (code %v), want %q (%d)", c.Filter, c.Why, err, e, want, code)
		}
	}
}
