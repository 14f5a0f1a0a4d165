package mongo

import (
	"fmt"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// TestRepeats: what a decoder remembers changes no event, whatever order values come in and whatever they are.
func TestRepeats(t *testing.T) {
	users := []string{`[ { "user" : "a", "db" : "x" } ]`, `[ { "user" : "a", "db" : "x" }, { "user" : "b" } ]`, `[]`, `{}`, `null`, `[ { "user" : 7 } ]`,
		`[ { "user" : "\u00e4", "db" : "" } ]`, `[ { "db" : "x", "user" : "c" } ]`, `{ "user" : "d" }`, `[ [ NaN ] ]`, `"a"`, `[ { "user" : "", "db" : "x" } ]`}
	d := &decoder{}
	for i := range 3 * len(users) * len(users) {
		a, b := users[i%len(users)], users[i/len(users)%len(users)]
		for _, doc := range []string{
			fmt.Sprintf(`{ "atype" : "logout", "ts" : { "$date" : 1 }, "users" : %s, "roles" : %s }`, a, b),
			fmt.Sprintf(`{ "atype" : "logout", "ts" : { "$date" : 1 }, "local" : %s, "users" : %s, "users" : %s }`, b, a, b),
			fmt.Sprintf(`{ "atype" : "logout", "users" : %s%s }`, a, b),
		} {
			f := dialect.Frame{Data: []byte(doc), Received: 1}
			got, err := d.Decode(nil, f)
			want, err2 := (&decoder{}).Decode(nil, f)
			if got[0] != want[0] || fmt.Sprint(err) != fmt.Sprint(err2) {
				t.Fatalf("%s\n got %+v %v\nwant %+v %v", doc, got[0], err, want[0], err2)
			}
		}
	}
}
