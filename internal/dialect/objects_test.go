package dialect_test

import (
	"bufio"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

func TestSplitObjects(t *testing.T) {
	for name, c := range map[string]struct {
		in       string
		frames   []string
		elements []string // where they differ from the frames
	}{
		"lines":             {in: "{\"a\":1}\n{\"b\":\"}\\\"\"}\r\n\n{}", frames: []string{`{"a":1}`, "{\"b\":\"}\\\"\"}\r", "", "{}"}},
		"one behind other":  {in: `{"a":[1,2]}{"b":{}} x` + "\n{}", frames: []string{`{"a":[1,2]}`, `{"b":{}}`, " x", "{}"}},
		"over lines":        {in: "{\n  \"a\": {\n  }\n}\n{\"b\":1}\n", frames: []string{"{\n  \"a\": {\n  }\n}", `{"b":1}`}},
		"no object":         {in: "hello {\n[1]\n\x00\n", frames: []string{"hello {", "[1]", "\x00"}},
		"cut in a string":   {in: "{\"a\":\"x\n{\"b\":1}\n", frames: []string{`{"a":"x`, `{"b":1}`}},
		"cut behind escape": {in: "{\"a\":\"x\\\n{\"b\":1}\n", frames: []string{`{"a":"x\`, `{"b":1}`}},
		"cut elsewhere":     {in: "{\"a\":[1\n{\"b\":1}\n", frames: []string{`{"a":[1`, `{"b":1}`}},
		"cut at the end":    {in: "{\"a\":[\n1\n", frames: []string{"{\"a\":[\n1\n"}},
		"list": {in: `{"Records":[{"a":1},{"b":[2,{}]}]}` + "\n", frames: []string{`{"Records":[{"a":1}`, `,{"b":[2,{}]}]}`},
			elements: []string{`{"a":1}`, `{"b":[2,{}]}`}},
		"list over lines": {in: "{\n \"Records\" : [\n{\"a\":1}\n,\n {\"b\":2}\n ]\n}\n{}\n",
			frames: []string{"{\n \"Records\" : [\n{\"a\":1}\n", ",\n {\"b\":2}\n ]\n}", "{}"}, elements: []string{`{"a":1}`, `{"b":2}`, "{}"}},
		"list between members": {in: `{"m":{"a":1,"b":2},"Records":[{"x":1}],"n":[1,{"c":3,"d":4}],"Records":[1,2]}{"Records":[]}`,
			frames:   []string{`{"m":{"a":1,"b":2},"Records":[{"x":1}],"n":[1,{"c":3,"d":4}],"Records":[1,2]}`, `{"Records":[]}`},
			elements: []string{`{"x":1}`, ""}},
		"list of others": {in: `{"Records":[1,"a,b",[2,3]]}`, frames: []string{`{"Records":[1`, `,"a,b"`, `,[2,3]]}`}, elements: []string{"1", `"a,b"`, "[2,3]"}},
		"no list": {in: `{"x,\"Records":[{"a":1},{"b":2}],"o":{"Records":[1,2]},"Records":{"a":1,"b":2}}`,
			frames: []string{`{"x,\"Records":[{"a":1},{"b":2}],"o":{"Records":[1,2]},"Records":{"a":1,"b":2}}`}},
		"list cut in a string": {in: "{\"Records\":[{\"a\":\"\n{\"b\":2}\n", frames: []string{`{"Records":[{"a":"`, `{"b":2}`}, elements: []string{`{"a":"`, `{"b":2}`}},
	} {
		t.Run(name, func(t *testing.T) {
			s := bufio.NewScanner(iotest.OneByteReader(strings.NewReader(c.in)))
			s.Split(dialect.SplitObjects("Records"))
			var frames, elements []string
			for s.Scan() {
				frames = append(frames, s.Text())
				elements = append(elements, string(dialect.Element(s.Bytes(), "Records")))
			}
			if s.Err() != nil || !slices.Equal(frames, c.frames) {
				t.Fatalf("frames\n got %q\nwant %q, %v", frames, c.frames, s.Err())
			}
			if c.elements == nil {
				c.elements = c.frames
			}
			if !slices.Equal(elements, c.elements) {
				t.Errorf("elements\n got %q\nwant %q", elements, c.elements)
			}
		})
	}
}

func FuzzSplitObjects(f *testing.F) {
	f.Add(`{"m":{"a":1},"Records":[{"a":1},{"b":[2,{}]}],"n":1}` + "\n{\"a\":\"\n{}")
	f.Fuzz(func(t *testing.T, in string) {
		split := dialect.SplitObjects("Records")
		rest := []byte(in)
		for len(rest) > 0 {
			n, token, err := split(rest, true)
			if err != nil || n <= 0 || n > len(rest) || len(token) > n {
				t.Fatalf("%q: %d %q %v", rest, n, token, err)
			}
			if left := string(rest[len(token):n]); left != "" && left != "\n" || string(rest[:len(token)]) != string(token) {
				t.Fatalf("%q: %q taken off", rest, left)
			}
			dialect.Element(token, "Records")
			rest = rest[n:]
		}
	})
}

func TestPeek(t *testing.T) {
	for in, want := range map[string]string{
		` {"a":{"k":1},"b":["k"],"c":"\"k\":2","k" : {"x":3},"d`: `{"x":3},"d`,
		`{"a":"k","k":"v`: `"v`,
		`{"a":1}{"k":2}`:  "",
		`{"k`:             "",
		`[{"k":1}]`:       "",
		"":                "",
	} {
		if got := dialect.Peek([]byte(in), "k"); string(got) != want {
			t.Errorf("Peek(%q) = %q, want %q", in, got, want)
		}
	}
}
