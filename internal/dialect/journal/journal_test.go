package journal

import (
	"os"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"MESSAGE=a", "MESSAGE=a\n", "MESSAGE=a\n\n\n\nMESSAGE=b\n\n", "\x1e", "\x1e\x1e{}\n", "\x1e{\"MESSAGE\":\"a\"}\n\x1eMESSAGE=a\n",
		"MESSAGE\n\x00\x00\x00\x00\x00\x00\x00\x00\n\n", "MESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00\n", "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff\n\nMESSAGE=b\n\n",
		`{"_TRANSPORT":"audit","_AUDIT_TYPE_NAME":"user auth","AUDIT_FIELD_ADDR":[1]}`,
		"__REALTIME_TIMESTAMP=9216806400000000\nMESSAGE=beyond 2261\n\n",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// TestFormsAgree: the two forms of the same entries give the same events.
func TestFormsAgree(t *testing.T) {
	var forms [2][]byte
	for i, name := range []string{"testdata/export.in", "testdata/json.in"} {
		var err error
		if forms[i], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	export, json := suite.Decode(forms[0]), suite.Decode(forms[1])
	if len(export) != 12 || len(json) != len(export) {
		t.Fatalf("%d and %d events, want 12", len(export), len(json))
	}
	for i := range export {
		export[i].Raw, json[i].Raw = "", ""
		if export[i] != json[i] {
			t.Errorf("entry %d\nexport %+v\njson   %+v", i, export[i], json[i])
		}
	}
}

func TestTables(t *testing.T) {
	for key, m := range messages {
		if len(key) != 32 || m.event == "" || m.class == 0 || !m.action.Known() {
			t.Errorf("%s: %+v", key, m)
		}
	}
	for key, m := range records {
		if m.class == 0 || !m.action.Known() {
			t.Errorf("%s: %+v", key, m)
		}
	}
}
