package searchq

import (
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for _, c := range []struct{ q, want string }{ // | is the cursor; want: the first texts
		{"|", "user event action"},
		{"us|", "user"},
		{"user = anna and ev|", "event event_data."},
		{"subj|", "subject.login_id subject.id"},
		{"sin|", "since"},
		{"user |", "= != in ("},
		{"user co|", "contains"},
		{"user not ex|", ""},
		{"success |", "= != ~ !~ exists"},
		{"success = |", "true false"},
		{"success:f|", "false"},
		{"category = s|", "system security"},
		{"class in (fd, f|", "fr fw fc fd"},
		{"class in (fd) us|", "user"},
		{"action = file.d|", "file.delete"},
		{"action ~ f|", ""},
		{"since |", "15m 1h"},
		{"since y|", "yesterday"},
		{"since 2h u|", "user until"},
		{`user = "anna b`, ""},
		{`user = "anna b" ev|`, "event"},
		{"(us|", "user"},
		{"not (user = a) a|", "action addr aid"},
		{"foo us|", "user"},
		{"foo or us|", "user"},
		{"us| = anna", "user"},
		{"event_data.x |", "="},
		{"= |", "user"},
		{"user exists ho|", "host"},
	} {
		before, after, _ := strings.Cut(c.q, "|")
		var got []string
		for _, x := range Complete(before+after, len(before)) {
			got = append(got, x.Text)
			if x.To != len(before) || x.From > x.To || !strings.EqualFold(before[x.From:x.To], x.Text[:x.To-x.From]) {
				t.Errorf("%s: %+v does not replace the word at the cursor", c.q, x)
			}
		}
		if joined := strings.Join(got, " "); c.want == "" && joined != "" || !strings.HasPrefix(joined, c.want) {
			t.Errorf("%s: got %q, want %q", c.q, joined, c.want)
		}
	}
}

func TestValueAt(t *testing.T) {
	f, begun, from, ok := ValueAt("host = w and user = an", 22)
	if !ok || f.String() != "user" || begun != "an" || from != 20 {
		t.Errorf("got %v %q %d %v", f, begun, from, ok)
	}
	if _, _, _, ok := ValueAt("user ", 5); ok {
		t.Error("a value is wanted where an operator is")
	}
}
