package truenasq_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/truenasq"
)

var smb = counterfoil.Record{Seq: 7, Received: 1700000000_500000000, Event: counterfoil.Event{AID: counterfoil.AID{1}, Major: 1, Time: 1700000000_250000000,
	Service: "SMB", Name: "CREATE", Addr: "10.0.0.7", User: "Anna", Outcome: counterfoil.Success, Class: counterfoil.ClassFileCreate,
	SvcData:   `{"service":"projects"}`,
	EventData: `{"a.b":1,"at":{"$date":"2024-05-06T07:08:09.123Z"},"file":{"path":"/hr/Pay.xlsx","stream":null},"n":3,"params":[{"username":"bob"},{"username":"eve","x":null}],"s":"3","tags":["Ops","night"]}`}}

// TestOperators is the documented table, and what of it TrueNAS's audit.query refuses.
func TestOperators(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{`[]`, true},
		{`[["username","=","Anna"]]`, true}, {`[["username","=","anna"]]`, false}, {`[["username","C=","aNNA"]]`, true}, {`[["username","C!=","aNNA"]]`, false},
		{`[["username","!=","bob"]]`, true}, {`[["session","!=","x"]]`, true}, {`[["session","=",null]]`, true}, {`[["session","=",""]]`, true}, {`[["username","!=",null]]`, true},
		{`[["username",">","A"],["username","<=","Anna"]]`, true}, {`[["username","~","n+a$"]]`, true}, {`[["username","~","^nna"]]`, false}, {`[["username","C~","ANN"]]`, true},
		{`[["username","in",["x","Anna"]]]`, true}, {`[["username","nin",["x"]]]`, true}, {`[["session","nin",["x"]]]`, false}, {`[["session","in",[null,"x"]]]`, true},
		{`[["username","Cin",["x","ANNA"]]]`, true}, {`[["username","Cnin",["x","ANNA"]]]`, false}, {`[["username","Cin",[]]]`, false}, {`[["username","Cnin",[]]]`, true},
		{`[["username","rin","nn"]]`, true}, {`[["username","rnin","nn"]]`, false}, {`[["session","rnin","nn"]]`, false}, {`[["username","Crin","NN"]]`, true},
		{`[["username","^","An"],["username","$","na"],["username","!^","na"],["username","!$","An"]]`, true}, {`[["session","!^","a"]]`, false},
		{`[["username","C^","aN"],["username","C$","NA"],["username","C!^","x"]]`, true}, {`[["username","^","A.n"]]`, false},
		{`[["success","=",true]]`, true}, {`[["success","=",1]]`, false}, {`[["success","!=",false]]`, true},
		{`[["event_data.n","=",3],["event_data.n",">",2.5]]`, true}, {`[["event_data.n","=","3"]]`, false}, {`[["event_data.s","=",3]]`, false}, {`[["event_data.s","=","3"]]`, true},
		{`[["event_data.params[0].username","=","bob"]]`, true}, {`[["event_data.params.1.username","=","bob"]]`, false}, {`[["event_data.params.*.username","=","eve"]]`, true},
		{`[["event_data.params.username","=","eve"]]`, false}, {`[["event_data.params.*.x","=",null]]`, true},
		{`[["event_data.a\\.b","=",1]]`, true}, {`[["event_data.tags","rin","night"]]`, true}, {`[["event_data.tags","rnin","night"]]`, false}, {`[["event_data.tags","Crin","ops"]]`, true},
		{`[["event_data.tags","=",["Ops","night"]]]`, true}, {`[["event_data.file.stream","=",null],["event_data.file.stream","!=","x"]]`, true},
		{`[["event_data.nothing","=",null]]`, false}, {`[["event_data.nothing","!=","x"]]`, false}, {`[["event_data.nothing","nin",["x"]]]`, false},
		{`[["service_data.service","^","proj"],["event_data.file.path","C$",".XLSX"]]`, true},
		{`[["timestamp.$date",">","2023-11-14T22:13:20+00:00"],["timestamp","<","2023-11-14T22:13:21Z"]]`, true}, {`[["timestamp","=",{"$date":1700000000250}]]`, true},
		{`[["message_timestamp","=",1700000000]]`, true}, {`[["message_timestamp",">",1700000000]]`, false}, {`[["message_timestamp","!=",1700000000]]`, false},
		{`[["event_data.at.$date",">=","2024-05-06T09:08:09.123+02:00"]]`, true}, {`[["event_data.at.$date","<","2024-05-06T07:08:09.123Z"]]`, false},
		{`["OR",[["username","=","x"],["event","=","CREATE"]]]`, true}, {`[["OR",[[["username","=","Anna"],["success","=",false]],["event","=","READ"]]]]`, false},
		{`[["OR",[["OR",[["username","=","x"],["event","=","CREATE"]]],["event","=","x"]]],["seq","=",7]]`, true},
		{`[["session","in",["","x"]]]`, true}, {`[["session","in",[""]]]`, true}, {`[["session","in",["",5]]]`, true}, {`[["username","in",[""]]]`, false}, {`[["session","nin",[""]]]`, false},
		{`[["session","C=",""]]`, true}, {`[["session","C!=",""]]`, false}, {`[["username","C!=",""]]`, true}, {`[["session","Cin",["","X"]]]`, true}, {`[["session","Cnin",["X"]]]`, false},
		{`[["username","Cin",["","ANNA"]]]`, true}, {`[["event_data.s","in",[""]]]`, false}, {`[["event_data.s","C=",""]]`, false},
		{`[["class","rin","fc"]]`, true}, {`[["audit_id","^","01"]]`, true},
	} {
		x, err := truenasq.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if filter.Eval(x, &smb) != c.want {
			t.Errorf("%s is %v: %#v", c.text, !c.want, x)
		}
		check(t, c.text, x)
	}
}

