package windows

import (
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// What an event costs grows with its length, not with the square of it.
func TestCost(t *testing.T) {
	const size = 2 << 20
	many := func(piece string) string { return strings.Repeat(piece, size/len(piece)) }
	attributes := func() string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString(" a")
			for n := i; n > 0; n /= 26 {
				b.WriteByte('a' + byte(n%26))
			}
			b.WriteString(`=""`)
		}
		return b.String()
	}
	for name, data := range map[string]string{
		"attributes": "<Data" + attributes() + "/>",
		"comments":   "<Data>" + many("<!---->a") + "</Data>",
		"sections":   "<Data>" + many("<![CDATA[a]]>") + "</Data>",
		"between":    many("<a/>b"),
		"unnamed":    many("<Data/>"),
		"references": "<Data>" + many("&#65;") + "</Data>",
	} {
		d, err := Dialect.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		in := "<Event><System><EventID>1</EventID></System><EventData>" + data + "</EventData></Event>"
		began := time.Now()
		events, err := d.Decode(nil, dialect.Frame{Data: []byte(in), Received: 1})
		took := time.Since(began)
		t.Log(name, took, err)
		if len(events) != 1 || took > 20*time.Second {
			t.Errorf("%s: %d events in %s", name, len(events), took)
		}
	}
}
