package bsm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// MaxRecord is the longest record that is read, in bytes. FreeBSD's kernel passes at most 512 KiB of arguments and environment.
const MaxRecord = 768 << 10

// Field is the value of one part of a token. What it was parsed from is what Bytes refers to: a copy is the caller's.
type Field struct {
	Num   uint64 // a number; the length of an address; how many strings or groups a list has; NoNUL; an unknown token's id
	Bytes []byte // a string without the NUL at its end, an address, data
	Named bool   // a text stands for a number that is not known: Bytes is a user's or group's name, or as praudit printed it
}

// NoNUL is the Num of a string that lacks the NUL which should end it.
const NoNUL = 1

// Token is one token of a record.
type Token struct {
	Shape  *Shape
	ID     byte // 0 where the token is not understood
	Off    int  // where it begins in the record
	Fields []Field
}

// Record is one record, or a file token that stands alone. The zero value is ready; Parse uses its memory again.
type Record struct {
	Tokens []Token
	// Flaw says what of the record is not as it should be though it could be read: a size that lies, a trailer that is
	// missing or wrong, a token that is not understood. Empty: nothing.
	Flaw   string
	fields []Field
}

// Flaws of a record that could be read.
const (
	NotUnderstood = "not-understood" // a token is kept as bytes
	HeaderSize    = "header-size"    // the header says another size
	NoTrailer     = "no-trailer"     // which is how Solaris writes records unless told otherwise
	WrongTrailer  = "trailer"        // it says another size, or lacks its magic number
)

// Header gives the header token, nil for a file token.
func (r *Record) Header() *Token {
	if len(r.Tokens) > 0 && IsHeader(r.Tokens[0].ID) {
		return &r.Tokens[0]
	}
	return nil
}

// Find gives the first token with one of these ids, nil if there is none.
func (r *Record) Find(ids ...byte) *Token {
	for i := range r.Tokens {
		if bytes.IndexByte(ids, r.Tokens[i].ID) >= 0 {
			return &r.Tokens[i]
		}
	}
	return nil
}

// Field gives the value of a part by its name; ok is false where the token has none of that name.
func (t *Token) Field(name string) (f Field, ok bool) {
	if t != nil {
		for i, p := range t.Shape.Parts {
			if p.Name == name {
				return t.Fields[i], true
			}
		}
	}
	return Field{}, false
}

// Parse reads b, which is one record and nothing else, or a file token. The fields refer to b. An error says at which
// byte what is wrong; a record whose size lies or whose trailer is wrong is no error if its tokens fill it exactly.
func (r *Record) Parse(b []byte) error {
	r.Tokens, r.fields, r.Flaw = r.Tokens[:0], r.fields[:0], ""
	if len(b) == 0 || !IsHeader(b[0]) && b[0] != IDFile {
		return fmt.Errorf("byte 0: no header and no file token")
	}
	framed := hasTrailer(b)
	for off := 0; off < len(b); {
		id, s := b[off], Shapes[b[off]]
		var end int
		var n int
		var why string
		switch {
		case off > 0 && (IsHeader(id) || id == IDFile && b[0] == IDFile):
			return fmt.Errorf("byte %d: a %s token inside a record", off, s.Key)
		case id == IDTrailer && off != len(b)-trailerSize:
			why = "a trailer before the end"
		case s == nil:
			why = "token is not known"
		default:
			n, why = r.token(s, b, off)
		}
		if why != "" {
			if !framed || off == 0 {
				return fmt.Errorf("byte %d: token 0x%02x: %s", off, id, why)
			}
			r.flaw(NotUnderstood)
			if end = tail(b, off); end <= off {
				return fmt.Errorf("byte %d: token 0x%02x: %s", off, id, why)
			}
			n = end - off
			r.fields = append(r.fields, Field{Num: uint64(id), Bytes: b[off+1 : end]})
			r.add(&unknown, 0, off, 1)
		}
		off += n
	}
	return r.checkSizes(b)
}

const trailerSize = 7

// hasTrailer reports whether b, which begins with a header, ends with a trailer and both say its length.
func hasTrailer(b []byte) bool {
	if len(b) < trailerSize+5 {
		return false
	}
	t := b[len(b)-trailerSize:]
	size := uint32(len(b))
	return IsHeader(b[0]) && t[0] == IDTrailer && t[1] == 0xb1 && t[2] == 0x05 && binary.BigEndian.Uint32(t[3:]) == size &&
		binary.BigEndian.Uint32(b[1:]) == size
}