// check: what Parse gives prints as a text that gives the same, and MayMatch hides nothing.
func check(t *testing.T, text string, x filter.Expr) {
	t.Helper()
	printed, losses := truenasq.Print(x)
	if len(losses) == 0 {
		again, err := truenasq.Parse(printed)
		if err != nil || !filter.Equal(x, again) {
			t.Errorf("%s prints as\n%s\nwhich reads as %#v\nnot        %#v\n%v", text, printed, again, x, err)
		}
	} else if losses[0].Nearly || !strings.Contains(losses[0].Part, "OR") { // a time that lasts a second may be an OR too many
		t.Errorf("%s: %v", text, losses)
	}
	if filter.Eval(x, &smb) && !filter.MayMatch(x, filtertest.Block(&smb)) {
		t.Errorf("%s: MayMatch hides the record", text)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ text, message string }{ // ^ stands before the place, if it is not in an operator
		{`[["usr","=","x"]]`, `3: there is no field "usr"`},
		{`{"a":1}`, `1: query-filters are a list`},
		{`[["username","==","x"]]`, `14: Invalid operation: ==`},
		{`[["username","="]]`, `2: a condition has three parts`},
		{`[["username","in","x"]]`, `19: in takes a list`},
		{`[["username","~","("]]`, `18: the regular expression is wrong: missing closing )`},
		{`[["username","^",5]]`, `18: ^ takes a string`},
		{`[["username","C>","a"]]`, `14: an order has no form`},
		{`[["username","C=",5]]`, `19: only text`},
		{`[["timestamp","=","soon"]]`, `19: "soon" is no time in ISO 8601`},
		{`[["timestamp","rin","x"]]`, `15: a time is compared`},
		{`[["OR",[["OR",[["OR",[["OR",[["event","=","A"]]]]]]]]]]`, `29: query-filters max recursion depth exceeded`},
		{`[["OR",[]]]`, `8: OR takes a list`},
		{`[["username","=","x"]`, `22: the text ends`},
		{`[["username","=",'x']]`, `18: this is not JSON`},
		{`[[["username","=","x"]]]`, `2: this is no condition`},
		{`[["username","=","x"]] x`, `24: text follows the value`},
	} {
		_, err := truenasq.Parse(c.text)
		var e *filter.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		at, message, _ := strings.Cut(c.message, ": ")
		if !strings.HasPrefix(e.Message, message) || at != itoa(e.Column) {
			t.Errorf("%s: got %d: %s\nwant %s", c.text, e.Column, e.Message, c.message)
		}
	}
}

func itoa(n int) string {
	return string(counterfoil.JSON(filter.NumberText(filter.Value{Num: float64(n)})))
}

func TestOptions(t *testing.T) {
	o, err := truenasq.ParseOptions(`{"limit": 50, "offset": 5, "order_by": ["nulls_first:-session", "username"], "select": ["username", ["event_data.file.path", "path"]], "count": false, "extra": {}}`)
	if err != nil || !o.Bounded() || o.Offset != 5 || o.OrderBy[0] != (truenasq.Order{Field: "session", Descending: true, Nulls: "first"}) || o.Select[1].Label != "path" {
		t.Errorf("%+v %v", o, err)
	}
	for _, text := range []string{`{"limit": 10001}`, `{"limit": -1}`, `{"offset": 1.5}`, `{"get": 1}`, `{"select": ["event_data.x"]}`, `{"select": ["usr"]}`, `{"order_by": "x"}`, `{"x": 1}`, `[]`, `{`} {
		var e *filter.SyntaxError
		if _, err := truenasq.ParseOptions(text); !errors.As(err, &e) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`[]`, `[["username","=","Anna"],["OR",[["event","in",["READ","WRITE"]],[["event","^","SET_"],["success","=",false]]]]]`,
		`[["event_data.params[0].*.a\\.b","Crin",{"a":[1,null,9007199254740993]}],["timestamp.$date",">","2023-12-18T16:15:35+00:00"]]`,
		`[["message_timestamp","!=",5],["session","C!$","x.y"],["user","Cnin",["a|b","c"]],["seq","nin",[1,null]],["event_data.x.$date","!=",{"$date":5}]]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := truenasq.Parse(text)
		var e *filter.SyntaxError
		switch {
		case err == nil:
			check(t, text, x)
		case !errors.As(err, &e) || e.Column < 1 || e.Column > len([]rune(text))+1:
			t.Fatalf("%q: %v", text, err)
		}
		_, _ = truenasq.ParseOptions(text)
	})
}
