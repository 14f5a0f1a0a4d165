package counterfoil

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// shaped are messages whose shape is remembered.
var shaped = []string{
	`{"aid":"6f0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b91","time":"2025-06-01T00:00:00.123456789Z","host":"h","addr":"10.1.2.3","user":"merge.index12","sess":"6f","svc":"SMB","event":"READ","success":true,"event_data":{"vers":{"major":0,"minor":1},"handle":{"type":"DEV_INO","value":"52:1234567:0"},"file":{"type":"REGULAR","path":"/mnt/pay.xlsx","stream":null,"snap":null},"groups":[10012,545,90000003],"empty":{},"none":[],"nested":[[1,{"b":2,"a":3}],[]]}}`,
	`{"time": "2025-06-01T00:00:00Z", "addr": "", "user": "", "svc": "A", "event": "B", "event_data": {"b": 1, "a": 2, "long": "x"}, "svc_data": {"z": {"y": [1, 2]}, "a": true}}`,
	`{"vers":{"major":1,"minor":0},"seq":7,"time":"2025-06-01T00:00:00Z","received":"2025-06-01T00:00:01Z","via":"v","dialect":"d/1","host":"h","svc":"A","event":"B","class":["fd","fw"],"category":"data","action":"file.delete","success":false,"addr":"a","user":"u","sess":"s","subject":{"login_id":"1","id":"2","name":"n","group":"g","terminal":"t","pid":3,"process":"p"},"object":{"kind":"file","name":"n","id":"i","to":"t"},"svc_data":{"a":1},"event_data":{"a":1,"b":"ü"},"raw":"r"}`,
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"app","event":"createUser","event_data":{"only":1}}`,
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{}}`,
	"\t{\"time\":\"2025-06-01T00:00:00Z\",\r\n \"addr\":\"\" ,\"user\":\"\",\"svc\":\"A\",\"event\":\"B\", \"event_data\" : { \"b\" : [ 1 , 2 ] ,\"a\":\"\" } } ",
}

// unshaped are messages that no path covers; they must be read all the same.
var unshaped = []string{
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"a\"b","svc":"A","event":"B"}`,
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":"text"}`,
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":null}`,
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","raw_b64":"/w=="}`,
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{"a":1.50}}`,
	`{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{"a":1e3,"b":"\u0041"}}`,
}

// sameAsSlow holds what h reads against parseAny, and reports whether h read it.
func sameAsSlow(t *testing.T, h *shapes, text string) bool {
	t.Helper()
	var fast, slow Record
	seen, ok := h.read(&fast, text)
	wantSeen, err := slow.parseAny(text)
	switch {
	case ok && err != nil:
		t.Fatalf("read by its shape although it is wrong: %v\n%s", err, text)
	case ok && (fast != slow || seen != wantSeen):
		t.Fatalf("read by its shape as\n%+v (%b)\nwant\n%+v (%b)\n%s", fast, seen, slow, wantSeen, text)
	}
	return ok
}

func TestShapes(t *testing.T) {
	var h shapes
	for range 2 {
		for _, text := range append(shaped, unshaped...) {
			sameAsSlow(t, &h, text)
			h.learn(text)
		}
	}
	for _, text := range shaped {
		if !sameAsSlow(t, &h, text) {
			t.Errorf("its shape is not remembered: %s", text)
		}
	}
	for _, text := range unshaped {
		if sameAsSlow(t, &h, text) {
			t.Errorf("read by a shape: %s", text)
		}
	}
	// Any value in the place of any other, and any byte lost, added or changed.
	values := []string{`""`, `"x"`, `0`, `-1`, `01`, `-`, `9007199254740993`, `123456789012345`, `1.5`, `1e2`, `true`, `nul`, `null`, `{}`, `[]`,
		`"ü"`, `"\u00fc"`, "\"\xff\"", "\"a\nb\"", `"a\\b"`, `"2025-06-01T00:00:00Z"`, `"fd"`, `{"a":1,"a":2}`, ` 7 `, ``}
	for _, text := range shaped {
		for i := range len(text) {
			for _, c := range []string{"", `"`, "0", "}", ",", " ", `\`} {
				sameAsSlow(t, &h, text[:i]+c+text[i:])
				sameAsSlow(t, &h, text[:i]+c+text[i+1:])
			}
			if text[i] == ':' {
				for _, v := range values {
					end := i + 1 + strings.IndexAny(text[i+1:], ",}]")
					sameAsSlow(t, &h, text[:i+1]+v+text[end:])
				}
			}
		}
	}
}

// TestShapesAreBounded: keys that are never the same do not fill the memory, and what comes again is learnt again.
func TestShapesAreBounded(t *testing.T) {
	var h shapes
	message := func(key string) string {
		return `{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{"` + key + `":1}}`
	}
	for i := range 3 * patience {
		h.learn(message(fmt.Sprintf("key%d", i)))
		if len(h.states) > shapeRoom/64 || len(h.programs) > shapeRoom/64 {
			t.Fatalf("after %d messages: %d states, %d programs", i, len(h.states), len(h.programs))
		}
	}
	for range patience + 1 {
		h.learn(message("again"))
		if sameAsSlow(t, &h, message("again")) {
			return
		}
	}
	t.Error("a shape that comes again and again is not learnt")
}

// TestLearnCost: what is learnt of a message costs by its length, not by the square of it, whatever stands between its values.
func TestLearnCost(t *testing.T) {
	for _, nothing := range []string{"[ ]", "{ }", `{"b":[],"a":{}}`} {
		text := `{"time":"2025-06-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{"a":[` + strings.Repeat(nothing+" , ", 20_000) + `1]}}`
		var h shapes
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		h.learn(text)
		runtime.ReadMemStats(&after)
		if made := after.TotalAlloc - before.TotalAlloc; made > 100*uint64(len(text)) {
			t.Errorf("%s: of %d bytes %d are made", nothing, len(text), made)
		}
		sameAsSlow(t, &h, text)
	}
}

// FuzzShapes: having learnt one message, another is read as if nothing had been.
func FuzzShapes(f *testing.F) {
	for i, text := range shaped {
		f.Add(text, shaped[(i+1)%len(shaped)])
		f.Add(text, strings.Replace(text, `"B"`, `"C"`, 1))
		f.Add(unshaped[i], text)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		var h shapes
		if _, err := new(Record).parseAny(first); err == nil {
			h.learn(first)
			sameAsSlow(t, &h, first)
		}
		sameAsSlow(t, &h, second)
	})
}
