package carry

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

// TestFields: setting the texts of all fields makes the event again, but for raw and dialect.
func TestFields(t *testing.T) {
	for _, e := range dialecttest.Hostile() {
		e.AID, e.Minor = counterfoil.AID{1}, 3
		got := counterfoil.Event{Major: 1, Dialect: e.Dialect, Raw: e.Raw}
		for _, f := range Fields {
			text := f.Text(&e)
			if text == "" {
				continue
			}
			if err := f.Set(&got, text); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if f.Kind == Word && Plain(text, 100) != text {
				t.Errorf("%s is no word: %q", f.Name, text)
			}
		}
		if got != e {
			t.Fatalf("got  %+v\nwant %+v", got, e)
		}
	}
}

func TestFieldErrors(t *testing.T) {
	for name, text := range map[string]string{"aid": "x", "vers": "1", "time": "soon", "class": "zz", "category": "x", "success": "maybe",
		"subject.pid": "many", "event_data": "{"} {
		if FieldOf(name).Set(new(counterfoil.Event), text) == nil {
			t.Errorf("%s takes %q", name, text)
		}
	}
	if FieldOf("raw") != nil || FieldOf("dialect") != nil {
		t.Error("raw and dialect are fields of the bytes read, not of the event carried")
	}
}

func TestTexts(t *testing.T) {
	for in, want := range map[string]string{"a\xffb": "a\ufffdb", "ok": "ok", "\xed\xa0\x80": "\ufffd\ufffd\ufffd"} {
		if got := Valid(in); got != want {
			t.Errorf("Valid(%q) = %q, want %q", in, got, want)
		}
		if back, err := Unquote(Quote(in)); err != nil || back != in {
			t.Errorf("Unquote(Quote(%q)) = %q, %v", in, back, err)
		}
	}
	if got := CamelKey("x", "subject.login_id"); got != "xSubjectLoginId" {
		t.Errorf("CamelKey: %s", got)
	}
	if _, err := Unquote("{}"); err == nil {
		t.Error("an object is taken for a string")
	}
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{{"a\nb\x00\u0085c", 9, "a b  c"}, {" a ", 9, "a"}, {"äää", 5, "ää"}, {"a b", 2, "a"}, {"\x01", 9, ""}} {
		if got := Plain(c.in, c.limit); got != c.want {
			t.Errorf("Plain(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestData(t *testing.T) {
	for in, want := range map[string]bool{`{"a":"b"}`: true, `{"a":"\udcff"}`: false, `{"a":"\\ud"}`: true, `{"a":"\\\udc80"}`: false,
		`{"\u001d":"\\"}`: true, `"\n\\`: true} {
		if got := Exact(counterfoil.JSON(in)); got != want {
			t.Errorf("Exact(%s) = %v", in, got)
		}
	}
	for in, want := range map[string]int{`"{["`: 0, `{}`: 1, `{"{[":[[1],"\"]"]}`: 3, "": 0} {
		if got := Depth(counterfoil.JSON(in)); got != want {
			t.Errorf("Depth(%s) = %d, want %d", in, got, want)
		}
	}
	deep := strings.Repeat("[", 9) + strings.Repeat("]", 9)
	if Depth(counterfoil.JSON(deep)) != 9 {
		t.Error("Depth does not count arrays")
	}
}

func TestLevel(t *testing.T) {
	for want, e := range map[Level]counterfoil.Event{
		Informational: {Action: counterfoil.FileRead, Outcome: counterfoil.Success},
		Low:           {Action: counterfoil.FileRead, Outcome: counterfoil.Failure},
		Medium:        {Action: counterfoil.AuditGap},
	} {
		if got := LevelOf(&e); got != want {
			t.Errorf("LevelOf(%+v) = %d, want %d", e, got, want)
		}
	}
}
