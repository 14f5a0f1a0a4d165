package mongo

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// TestWithheld: a record whose data would not fit into a message is understood without param, and raw has it all.
func TestWithheld(t *testing.T) {
	var tr tree
	m := maker{t: &tr}
	tr.reset("")
	m.begin("", kDocument)
	m.string("atype", "createCollection")
	m.begin("param", kDocument)
	m.string("ns", "shop.orders")
	m.string("x", strings.Repeat("\xff", 3<<20)) // \udcff each
	m.end()
	m.end()
	doc := appendBSON(nil, &tr, 0)
	events, err := (&decoder{}).Decode(nil, dialect.Frame{Data: doc, Received: 1})
	if err != nil {
		t.Fatal(err)
	}
	e := &events[0]
	if e.Object.Name != "shop.orders" || e.Raw != string(doc) || e.EventData.Member("param").Text() != withheld {
		t.Errorf("object %+v, raw of %d bytes, param %.100s", e.Object, len(e.Raw), e.EventData.Member("param"))
	}
	if n := len(counterfoil.AppendEvent(nil, e)); n > counterfoil.MaxMessage {
		t.Errorf("the message has %d bytes", n)
	}
}

// TestDeep: what nests deeper than data may is there as its text, the same from both forms.
func TestDeep(t *testing.T) {
	text := `{"atype":"x","param":` + strings.Repeat(`{"a":[`, 60) + `{"b":2,"a":1}` + strings.Repeat(`]}`, 60) + "}"
	var tr tree
	if err := tr.parseJSON(text, nil); err != nil {
		t.Fatal(err)
	}
	got := dataOf(t, text)
	if got != dataOf(t, string(appendBSON(nil, &tr, 0))) || !strings.Contains(string(got), `{\"a\":1,\"b\":2}`) {
		t.Errorf("JSON gives %s", got)
	}
}
