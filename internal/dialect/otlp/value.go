package otlp

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// maxPairs bounds the key-value lists that become objects: finding names for keys that come again is slow. Longer ones stay
// the lists they are.
const maxPairs = 1000

// appendMember writes a member of a resource, scope or record: attributes as an object, a body as the value it has.
func appendMember(b *counterfoil.Builder, key string, v counterfoil.JSON) {
	switch {
	case key == "attributes" && v.Kind() == '[':
		appendPairs(b, key, v)
	case key == "body":
		appendValue(b, key, v)
	default:
		b.Value(key, v)
	}
}

// appendPairs writes a list of keys and values as an object.
func appendPairs(b *counterfoil.Builder, key string, list counterfoil.JSON) {
	n := 0
	for p := range list.Elements() {
		if n++; n > maxPairs || p.Member("key").Kind() != '"' {
			b.Value(key, list)
			return
		}
	}
	b.Object(key)
	for p := range list.Elements() {
		appendValue(b, p.Member("key").Text(), p.Member("value"))
	}
	b.End()
}

// appendValue writes an AnyValue as the JSON value it means. One of another form, and bytes, are written as they came.
func appendValue(b *counterfoil.Builder, key string, v counterfoil.JSON) {
	kind, value := "", counterfoil.JSON("")
	members := 0
	for k, m := range v.Members() {
		kind, value = k, m
		members++
	}
	switch {
	case v == "" || v == "{}" || v == "null":
		b.Null(key)
	case members != 1:
		b.Value(key, v)
	case kind == "stringValue" && value.Kind() == '"', kind == "boolValue" && (value == "true" || value == "false"),
		kind == "doubleValue" && value.Kind() == '0':
		b.Value(key, value)
	case kind == "intValue":
		n, err := strconv.ParseInt(value.Text(), 10, 64) // as text, or as a number
		if err != nil {
			b.Value(key, v)
			return
		}
		b.Int(key, n)
	case kind == "arrayValue" && value.Kind() == '{':
		b.Array(key)
		for e := range value.Member("values").Elements() {
			appendValue(b, "", e)
		}
		b.End()
	case kind == "kvlistValue" && value.Kind() == '{':
		if list := value.Member("values"); list != "" {
			appendPairs(b, key, list)
		} else {
			b.Object(key)
			b.End()
		}
	default:
		b.Value(key, v)
	}
}

// deepest is how deep data may nest to be written as values: each level takes four of JSON's.
const deepest = 12

// putValue writes canonical data as an AnyValue.
func putValue(b *counterfoil.Builder, key string, v counterfoil.JSON) {
	b.Object(key)
	switch v.Kind() {
	case '"':
		b.Value("stringValue", v)
	case 't', 'f':
		b.Value("boolValue", v)
	case '0':
		if strings.ContainsAny(string(v), ".e") {
			b.Value("doubleValue", v)
		} else {
			b.String("intValue", string(v))
		}
	case '[':
		b.Object("arrayValue")
		b.Array("values")
		for e := range v.Elements() {
			putValue(b, "", e)
		}
		b.End()
		b.End()
	case '{':
		b.Object("kvlistValue")
		b.Array("values")
		for k, e := range v.Members() {
			b.Object("")
			b.String("key", k)
			putValue(b, "value", e)
			b.End()
		}
		b.End()
		b.End()
	}
	b.End()
}

// text gives a string or number of an object, "" for anything else.
func text(object counterfoil.JSON, key string) string {
	v := object.Member(key)
	if v.Kind() == '0' {
		return string(v)
	}
	return dialect.Text(v)
}
