package counterfoil

import (
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

// texts calls f with every string of a record.
func texts(v reflect.Value, f func(v reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		f(v)
	case reflect.Struct:
		for i := range v.NumField() {
			texts(v.Field(i), f)
		}
	}
}

func TestClone(t *testing.T) {
	var r Record
	memory := []byte(strings.Repeat("abc", 100))
	n := 0
	texts(reflect.ValueOf(&r).Elem(), func(v reflect.Value) {
		v.SetString(unsafe.String(&memory[n], n%7))
		n++
	})
	if n < 22 {
		t.Fatalf("a record has %d strings", n)
	}
	r.Seq, r.Subject.PID, r.Hidden, r.Outcome = 7, 8, Hash{9}, Failure
	c := r.Clone()
	if !reflect.DeepEqual(c, r) {
		t.Fatalf("got %+v, want %+v", c, r)
	}
	before := reflect.ValueOf(c).Interface().(Record)
	var want []string
	texts(reflect.ValueOf(&before).Elem(), func(v reflect.Value) { want = append(want, strings.Clone(v.String())) })
	for i := range memory {
		memory[i] = 'x'
	}
	texts(reflect.ValueOf(&c).Elem(), func(v reflect.Value) {
		if v.String() != want[0] {
			t.Errorf("a string of the clone became %q when the memory of the record it is of did; it was %q", v.String(), want[0])
		}
		want = want[1:]
	})
}
