package choose

import (
	"os"
	"testing"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

func load(t *testing.T, name string) (records []*bsm.Record) {
	in, err := os.ReadFile("../../dialect/bsm/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for len(in) > 0 {
		n, frame, _ := bsm.Split(in, true)
		if r := new(bsm.Record); r.Parse(frame) == nil {
			records = append(records, r)
		}
		in = in[n:]
	}
	return records
}

func p(n uint32) *uint32 { return &n }

func paths(t *testing.T, list string) []Path {
	l, err := ParsePaths(list)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestMatch counts what is selected of our own records: 36 records and two file tokens.
func TestMatch(t *testing.T) {
	records := load(t, "tokens.in")
	mask := func(expr string) *bsm.Masks {
		m, err := bsm.ParseMasks(expr, bsm.Classes)
		if err != nil {
			t.Fatal(err)
		}
		return &m
	}
	for name, c := range map[string]struct {
		c    Criteria
		want int
	}{
		"nothing asked":                      {Criteria{}, 38},
		"inverted":                           {Criteria{Invert: true}, 0},
		"user, by every kind of subject":     {Criteria{AUID: p(1001)}, 21},
		"nobody":                             {Criteria{AUID: p(0xffffffff)}, 1},
		"user and another effective user":    {Criteria{AUID: p(1001), EUID: p(5)}, 0},
		"class, also behind a header_ex":     {Criteria{Classes: mask("ex")}, 14},
		"failures":                           {Criteria{Classes: mask("-all")}, 0},
		"event":                              {Criteria{Events: []uint16{32800}}, 2},
		"path":                               {Criteria{Paths: paths(t, "^/bin/")}, 2},
		"both paths of a rename":             {Criteria{Paths: paths(t, "secret")}, 0},
		"not a path":                         {Criteria{Paths: paths(t, "~^/bin/,.")}, 6},
		"comma in a pattern":                 {Criteria{Paths: paths(t, `a\,b`)}, 1},
		"shared memory":                      {Criteria{IPC: [4]*uint32{3: p(78)}}, 1},
		"queue of that number":               {Criteria{IPC: [4]*uint32{1: p(78)}}, 0},
		"zone":                               {Criteria{Zone: "log_*"}, 1},
		"after":                              {Criteria{After: 4000000000}, 1},
		"before":                             {Criteria{Before: 1700000000}, 35},
		"process":                            {Criteria{PID: p(4242)}, 21},
		"process that something was done to": {Criteria{ObjectPID: p(4242)}, 0},
	} {
		n := 0
		for _, r := range records {
			if c.c.Match(r) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d records, want %d", name, n, c.want)
		}
	}
}

// TestOutcome: a record whose return is of 64 bits, or missing, is judged as others are.
func TestOutcome(t *testing.T) {
	m, _ := bsm.ParseMasks("-ex", bsm.Classes)
	c := Criteria{Classes: &m}
	header := []bsm.Field{{}, {Num: 11}, {Num: 23}, {}, {Num: 1700000000}, {}}
	for _, k := range []struct {
		ret  *bsm.Shape
		num  uint64
		want bool
	}{{bsm.Shapes[bsm.IDReturn64], 0, false}, {bsm.Shapes[bsm.IDReturn64], 13, true}, {bsm.Shapes[bsm.IDReturn32], 0, false}, {nil, 0, true}} {
		var r bsm.Record
		r.Add(bsm.Shapes[bsm.IDHeader32], header...)
		if k.ret != nil {
			r.Add(k.ret, bsm.Field{Num: k.num}, bsm.Field{})
		}
		if got := c.Match(&r); got != k.want {
			t.Errorf("return %+v: selected %v, want %v", k, got, k.want)
		}
	}
}
