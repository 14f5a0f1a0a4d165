package searchq

import (
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// noon is a Sunday.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CET", 3600))

func TestParsePrint(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`user = anna`, `user = anna`},
		{`user == anna or user =~ "^a"`, `user = anna or user ~ "^a"`},
		{`user = ~anna or user ~ =x`, `user = "~anna" or user ~ "=x"`},
		{`user = "~" or addr = ::1`, `user = "~" or addr = ::1`},
		{`user:anna event=unlink`, `user = anna and event = UNLINK`},
		{`user = anna and event ~ "^UNLINK" and event_data.file.path contains "pay" and success = false`,
			`user = anna and event ~ "^UNLINK" and event_data.file.path contains "pay" and success = false`},
		{`user != anna or user !~ "^a\d"`, `user != anna or user !~ "^a\d"`},
		{`a or b c`, `a or b and c`},
		{`(a or b) c`, `(a or b) and c`},
		{`NOT (a AND b)`, `not (a and b)`},
		{`pay.xlsx`, `pay.xlsx`},
		{`"pay day"`, `"pay day"`},
		{`unlin*`, `unlin*`},
		{`"pay da"*`, `"pay da"*`},
		{`*`, `*`},
		{``, `*`},
		{`not *`, `not *`},
		{`user in (a, "b c",anna)`, `user in (a, "b c", anna)`},
		{`user not in (a)`, `not user in (a)`},
		{`user not exists`, `not user exists`},
		{`subject.pid >= 100`, `subject.pid >= 100`},
		{`event_data."a.b".c = "1"`, `event_data."a.b".c = "1"`},
		{`event_data.n = 1`, `event_data.n = 1`},
		{`event_data.n = 9007199254740993`, `event_data.n = 9007199254740993`},
		{`event_data.n = null`, `event_data.n = null`},
		{`event_data.n = TRUE`, `event_data.n = TRUE`},
		{`user = #5 or svc = #"smb"`, `user = #5 or svc = #"smb"`},
		{`addr = fe80::1`, `addr = fe80::1`},
		{`10.0.0.7:443`, `10.0.0.7:443`},
		{`http://x.y/z`, `http://x.y/z`},
		{`event_data.p contains 'C:\"x"'`, `event_data.p contains 'C:\"x"'`},
		{`time >= 2026-11-22`, `time >= 2026-11-21T23:00:00.000000000Z`},
		{`category = Data class:FD action = file.delete`, `category = data and class = fd and action = file.delete`},
		{`since 2h until now user = a`, `since 2026-11-22T09:00:00.000000000Z until 2026-11-22T11:00:00.000000000Z user = a`},
		{`since 2026-11-20 14:30 (a or b)`, `since 2026-11-20T13:30:00.000000000Z (a or b)`},
		{`don't`, `"don't"`},
	} {
		q, err := Parse(c.in, noon)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got := q.String(); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.in, got, c.want)
		}
		again, err := Parse(q.String(), noon)
		if err != nil || !same(again, q) {
			t.Errorf("%s → %s is read as %v %v", c.in, q, again, err)
		}
	}
}

func same(a, b Query) bool { return a.From == b.From && a.To == b.To && filter.Equal(a.Expr, b.Expr) }

func TestErrorText(t *testing.T) {
	_, err := Parse(`user = anna and usr = x`, noon)
	want := "there is no field \"usr\": did you mean user?\n  user = anna and usr = x\n" + strings.Repeat(" ", 18) + "^"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
