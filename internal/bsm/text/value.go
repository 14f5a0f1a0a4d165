package text

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// value reads the value of a part behind the delimiter at i and gives where it ends.
func (s *scanner) value(k bsm.Kind, f *bsm.Field, i int) (end int, ok bool) {
	if !strings.HasPrefix(s.text[i:], s.delim) {
		return 0, false
	}
	i += len(s.delim)
	rest := s.text[i:]
	n := s.field(rest)
	switch k {
	case bsm.Event: // its text may hold delimiters: it ends before a number
		for n < len(rest) && !isNumber(rest[n+len(s.delim):][:s.field(rest[n+len(s.delim):])]) {
			n += len(s.delim) + s.field(rest[n+len(s.delim):])
			if n > 200 || strings.HasPrefix(rest[n:], s.end) && s.end != s.delim {
				return 0, false
			}
		}
	case bsm.Errno:
		if text, ok := strings.CutPrefix(rest, failure); ok { // one text holds a comma
			if no := errnoOf(text, s.delim); no > 0 {
				f.Num = uint64(no)
				return i + len(failure) + len(bsm.ErrnoText(no)), true
			}
		}
	case bsm.Bytes16:
		n += len(s.delim) + s.field(rest[min(len(rest), n+len(s.delim)):])
		if n > len(rest) {
			return 0, false
		}
		_, data, _ := strings.Cut(rest[:n], s.delim)
		return i + n, parse(bsm.Rest, data, f, s)
	}
	if !parse(k, rest[:n], f, s) {
		return 0, false
	}
	return i + n, true
}

// field gives the length of the text up to the next delimiter or end of a token.
func (s *scanner) field(t string) int {
	n := len(t)
	if j := strings.Index(t, s.delim); j >= 0 {
		n = j
	}
	if j := strings.Index(t[:n], s.end); j >= 0 {
		n = j
	}
	return n
}

func isNumber(t string) bool {
	_, err := strconv.ParseUint(t, 10, 16)
	return err == nil
}

// errnoOf gives the number of the error whose text t begins with, 0 if there is none.
func errnoOf(t, delim string) (no byte) {
	for n := byte(1); n != 0; n++ {
		if text := bsm.ErrnoText(n); text != "" && strings.HasPrefix(t, text) && len(text) > len(bsm.ErrnoText(no)) &&
			(len(t) == len(text) || strings.HasPrefix(t[len(text):], delim)) {
			no = n
		}
	}
	return no
}

// parse reads the text of one value. ok is false where it cannot be one.
func parse(k bsm.Kind, t string, f *bsm.Field, s *scanner) (ok bool) {
	var err error
	switch k {
	case bsm.User, bsm.Group:
		if n, err := strconv.ParseInt(t, 10, 64); err == nil && n >= -1<<31 && n < 1<<32 {
			f.Num = uint64(uint32(n))
			return true
		}
		f.Named, f.Bytes = true, []byte(s.unescape(t))
		return t != ""
	case bsm.S64:
		var n int64
		n, err = strconv.ParseInt(t, 10, 64)
		f.Num = uint64(n)
	case bsm.Event:
		return parseEvent(t, f, s)
	case bsm.Sec32, bsm.Sec64:
		if f.Num, err = strconv.ParseUint(t, 10, 64); err != nil {
			var at time.Time
			if at, err = time.ParseInLocation(ctime, t, s.zone); err == nil && (k == bsm.Sec64 || at.Unix() >= 0) {
				f.Num = uint64(at.Unix())
			}
		}
	case bsm.MSec32, bsm.MSec64:
		f.Num, err = strconv.ParseUint(strings.TrimSuffix(strings.TrimPrefix(t, " + "), " msec"), 10, 64)
	case bsm.Errno:
		return parseErrno(t, f)
	case bsm.Hex32, bsm.Hex64, bsm.Hex8, bsm.Alt16:
		f.Num, err = strconv.ParseUint(t, 0, 64)
	case bsm.Octal32:
		f.Num, err = strconv.ParseUint(t, 8, 32)
	case bsm.ErrVal:
		f.Num, err = strconv.ParseUint(strings.TrimPrefix(t, "Error "), 10, 32)
	case bsm.IPCType, bsm.Priv, bsm.YesNo:
		return parseWord(k, t, f)
	case bsm.Addr4, bsm.Addr16, bsm.AddrX, bsm.AddrN:
		var a netip.Addr
		if a, err = netip.ParseAddr(t); err == nil {
			f.Bytes = a.WithZone("").AsSlice()
			f.Num = uint64(len(f.Bytes))
			return k != bsm.Addr4 || f.Num == 4
		}
	case bsm.UUID:
		f.Bytes, err = hex.DecodeString(strings.ReplaceAll(t, "-", ""))
		return err == nil && len(f.Bytes) == 16
	case bsm.Bytes16, bsm.HexBytes, bsm.Rest:
		f.Bytes, err = hex.DecodeString(strings.TrimPrefix(t, "0x"))
	case bsm.Str, bsm.CStr:
		f.Bytes = []byte(s.unescape(t))
	default:
		f.Num, err = strconv.ParseUint(t, 10, 64)
	}
	if size := bsm.FixedSize(k); size > 0 && size < 8 {
		return err == nil && f.Num>>(8*size) == 0
	}
	return err == nil
}

