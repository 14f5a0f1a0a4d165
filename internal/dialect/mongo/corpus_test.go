package mongo

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// understood checks a stream and fails for what is undecoded.
func understood(t *testing.T, in []byte) []counterfoil.Event {
	t.Helper()
	events, err := suite.Check(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Name == dialect.UnparsedEvent {
			t.Errorf("%s: %q", e.EventData, e.Raw)
		}
	}
	return events
}

// TestFormsAgree: the JSON and the BSON log of the same server give the same events, but for raw.
func TestFormsAgree(t *testing.T) {
	inJSON := understood(t, peertest.ReadShared(t, "data/mongo/events_psmdb.jsonl"))
	inBSON := understood(t, peertest.ReadShared(t, "data/mongo/events_psmdb.bson"))
	if len(inJSON) != 48 || len(inBSON) != 48 {
		t.Fatalf("%d and %d events, want 48", len(inJSON), len(inBSON))
	}
	for i := range inJSON {
		inJSON[i].Raw, inBSON[i].Raw = "", ""
		if inJSON[i] != inBSON[i] {
			t.Errorf("event %d\njson %+v\nbson %+v", i, inJSON[i], inBSON[i])
		}
	}
}

// TestAllTypes: every atype that servers write, Enterprise's too, has a row, and so has what every command becomes. Those
// without an action are named here.
func TestAllTypes(t *testing.T) {
	without := map[string]bool{"applicationMessage": true}
	in := append(peertest.ReadShared(t, "data/mongo/events_psmdb.jsonl"), peertest.ReadShared(t, "data/mongo/events_enterprise.jsonl")...)
	for _, e := range understood(t, in) {
		atype := e.EventData.Member("atype").Text()
		if rows[atype] == nil {
			t.Errorf("%s has no row", atype)
		}
		if (e.Action == "") != without[atype] {
			t.Errorf("%s has action %q", atype, e.Action)
		}
	}
	var table struct {
		Map []struct{ Command, Atype string }
	}
	if err := json.Unmarshal(peertest.ReadShared(t, "data/mongo/command_map.json"), &table); err != nil {
		t.Fatal(err)
	}
	for _, m := range table.Map {
		if m.Atype == "-" || strings.Contains(m.Command, " on ") { // a write to system.users is a write
			continue
		}
		if rows[m.Atype] == nil {
			t.Errorf("%s: no row for atype %s", m.Command, m.Atype)
		}
		if strings.ContainsAny(m.Command, " (") && !strings.Contains(m.Command, "/") {
			continue // "any command", "hello with …"
		}
		for name := range strings.SplitSeq(m.Command, " / ") {
			switch name {
			case "hello", "isMaster", "ismaster (with client)", "saslStart", "saslContinue", "authenticate", "logout":
				continue // of the handshake
			}
			if c := commands[name]; c == nil || c.like == nil || c.like.action != rows[m.Atype].action {
				t.Errorf("command %s does not become %s", name, m.Atype)
			}
		}
	}
}

// TestSeed reads the sample message of Percona's page.
func TestSeed(t *testing.T) {
	page := peertest.ReadShared(t, "seeds/psmdb-auditing.txt")
	_, sample, ok := bytes.Cut(page, []byte("```json\n"))
	sample, _, ok2 := bytes.Cut(sample, []byte("```"))
	if !ok || !ok2 {
		t.Fatal("the page has no sample")
	}
	events := understood(t, bytes.ReplaceAll(sample, []byte("\n"), []byte(" ")))
	e := events[0]
	if len(events) != 1 || e.Name != "AUTHCHECK" || e.User != "admin" || e.Subject.LoginID != "admin@admin" || e.Addr != "127.0.0.1" ||
		e.Action != counterfoil.DataWrite || e.Object.Name != "audit_authz_insert.foo" || e.Time.String() != "2024-03-13T10:28:04.631000000Z" ||
		e.EventData.Member("param").Member("args").Member("lsid").Member("id").Member("$type").Text() != "04" {
		t.Errorf("the sample is %+v", events)
	}
}

// TestSentences: who did what, in English.
func TestSentences(t *testing.T) {
	in, err := os.ReadFile("testdata/psmdb.in")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, e := range suite.Decode(in) {
		said[e.SentenceText()] = true
	}
	for _, want := range []string{
		"nora dropped collection shop.orders2024 from 10.20.7.31",
		"nora renamed collection shop.orders to shop.orders2024 from 10.20.7.31",
		"shop failed to log in from 10.20.7.31",
		"shop was refused reading from vault.cards from 10.20.7.31",
		"nora created account ivo from 10.20.7.31",
		"nora granted roles to shop",
		"service mongodb started",
	} {
		if !said[want] {
			t.Errorf("no event says %q", want)
		}
	}
}

// TestOtherForm: written in the form that it did not come in, Percona's log is the one that Percona writes in that form: the BSON byte
// for byte, and the JSON but for the zone of the time.
func TestOtherForm(t *testing.T) {
	date := func(log []byte) string {
		return regexp.MustCompile(`T\d\d(:\d\d:\d\d\.\d+)\+\d\d:\d\d`).ReplaceAllString(string(log), "$1")
	}
	inJSON, inBSON := peertest.ReadShared(t, "data/mongo/events_psmdb.jsonl"), peertest.ReadShared(t, "data/mongo/events_psmdb.bson")
	if got := convert(t, inJSON, formatBSON); !bytes.Equal(got, inBSON) {
		t.Errorf("BSON written from JSON differs:\n got %q\nwant %q", got, inBSON)
	}
	if got, want := date(convert(t, inBSON, formatJSON)), date(inJSON); got != want {
		t.Errorf("JSON written from BSON differs:\n got %s\nwant %s", got, want)
	}
	if got := convert(t, inBSON, formatBSON); !bytes.Equal(got, inBSON) {
		t.Error("BSON written from BSON differs")
	}
}

// convert writes the events of a log in a form.
func convert(t *testing.T, log []byte, format string) []byte {
	t.Helper()
	var out bytes.Buffer
	enc, err := Dialect.Encode(&out, &Options{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range understood(t, log) {
		loss, err := enc.Encode(&counterfoil.Record{Event: e})
		if err != nil || len(loss) > 1 || len(loss) == 1 && loss[0] != "raw" {
			t.Fatalf("loss %v, error %v", loss, err)
		}
	}
	return out.Bytes()
}