// tail gives where the part of a record begins that can be told though a token before it cannot: its return token and
// trailer, or its trailer.
func tail(b []byte, off int) int {
	end := len(b) - trailerSize
	if at := end - 6; at > off && b[at] == IDReturn32 {
		return at
	}
	if at := end - 10; at > off && b[at] == IDReturn64 {
		return at
	}
	return end
}

func (r *Record) flaw(what string) {
	if r.Flaw == "" {
		r.Flaw = what
	}
}

func (r *Record) add(s *Shape, id byte, off, n int) {
	at := len(r.fields) - n // where they stay, although r.fields may move when it grows
	if len(r.Tokens) == cap(r.Tokens) {
		r.Tokens = slices.Grow(r.Tokens, 1)
	}
	r.Tokens = r.Tokens[:len(r.Tokens)+1]
	t := &r.Tokens[len(r.Tokens)-1] // written where it stays: to copy what was just written makes a processor wait
	t.Shape, t.ID, t.Off, t.Fields = s, id, off, r.fields[at:at+n:at+n]
}

// checkSizes holds what header and trailer say against what is there.
func (r *Record) checkSizes(b []byte) error {
	if b[0] == IDFile {
		if len(r.Tokens) != 1 {
			return fmt.Errorf("byte %d: a token after a file token that stands alone", r.Tokens[1].Off)
		}
		return nil
	}
	last := r.Tokens[len(r.Tokens)-1]
	switch {
	case r.Tokens[0].Fields[0].Num != uint64(len(b)):
		r.flaw(HeaderSize)
	case last.ID != IDTrailer:
		r.flaw(NoTrailer)
	case last.Fields[0].Num != TrailerMagic || last.Fields[1].Num != uint64(len(b)):
		r.flaw(WrongTrailer)
	}
	return nil
}

// TrailerMagic is what a trailer begins with.
const TrailerMagic = 0xb105

// token reads the token at off and appends its fields. why is not empty where it cannot.
func (r *Record) token(s *Shape, b []byte, off int) (n int, why string) {
	before := len(r.fields)
	parts := s.Parts
	r.fields = slices.Grow(r.fields, len(parts))[:before+len(parts)]
	fields := r.fields[before : before+len(parts)]
	rest := b[off+1:]
	for i := range parts {
		k, f := parts[i].Kind, &fields[i]
		size := int(fixed[k])
		if len(rest) < size {
			r.fields = r.fields[:before]
			return 0, short
		}
		switch numeric[k] { // nearly all parts are numbers
		case 4:
			*f = Field{Num: uint64(binary.BigEndian.Uint32(rest))}
		case 1:
			*f = Field{Num: uint64(rest[0])}
		case 2:
			*f = Field{Num: uint64(binary.BigEndian.Uint16(rest))}
		case 8:
			*f = Field{Num: binary.BigEndian.Uint64(rest)}
		default:
			if size, why = f.parse(k, rest, fields); why != "" {
				r.fields = r.fields[:before]
				return 0, why
			}
		}
		rest = rest[size:]
	}
	r.add(s, s.ID, off, len(s.Parts))
	return len(b) - off - len(rest), ""
}

const short = "it runs past the end"

// fixed has the sizes of the kinds that always have the same.
var fixed = [...]uint8{U8: 1, U16: 2, U32: 4, U64: 8, S64: 8, User: 4, Group: 4, Size: 4, Magic: 2, Event: 2, Sec32: 4, Sec64: 8, MSec32: 4,
	MSec64: 8, Errno: 1, Hex32: 4, Hex64: 8, Hex8: 1, Alt16: 2, Octal32: 4, IPCType: 1, ErrVal: 4, Priv: 1, YesNo: 1, Addr4: 4, Addr16: 16,
	AddrLen: 2, UUID: 16, Rest: 0}

// numeric has the sizes of those that are numbers, of any value.
var numeric = func() (t [len(fixed)]uint8) {
	t = fixed
	for _, k := range [...]Kind{Addr4, Addr16, AddrLen, UUID} {
		t[k] = 0
	}
	return t
}()

