package dialect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Insert puts a member into data at its place in the order of keys, without decoding the others: it is on the way of
// every event whose name is in lower case. A key that is taken becomes key#2, key#3, …; data that is a string becomes
// the member "text". key must hold no byte that JSON escapes.
func Insert(data counterfoil.JSON, key string, v counterfoil.JSON) counterfoil.JSON {
	return counterfoil.JSON(AppendInsert(nil, data, key, v))
}

// AppendInsert is [Insert] behind dst.
func AppendInsert(dst []byte, data counterfoil.JSON, key string, v counterfoil.JSON) []byte {
	switch data.Kind() {
	case '{':
	case '"':
		data = `{"text":` + data + "}"
	default:
		data = "{}"
	}
	at, taken := place(data, key)
	if taken {
		key += "#" + strconv.Itoa(free(data, key+"#"))
		at, _ = place(data, key)
	}
	return splice(dst, data, at, key, v)
}

// free gives the least number from 2 on that no member has behind prefix. It looks once: senders choose the keys.
func free(data counterfoil.JSON, prefix string) int {
	taken := map[string]bool{}
	for key := range data.Members() {
		if n, ok := strings.CutPrefix(key, prefix); ok {
			taken[n] = true
		}
	}
	n := 2
	for taken[strconv.Itoa(n)] {
		n++
	}
	return n
}

// place gives the index where the member of that name begins or would begin, and whether it exists. Keys are compared
// as they are written, which is the order of canonical data.
func place(data counterfoil.JSON, name string) (at int, taken bool) {
	at = 1
	for _, v := range data.Members() {
		end := at + 1
		for ; data[end] != '"'; end++ {
			if data[end] == '\\' {
				end++
			}
		}
		if key := string(data[at+1 : end]); key >= name {
			return at, key == name
		}
		if at = end + len(`":`) + len(v); data[at] == ',' {
			at++
		}
	}
	return at, false
}

// splice writes data with the member at an index where a member begins, or where the object ends.
func splice(dst []byte, data counterfoil.JSON, at int, name string, v counterfoil.JSON) []byte {
	dst = append(slices.Grow(dst, len(data)+len(name)+len(v)+4), data[:at]...)
	if data[at] == '}' && at > 1 {
		dst = append(dst, ',')
	}
	dst = append(append(append(append(dst, '"'), name...), '"', ':'), v...)
	if data[at] != '}' {
		dst = append(dst, ',')
	}
	return append(dst, data[at:]...)
}

// Origin is the place that an event had in another trail: what a dialect that reads messages of records puts into
// event_data under "origin". A time or a name that is not told is left out.
func Origin(seq uint64, received counterfoil.Time, via string) counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	if received != 0 {
		b.String("received", received.String())
	}
	b.Uint("seq", seq)
	if via != "" {
		b.String("via", via)
	}
	b.End()
	return b.JSON()
}
