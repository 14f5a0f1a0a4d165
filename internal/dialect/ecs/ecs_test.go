package ecs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{Dialect: Dialect, Written: written}

func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }

// expected has the types that the schema expects of each category that the table uses (schemas/event.yml of v8.17.0).
var expected = map[string]string{
	"authentication":      "start end info",
	"configuration":       "access change creation deletion info",
	"database":            "access change info error",
	"driver":              "change end info start",
	"file":                "access change creation deletion info",
	"host":                "access change end info start",
	"iam":                 "admin change creation deletion group info user",
	"intrusion_detection": "allowed denied info",
	"network":             "access allowed connection denied end info protocol start",
	"package":             "access change deletion info installation start",
	"process":             "access change end info start",
	"session":             "start end info",
}

func TestKinds(t *testing.T) {
	seen := map[counterfoil.Action]bool{}
	for _, k := range kinds {
		if seen[k.action] || !k.action.Known() {
			t.Errorf("%s is there twice, or is no action", k.action)
		}
		seen[k.action] = true
		for category := range strings.SplitSeq(k.category, " ") {
			for typ := range strings.SplitSeq(k.types, " ") {
				if !slices.Contains(strings.Fields(expected[category]), typ) {
					t.Errorf("%s: the schema expects no type %s of category %s", k.action, typ, category)
				}
			}
		}
	}
}

// written: whatever the event, a document is JSON that any reader takes, and says what the event says.
func written(e *counterfoil.Event, out []byte) error {
	if !carry.Exact(counterfoil.JSON(out)) {
		return errors.New("it holds a lone surrogate")
	}
	var doc struct {
		User        struct{ Name string }
		Counterfoil struct {
			Exact         map[string]string
			EventData     json.RawMessage `json:"event_data"`
			EventDataJSON string          `json:"event_data_json"`
		}
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		return err
	}
	user := doc.User.Name
	if text, ok := doc.Counterfoil.Exact["user"]; ok {
		var err error
		if user, err = carry.Unquote(text); err != nil {
			return err
		}
	}
	if user != e.User {
		return fmt.Errorf("user is %q, want %q", user, e.User)
	}
	if data := string(doc.Counterfoil.EventData) + doc.Counterfoil.EventDataJSON; data != string(e.EventData) {
		return fmt.Errorf("event_data is %s, want %s", data, e.EventData)
	}
	return nil
}

// TestDeep: what Elasticsearch would refuse is a text.
func TestDeep(t *testing.T) {
	deep := strings.Repeat(`{"a":`, deepest) + "{}" + strings.Repeat("}", deepest)
	var b bytes.Buffer
	enc, err := Dialect.Encode(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := counterfoil.Event{Major: 1, Time: 1, Service: "A", Name: "B", EventData: counterfoil.JSON(deep), SvcData: `"text"`}
	if _, err := enc.Encode(&counterfoil.Record{Event: e}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"event_data_json":"{\"a\"`, `"svc_data_json":"\"text\""`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in %s", want, b.Bytes())
		}
	}
}