// parse reads a part that is no number from the beginning of b, which has as many bytes as the kind always takes. before are the fields of its
// token.
func (f *Field) parse(k Kind, b []byte, before []Field) (n int, why string) {
	switch k {
	case Addr4, Addr16, UUID:
		return f.take(b, 0, int(fixed[k]), uint64(fixed[k]))
	case AddrLen:
		if *f = (Field{Num: uint64(binary.BigEndian.Uint16(b))}); f.Num != 4 && f.Num != 16 {
			return 0, "an address is neither 4 nor 16 bytes long"
		}
		return 2, ""
	case AddrN:
		size := before[addrLenAt].Num
		return f.take(b, 0, int(size), size)
	case AddrX:
		if len(b) < 4 {
			return 0, short
		}
		size := binary.BigEndian.Uint32(b)
		if size != 4 && size != 16 {
			return 0, "an address is neither 4 nor 16 bytes long"
		}
		return f.take(b, 4, int(size), uint64(size))
	case Str:
		if len(b) < 2 {
			return 0, short
		}
		if n, why = f.take(b, 2, int(binary.BigEndian.Uint16(b)), 0); why == "" {
			f.terminate()
		}
		return n, why
	case CStr:
		size := bytes.IndexByte(b[:min(len(b), maxUnixPath)], 0)
		if size >= 0 {
			*f = Field{Bytes: b[:size]}
			return size + 1, ""
		}
		return f.take(b, 0, min(len(b), maxUnixPath), NoNUL)
	case Bytes16, HexBytes:
		if len(b) < 2 {
			return 0, short
		}
		return f.take(b, 2, int(binary.BigEndian.Uint16(b)), 0)
	case Data:
		if len(b) < 3 || b[1] > 3 {
			return 0, "its unit is not known"
		}
		if n, why = f.take(b, 3, int(b[2])<<b[1], 0); why == "" {
			f.Bytes = b[:n] // with the three bytes that say how to read it
		}
		return n, why
	case Groups:
		if len(b) < 2 {
			return 0, short
		}
		count := int(binary.BigEndian.Uint16(b))
		return f.take(b, 2, 4*count, uint64(count))
	case Strings:
		if len(b) < 4 {
			return 0, short
		}
		*f, n, why = cStrings(b, binary.BigEndian.Uint32(b))
		return n, why
	case Strings2:
		*f, n, why = countedStrings(b)
		return n, why
	}
	panic(fmt.Sprintf("bsm: no way to read a part of kind %d", k))
}

// maxUnixPath is the longest path of a socket: FreeBSD's sun_path has 104 bytes, Linux's 108.
const maxUnixPath = 108

// addrLenAt is which part of socket_ex says how long its addresses are.
const addrLenAt = 2

// take takes size bytes of b behind a head.
func (f *Field) take(b []byte, head, size int, num uint64) (n int, why string) {
	if len(b)-head < size {
		return 0, short
	}
	*f = Field{Num: num, Bytes: b[head : head+size : head+size]}
	return head + size, ""
}

// terminate takes the NUL from the end of a string, and says where there is none.
func (f *Field) terminate() {
	if n := len(f.Bytes); n > 0 && f.Bytes[n-1] == 0 {
		f.Bytes = f.Bytes[:n-1]
	} else {
		f.Num = NoNUL
	}
}

// cStrings reads count strings that end in NUL. Bytes holds them all, each with its NUL.
func cStrings(b []byte, count uint32) (Field, int, string) {
	at := 4
	for i := uint32(0); i < count; i++ {
		n := bytes.IndexByte(b[at:], 0)
		if n < 0 {
			return Field{}, 0, short
		}
		at += n + 1
	}
	return Field{Num: uint64(count), Bytes: b[4:at:at]}, at, ""
}

// countedStrings reads the strings of Solaris's cmd token. Bytes holds them with their lengths.
func countedStrings(b []byte) (Field, int, string) {
	if len(b) < 2 {
		return Field{}, 0, short
	}
	count, at := int(binary.BigEndian.Uint16(b)), 2
	for range count {
		if len(b)-at < 2 {
			return Field{}, 0, short
		}
		if at += 2 + int(binary.BigEndian.Uint16(b[at:])); at > len(b) {
			return Field{}, 0, short
		}
	}
	return Field{Num: uint64(count), Bytes: b[2:at:at]}, at, ""
}