func parseEvent(t string, f *bsm.Field, s *scanner) bool {
	if n, err := strconv.ParseUint(t, 10, 16); err == nil {
		f.Num = n
		return true
	}
	if e := bsm.EventByName(t); e != nil {
		f.Num = uint64(e.Number)
		return true
	}
	known := false
	for _, e := range bsm.Events() {
		if e.Text == t { // of those that share a text, the last: FreeBSD's, not those of old Darwin
			f.Num, known = uint64(e.Number), true
		}
	}
	if known {
		return true
	}
	f.Named, f.Bytes = true, []byte(s.unescape(t))
	return t != ""
}

func parseErrno(t string, f *bsm.Field) bool {
	if t == "success" {
		return true
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(t, unknownError), 10, 8); err == nil {
		f.Num = n
		return true
	}
	if text, ok := strings.CutPrefix(t, failure); ok { // another system's words
		f.Named, f.Bytes = true, []byte(text)
		return true
	}
	return false
}

func parseWord(k bsm.Kind, t string, f *bsm.Field) bool {
	words := map[bsm.Kind][]string{bsm.Priv: {"failed use of priv", "successful use of priv"}, bsm.YesNo: {"complete", "truncated"}}[k]
	if i := slices.Index(words, t); i >= 0 {
		f.Num = uint64(i)
		return true
	}
	for n := byte(1); n < 4 && k == bsm.IPCType; n++ {
		if t == bsm.IPCTypeText(n) {
			f.Num = uint64(n)
			return true
		}
	}
	n, err := strconv.ParseUint(t, 10, 8)
	f.Num = n
	return err == nil
}

// rest reads a last part of any length.
func (s *scanner) rest(k bsm.Kind, t string) (f bsm.Field, ok bool) {
	switch k {
	case bsm.Data:
		return s.arbitrary(t)
	case bsm.Str, bsm.CStr:
		return bsm.Field{Bytes: []byte(s.unescape(t))}, true
	}
	if t == "" {
		return f, true
	}
	t, ok = strings.CutPrefix(t, s.delim)
	if !ok || k == bsm.Strings2 {
		return f, false
	}
	return listOf(k, strings.Split(t, s.delim), s)
}

// listOf makes a list of strings or groups.
func listOf(k bsm.Kind, elements []string, s *scanner) (f bsm.Field, ok bool) {
	for _, e := range elements {
		f.Num++
		if n, err := strconv.ParseInt(e, 10, 64); k == bsm.Groups && err == nil && !f.Named {
			f.Bytes = binary.BigEndian.AppendUint32(f.Bytes, uint32(n))
			continue
		}
		if k == bsm.Groups && !f.Named && f.Num > 1 {
			return f, false
		}
		f.Named = k == bsm.Groups
		text := s.unescape(e)
		if strings.IndexByte(text, 0) >= 0 {
			return f, false
		}
		f.Bytes = append(append(f.Bytes, text...), 0)
	}
	return f, true
}

// arbitrary reads how,unit,count, units.
func (s *scanner) arbitrary(t string) (f bsm.Field, ok bool) {
	p := strings.SplitN(t, s.delim, 4)
	if len(p) < 4 {
		return f, false
	}
	how, unit := slices.Index(arbitraryHow[:], p[0]), slices.Index(arbitraryUnit[:], p[1])
	if n, err := strconv.ParseUint(p[0], 10, 8); err == nil {
		how = int(n)
	}
	count, err := strconv.ParseUint(p[2], 10, 8)
	if how < 0 || unit < 0 || err != nil {
		return f, false
	}
	return unitsOf(how, unit, int(count), p[3], s)
}

// unitsOf reads units as they are shown. Characters show one byte of each only.
func unitsOf(how, unit, count int, t string, s *scanner) (f bsm.Field, ok bool) {
	f.Bytes = []byte{byte(how), byte(unit), byte(count)}
	var words []string
	switch how {
	case 0, 4:
		text := s.unescape(t)
		for i := 0; i < len(text); i++ {
			if how == 0 {
				i++ // the blank before it
			}
			if i < len(text) {
				words = append(words, strconv.Itoa(int(text[i])))
			}
		}
	default:
		words = strings.Fields(t)
	}
	if len(words) != count {
		return f, false
	}
	base := map[int]int{1: 8, 2: 10, 0: 10, 4: 10}[how]
	if base == 0 {
		base = 16
	}
	for _, w := range words {
		n, err := strconv.ParseUint(w, base, 64)
		if err != nil {
			signed, err := strconv.ParseInt(w, base, 64)
			if err != nil {
				return f, false
			}
			n = uint64(signed)
		}
		for i := range 1 << unit {
			f.Bytes = append(f.Bytes, byte(n>>(8*i)))
		}
	}
	return f, true
}

// unescape undoes what escape did: \\ and \ooo.
func (s *scanner) unescape(t string) string {
	if !s.escapes || strings.IndexByte(t, '\\') < 0 {
		return t
	}
	out := make([]byte, 0, len(t))
	for i := 0; i < len(t); i++ {
		c := t[i]
		if c == '\\' && i+1 < len(t) {
			if t[i+1] == '\\' {
				i++
			} else if n, err := strconv.ParseUint(t[i+1:min(len(t), i+4)], 8, 8); err == nil && i+4 <= len(t) {
				c = byte(n)
				i += 3
			}
		}
		out = append(out, c)
	}
	return string(out)
}
