package bsm

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Append appends the record's bytes. Sizes and trailer are written as the tokens have them: see [Record.Seal]. It fails
// where a value has no bytes: a name where a number belongs, a string that is too long, an address of another length.
func (r *Record) Append(dst []byte) ([]byte, error) {
	for i := range r.Tokens {
		t := &r.Tokens[i]
		id := t.ID
		if t.Shape == &unknown {
			id = byte(t.Fields[0].Num)
		}
		dst = append(dst, id)
		for j, p := range t.Shape.Parts {
			var err error
			if dst, err = appendPart(dst, p.Kind, &t.Fields[j]); err != nil {
				return dst, fmt.Errorf("token %d (%s), %s: %w", i, t.Shape.Key, p.Name, err)
			}
		}
	}
	return dst, nil
}

// Seal writes the size of the whole record, size bytes, into header and trailer.
func (r *Record) Seal(size int) {
	if h := r.Header(); h != nil {
		h.Fields[0].Num = uint64(size)
	}
	if last := &r.Tokens[len(r.Tokens)-1]; last.ID == IDTrailer {
		last.Fields[0].Num, last.Fields[1].Num = TrailerMagic, uint64(size)
	}
}

// Add appends a token to the record. There must be as many fields as the shape has parts.
func (r *Record) Add(s *Shape, fields ...Field) {
	if len(fields) != len(s.Parts) {
		panic(fmt.Sprintf("bsm: %d fields for token %s", len(fields), s.Key))
	}
	r.Tokens = append(r.Tokens, Token{Shape: s, ID: s.ID, Fields: fields})
}

// Unknown is the shape of a token that is not understood; its one field has the id and the bytes behind it.
func Unknown() *Shape { return &unknown }

func appendPart(dst []byte, k Kind, f *Field) ([]byte, error) {
	if f.Named {
		return dst, fmt.Errorf("%.40q is a name where a number belongs", f.Bytes)
	}
	be := binary.BigEndian
	n := len(f.Bytes)
	switch k {
	case Addr4, Addr16, UUID:
		if n != int(fixed[k]) {
			return dst, fmt.Errorf("has %d bytes, want %d", n, fixed[k])
		}
		return append(dst, f.Bytes...), nil
	case AddrX:
		return append(be.AppendUint32(dst, uint32(n)), f.Bytes...), nil
	case Str:
		size := n + 1
		if f.Num == NoNUL {
			size = n
		}
		if size > math.MaxUint16 {
			return dst, fmt.Errorf("has %d bytes, at most %d can be written", n, math.MaxUint16-1)
		}
		dst = append(be.AppendUint16(dst, uint16(size)), f.Bytes...)
		if size > n {
			dst = append(dst, 0)
		}
		return dst, nil
	case CStr:
		dst = append(dst, f.Bytes...)
		if f.Num != NoNUL {
			dst = append(dst, 0)
		}
		return dst, nil
	case Bytes16, HexBytes:
		if n > math.MaxUint16 {
			return dst, fmt.Errorf("has %d bytes, at most %d can be written", n, math.MaxUint16)
		}
		return append(be.AppendUint16(dst, uint16(n)), f.Bytes...), nil
	case Groups, Strings2:
		return append(be.AppendUint16(dst, uint16(f.Num)), f.Bytes...), nil
	case Strings:
		return append(be.AppendUint32(dst, uint32(f.Num)), f.Bytes...), nil
	case AddrN, Data, Rest:
		return append(dst, f.Bytes...), nil
	}
	switch fixed[k] {
	case 1:
		return append(dst, byte(f.Num)), nil
	case 2:
		return be.AppendUint16(dst, uint16(f.Num)), nil
	case 4:
		return be.AppendUint32(dst, uint32(f.Num)), nil
	case 8:
		return be.AppendUint64(dst, f.Num), nil
	}
	panic(fmt.Sprintf("bsm: no way to write a part of kind %d", k))
}

// FixedSize is how many bytes a part of the kind takes, 0 where they differ.
func FixedSize(k Kind) int { return int(fixed[k]) }

// PartSize is how many bytes a part takes, also one whose number is not known.
func PartSize(k Kind, f *Field) int {
	n := len(f.Bytes)
	if f.Named {
		n = 4 * int(f.Num) // groups
	}
	switch k {
	case Str, CStr:
		if f.Num != NoNUL {
			n++
		}
		if k == Str {
			n += 2
		}
	case AddrX, Strings:
		n += 4
	case Bytes16, HexBytes, Groups, Strings2:
		n += 2
	case AddrN, Data, Rest:
	default:
		return int(fixed[k])
	}
	return n
}
