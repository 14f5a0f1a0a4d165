package bsm

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// rec makes a record of a header and what else is given, with sizes that are right.
func rec(tokens ...[]byte) []byte {
	b := append([]byte{IDHeader32, 0, 0, 0, 0, 11, 0, 23, 0, 0}, 0x65, 0x53, 0xf1, 0, 0, 0, 0, 123)
	for _, t := range tokens {
		b = append(b, t...)
	}
	b = append(b, IDTrailer, 0xb1, 5, 0, 0, 0, 0)
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)))
	binary.BigEndian.PutUint32(b[len(b)-4:], uint32(len(b)))
	return b
}

func frames(t *testing.T, in []byte) (list [][]byte) {
	t.Helper()
	for len(in) > 0 {
		n, frame, err := Split(in, true)
		if err != nil || n == 0 || len(frame) != n {
			t.Fatalf("Split gives %d, %q, %v at the end of the stream", n, frame, err)
		}
		list, in = append(list, frame), in[n:]
	}
	return list
}

func str(s string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(s)+1)), s+"\x00"...)
}

// args makes an exec token: its strings may hold any bytes, as empty ones give NULs.
func args(raw []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0x3c}, uint32(bytes.Count(raw, []byte{0}))), raw...)
}

// TestForgedRecords: a record inside a record's arguments is content, also where the record around it is damaged.
func TestForgedRecords(t *testing.T) {
	forged := rec(append([]byte{IDPath}, str("/forged")...))
	good := rec(append([]byte{IDPath}, str("/good")...))
	around := rec(args(append(bytes.Repeat(forged, 3), 0)), append([]byte{IDPath}, str("/bin/sh")...))
	flip := func(at int) []byte {
		b := bytes.Clone(around)
		b[at] ^= 0x40
		return b
	}
	for name, damaged := range map[string][]byte{
		"trailer's magic": flip(len(around) - 6), "trailer's id": flip(len(around) - 7), "a token's id": flip(18), "count of arguments": flip(20),
		"cut": around[:len(around)-20], "cut inside the forged": around[:18+5+2*len(forged)+9],
	} {
		for _, f := range frames(t, append(bytes.Clone(damaged), good...)) {
			if bytes.Equal(f, forged) {
				t.Errorf("%s damaged: the forged record became a frame", name)
			}
		}
	}
}

// TestResume: behind damage, records go on, and all bytes are in frames.
func TestResume(t *testing.T) {
	good := rec(append([]byte{IDPath}, str("/good")...))
	for name, c := range map[string]struct {
		in   []byte
		good int
	}{
		"junk between":            {slices3(good, []byte("junk\x14\x00\x00\x00\x30"), good), 2},
		"junk first":              {slices3([]byte{0, 0, 0x14, 0x11}, good, good), 2},
		"size too large":          {slices3([]byte{0x14, 0x7f, 0xff, 0xff, 0xff, 11}, good, good), 2},
		"size reaches over one":   {slices3([]byte{0x14, 0, 0, 0, byte(6 + len(good)), 11}, good, good), 2},
		"cut, another file after": {slices3(good[:20], good, good), 2},
		"zeros at the end":        {slices3(good, good, make([]byte, 200<<10)), 2},
	} {
		n := 0
		list := frames(t, c.in)
		for _, f := range list {
			if bytes.Equal(f, good) {
				n++
			}
		}
		if n != c.good {
			t.Errorf("%s: %d records of %d frames, want %d", name, n, len(list), c.good)
		}
		if all := bytes.Join(list, nil); !bytes.Equal(all, c.in) {
			t.Errorf("%s: the frames are not the stream", name)
		}
	}
}

func slices3(a, b, c []byte) []byte { return bytes.Join([][]byte{a, b, c}, nil) }

// TestEndless: a stream that never ends gives frames all the same, whatever its headers claim.
func TestEndless(t *testing.T) {
	for name, unit := range map[string][]byte{
		"zeros": {0}, "headers that claim much": {0x14, 0, 0x0b, 0xff, 0xff, 11}, "file tokens": {0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
		"tokens of three bytes": {0x2c, 0, 1},
	} {
		in := bytes.Repeat(unit, 3<<20/len(unit))
		n, _, err := Split(in, false)
		if err != nil || n == 0 {
			t.Errorf("%s: Split wants more than %d bytes: %d, %v", name, len(in), n, err)
		}
	}
}

// TestAppend: what is parsed is written back.
func TestAppend(t *testing.T) {
	in := rec([]byte{0xee, 1, 2, 3, 4, 5}, []byte{IDReturn32, 13, 0xff, 0xff, 0xff, 0xff})
	var r Record
	if err := r.Parse(in); err != nil {
		t.Fatal(err)
	}
	if r.Flaw != "not-understood" || len(r.Tokens) != 4 || r.Find(IDReturn32) == nil {
		t.Errorf("flaw %q, %d tokens: the return behind a token that is not known is lost", r.Flaw, len(r.Tokens))
	}
	if out, err := r.Append(nil); err != nil || !bytes.Equal(out, in) {
		t.Errorf("%x, %v\nwant %x", out, err, in)
	}
}

// TestShapes: the table has no two shapes of one key or id, and an order of all parts where it has one.
func TestShapes(t *testing.T) {
	keys := map[string]bool{}
	n := 0
	for _, s := range Shapes {
		if s == nil {
			continue
		}
		if n++; keys[s.Key] {
			t.Errorf("two shapes are called %s", s.Key)
		}
		keys[s.Key] = true
	}
	if n != len(shapes) {
		t.Errorf("%d shapes, %d ids", len(shapes), n)
	}
}
