package mongoq

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// literal writes a value as data has it.
func (b *builder) literal(v *value) (counterfoil.JSON, error) {
	if dup := v.duplicate(); dup != nil {
		return "", b.bad(dup.at, "the field %q stands twice in a document to compare with", dup.key)
	}
	var w counterfoil.Builder
	put(&w, "", v)
	return w.JSON(), nil
}

// duplicate gives a key that stands twice in one object.
func (v *value) duplicate() *member {
	seen := map[string]bool{}
	for i := range v.kids {
		m := &v.kids[i]
		if seen[m.key] {
			return m
		}
		seen[m.key] = true
		if dup := m.duplicate(); dup != nil {
			return dup
		}
	}
	return nil
}

// put writes v under key.
func put(w *counterfoil.Builder, key string, v *value) {
	one := func(k, s string) {
		w.Object(key)
		w.String(k, s)
		w.End()
	}
	switch v.kind {
	case null:
		w.Null(key)
	case undefined:
		w.Object(key)
		w.Bool("$undefined", true)
		w.End()
	case boolean:
		w.Bool(key, v.n != 0)
	case number:
		if j, err := counterfoil.Canonical(v.s); err == nil {
			w.Value(key, j)
		} else {
			one("$numberDouble", v.s) // NaN and the infinities
		}
	case decimal:
		one("$numberDecimal", v.s)
	case text:
		w.String(key, v.s)
	case date:
		w.Value(key, filter.DateJSON(v.n))
	case objectID:
		one("$oid", v.s)
	case binary:
		w.Object(key)
		w.String("$binary", v.s)
		w.String("$type", v.t)
		w.End()
	case regex:
		w.Object(key)
		w.String("$options", v.t)
		w.String("$regex", v.s)
		w.End()
	case timestamp:
		w.Object(key)
		w.Object("$timestamp")
		for _, m := range [...][2]string{{"i", v.t}, {"t", v.s}} {
			w.Value(m[0], counterfoil.JSON(m[1]))
		}
		w.End()
		w.End()
	case minKey, maxKey:
		w.Object(key)
		w.Int(map[kind]string{minKey: "$minKey", maxKey: "$maxKey"}[v.kind], 1)
		w.End()
	case object, array:
		putAll(w, key, v)
	}
}

func putAll(w *counterfoil.Builder, key string, v *value) {
	if v.kind == array {
		w.Array(key)
	} else {
		w.Object(key)
	}
	for i := range v.kids {
		name := v.kids[i].key
		if v.kind == array {
			name = ""
		}
		put(w, name, &v.kids[i].value)
	}
	w.End()
}
