package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
)

// renderer gives the function that appends one generated line, and its LF, as a peer wants it.
func renderer(peer string, classes bool) (func(b, line []byte) []byte, error) {
	switch {
	case classes && peer != "counterfoil":
		return nil, fmt.Errorf("peer %q: -classes is for counterfoil", peer)
	case classes:
		return func(b, line []byte) []byte { return append(classed(b, line), '\n') }, nil
	}
	switch peer {
	case "counterfoil":
		return func(b, line []byte) []byte { return append(append(b, line...), '\n') }, nil
	case "vl":
		return func(b, line []byte) []byte { return asString(b, line, "_msg") }, nil
	case "ch": // ClickHouse 18 has no time finer than a second: nanoseconds go into a column of their own
		return func(b, line []byte) []byte {
			b = asString(b, line, "event_data")
			return fmt.Appendf(b[:len(b)-2], ",\"ns\":%d}\n", timeOf(line))
		}, nil
	}
	return nil, fmt.Errorf("peer %q: want counterfoil, vl or ch", peer)
}

var dataKey = []byte(`,"event_data":`)

// asString appends a line with event_data turned into a JSON string called key. The generator writes event_data last.
func asString(b, line []byte, key string) []byte {
	i := bytes.Index(line, dataKey)
	b = append(append(append(b, line[:i]...), `,"`...), key...)
	b = append(b, `":"`...)
	for _, c := range line[i+len(dataKey) : len(line)-1] {
		if c == '"' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, "\"}\n"...)
}

// timeOf gives the nanoseconds since 1970 of a generated line's time, 0 if it has none.
func timeOf(line []byte) int64 {
	_, after, _ := bytes.Cut(line, []byte(`"time":"`))
	text, _, _ := bytes.Cut(after, []byte(`"`))
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return 0
	}
	return t.UnixNano()
}

// classed appends a line with a class and a category that follow from its names: those of the benchmark of preselect.
func classed(b, line []byte) []byte {
	class := counterfoil.Class(1) << (len(member(line, `"event":"`)) % 17)
	category := counterfoil.Category(1 + len(member(line, `"svc":"`))%7)
	b = fmt.Appendf(b, `{"class":[%q],"category":%q,`, class.Names()[0], category)
	return append(b, line[1:]...)
}

func member(line []byte, key string) []byte {
	_, rest, _ := bytes.Cut(line, []byte(key))
	value, _, _ := bytes.Cut(rest, []byte{'"'})
	return value
}
