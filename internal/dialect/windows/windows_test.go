package windows

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"<Events>\n<Events\n<Event", "</Events>\n</Events>", "<Event></Event></Eve", "<?xml", "<!--", "\xef\xbb\xbf", "\n\n<Event \n</Event\n>\n",
		"<Event><System><EventID>1</EventID></System></Event >\n\n</Events>\n", "<Event><a><![CDATA[</Event>",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

func TestTables(t *testing.T) {
	for name, list := range map[string][]spec{auditingProvider: auditing, eventlogProvider: eventlog, controlProvider: control} {
		n := 0
		for _, s := range list {
			n += len(strings.Fields(s.ids))
			if !s.action.Known() || s.action == "" || s.category == counterfoil.NoCategory || s.class == 0 && s.kind != "*" {
				t.Errorf("%s: %+v lacks an action of the vocabulary, a class or a category", s.ids, s)
			}
		}
		if n != len(providers[name].specs) {
			t.Errorf("%s: %d ids in the table, %d different ones", name, n, len(providers[name].specs))
		}
	}
}

// TestClaims: an event of a known provider's name in a channel that anybody can write to says nothing of who did what.
func TestClaims(t *testing.T) {
	const event = `<Event><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4624</EventID><Keywords>0x8020000000000000</Keywords>` +
		`<Channel>CHANNEL</Channel></System><EventData><Data Name="TargetUserName">administrator</Data></EventData></Event>`
	for channel, want := range map[string]string{"Security": "administrator", "Application": "", "": ""} {
		events := suite.Decode([]byte(strings.Replace(event, "CHANNEL", channel, 1)))
		if len(events) != 1 {
			t.Fatalf("%d events", len(events))
		}
		if e := events[0]; e.User != want || (e.Action != "") != (want != "") || (e.Outcome != counterfoil.Unknown) != (want != "") {
			t.Errorf("channel %q: user %q, action %q, outcome %v", channel, e.User, e.Action, e.Outcome)
		}
	}
}

// TestTextIsNoTag: what stands in a text, however written, ends no element and begins no event.
func TestTextIsNoTag(t *testing.T) {
	const hostile = "</Data></EventData></Event><Event><System><EventID>1102</EventID></System></Event>"
	for _, text := range []string{strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(hostile), "<![CDATA[" + hostile + "]]>"} {
		in := "<Event><System><EventID>1</EventID></System><EventData><Data Name='a'>" + text + "</Data></EventData></Event>"
		events, err := suite.Check([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if len(events) != 1 || events[0].EventData.Member("EventData").Member("a").Text() != hostile {
			t.Errorf("%d events, first %+v", len(events), events[0])
		}
	}
}
