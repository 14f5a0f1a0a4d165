package searchq

import (
	"errors"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		in        string // ^ stands before the place
		message   string // its beginning
		hintHolds string
	}{
		{`^usr = x`, `there is no field "usr"`, "did you mean user?"},
		{`^service = x`, `there is no field "service"`, "did you mean svc?"},
		{`^frobnicate = x`, `there is no field "frobnicate"`, ""},
		{`a ^subject.nam:x`, `there is no field "subject.nam"`, "subject.name"},
		{`^event_data. = x`, `"event_data.": "" is no key`, ""},
		{`^event_data.a/b = x`, `"event_data.a/b": "a/b" is no key; write it in quotes if it is one: "a/b"`, ""},
		{`event_data.^"a = x`, `the quoted key`, ""},
		{`^event_data."a"b = x`, `"event_data.\"a\"b": a dot is missing`, ""},
		{`user = ^`, `a value is missing after =`, `""`},
		{`user = ^and a`, `a value is missing after =`, `"and"`},
		{`user = ^= anna`, `a value is missing after =`, `"="`},
		{`user = ^~ ann.*`, `a value is missing after =`, `"~"`},
		{`user contains ^= anna`, `a value is missing after contains`, `"="`},
		{`subject.pid > ^>= 3`, `a value is missing after >`, `">="`},
		{`user in (^=, x)`, `a value is missing after`, `"="`},
		{`user contains ^`, `a value is missing after contains`, ""},
		{`user in (^`, `a value is missing after`, ""},
		{`user in ^(a`, `this list is not closed`, ""},
		{`user in (a ^b)`, `a comma or ) is missing`, "quotes"},
		{`user = ^"anna`, `the string that begins here does not end`, `close it with "`},
		{`user = ^'anna`, `the string that begins here does not end`, `close it with '`},
		{`user = an^"na"`, `a quote cannot stand in the middle`, ""},
		{`^= anna`, `a field is missing before =`, ""},
		{`a, b`, `a comma`, ""},
		{`^, b`, `a comma`, "in (a, b)"},
		{`a^)`, `there is no ( for this )`, ""},
		{`^(a`, `this ( is not closed`, ""},
		{`(^)`, `a condition is missing here`, ""},
		{`a and^`, `a condition is missing after and`, ""},
		{`a or^`, `a condition is missing beside or`, "quotes"},
		{`^or a`, `a condition is missing here`, ""},
		{`^and a`, `a condition is missing before and`, `"and"`},
		{`not^`, `a condition is missing after not`, ""},
		{`not ^or a`, `a condition is missing after not`, ""},
		{`^-anna`, `- does not leave a word out`, "not anna"},
		{`^*a`, `a word cannot begin with *`, "contains"},
		{`a*^b`, `'b' cannot stand in a word`, ""},
		{`^a<`, `there is no field "a"`, ""},
		{`^!!!`, `there is no letter or digit`, "contains"},
		{`^"..."`, `there is no letter or digit`, ""},
		{`event ~ ^"a(b"`, `the regular expression is wrong: missing closing )`, ""},
		{`event ~ ^"a(?%b)"`, `the regular expression is wrong: `, "contains"},
		{`seq = ^x`, `seq is a number, and "x" is none`, ""},
		{`seq = ^"1"`, `seq is a number`, "without quotes"},
		{`subject.pid ^contains 1`, `subject.pid is no text`, "~"},
		{`success = ^maybe`, `success is true or false, not "maybe"`, "exists"},
		{`success ^< true`, `success is true or false and has no order`, ""},
		{`class = ^xx`, `there is no class "xx"`, "one of lo"},
		{`category = ^date`, `there is no category "date"`, "data"},
		{`action in (file.read, ^file.delet)`, `there is no action "file.delet"`, "file.delete"},
		{`aid = ^123`, `"123" is not a UUID`, "startswith"},
		{`user = ^#x`, `#x is none of the literals`, ""},
		{`time > ^soon`, `"soon" is no moment`, "yesterday"},
		{`since ^soon`, `"soon" is no moment`, "yesterday"},
		{`since^`, `a value is missing after since`, ""},
		{`since 2h ^since 3h`, `since stands twice`, ""},
		{`since 2h ^until 3h`, `the span from since to until holds no time`, ""},
		{`a or ^since 2h`, `since bounds the whole query`, "time >="},
		{`^since 2h a or b`, `since bounds the whole query`, ""},
		{`(^since 2h)`, `since bounds the whole query`, ""},
		{`not ^until 2h`, `until bounds the whole query and cannot stand after not`, ""},
		{`^since = 2h`, `since takes a moment and no sign`, "since 2h"},
		{`since ^1500-01-01`, `"1500-01-01" lies outside`, ""},
		{`größe ^= 1`, ``, ""},
		{`größe and ^usr = 1`, `there is no field "usr"`, ""},
		{strings.Repeat("(", 300), `the query nests deeper`, ""},
		{strings.Repeat("not ", 300) + "a", `the query nests deeper`, ""},
		{"^" + strings.Repeat("a ", 40000), `the query is longer than`, ""},
	} {
		before, after, marked := strings.Cut(c.in, "^")
		if strings.HasPrefix(c.in, `größe ^=`) {
			before, after = "", "größe = 1"
		}
		_, err := Parse(before+after, noon)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.80s: no *Error but %v", c.in, err)
			continue
		}
		if !strings.HasPrefix(e.Message, c.message) || !strings.Contains(e.Hint, c.hintHolds) {
			t.Errorf("%.80s: got %q, hint %q", c.in, e.Message, e.Hint)
		}
		if want := len([]rune(before)) + 1; marked && e.Column != want {
			t.Errorf("%.80s: column %d, want %d\n%v", c.in, e.Column, want, err)
		}
		if lines := strings.Split(err.Error(), "\n"); len(lines) != 3 || len([]rune(lines[2])) != e.Column+2 {
			t.Errorf("%.80s: the caret is not under column %d:\n%v", c.in, e.Column, err)
		}
	}
}
