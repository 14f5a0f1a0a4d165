package event

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

// appendData writes event_data: the header without its size, the tokens, and the trailer and the sizes only where they
// are not what they should be. size is that of the record in bytes, 0 where it is not known.
func appendData(b *counterfoil.Builder, r *bsm.Record, size uint64) {
	b.Object("")
	tokens := r.Tokens
	if r.Flaw != "" {
		b.Array("flags")
		b.String("", r.Flaw)
		b.End()
	}
	if h := r.Header(); h != nil {
		tokens = tokens[1:]
		b.Object("header")
		b.String("token", h.Shape.Key)
		appendParts(b, h, h.Fields[0].Num != size)
		b.End()
		switch last := len(tokens) - 1; {
		case last < 0 || tokens[last].ID != bsm.IDTrailer:
			b.Bool("trailer", false)
		default:
			if t := &tokens[last]; t.Fields[0].Num != bsm.TrailerMagic || t.Fields[1].Num != size {
				b.Object("trailer")
				appendParts(b, t, true)
				b.End()
			}
			tokens = tokens[:last]
		}
	}
	b.Array("tokens")
	for i := range tokens {
		b.Object("")
		b.String("token", tokens[i].Shape.Key)
		if tokens[i].Shape == bsm.Unknown() {
			b.Uint("id", tokens[i].Fields[0].Num)
		}
		appendParts(b, &tokens[i], true)
		b.End()
	}
	b.End()
	b.End()
}

func appendParts(b *counterfoil.Builder, t *bsm.Token, sizes bool) {
	for i, p := range t.Shape.Parts {
		f := &t.Fields[i]
		switch {
		case p.Kind == bsm.Size && !sizes, p.Kind == bsm.AddrLen:
		case f.Named && p.Kind != bsm.Groups:
			b.String(p.Name, string(f.Bytes))
		default:
			appendPart(b, p, f)
		}
	}
}

func appendPart(b *counterfoil.Builder, p bsm.Part, f *bsm.Field) {
	switch p.Kind {
	case bsm.User, bsm.Group:
		b.Int(p.Name, int64(int32(f.Num)))
	case bsm.S64:
		b.Int(p.Name, int64(f.Num))
	case bsm.Octal32:
		b.String(p.Name, strconv.FormatUint(f.Num, 8))
	case bsm.Hex32, bsm.Hex64, bsm.Hex8:
		b.String(p.Name, "0x"+strconv.FormatUint(f.Num, 16))
	case bsm.Errno:
		b.Uint(p.Name, f.Num)
		if f.Num != 0 {
			if text := bsm.ErrnoText(byte(f.Num)); text != "" {
				b.String("error", text)
			}
		}
	case bsm.Priv, bsm.YesNo:
		b.Uint(p.Name, f.Num)
	case bsm.Str, bsm.CStr:
		b.String(p.Name, string(f.Bytes))
		if f.Num == bsm.NoNUL {
			b.Bool(p.Name+unterminated, true)
		}
	case bsm.Addr4, bsm.Addr16, bsm.AddrX, bsm.AddrN:
		b.String(p.Name, bsm.AddrText(f.Bytes))
	case bsm.UUID:
		b.String(p.Name, bsm.UUIDText(f.Bytes))
	case bsm.Bytes16, bsm.HexBytes, bsm.Rest:
		b.String(p.Name, hex.EncodeToString(f.Bytes))
	case bsm.Data:
		b.Uint("print", uint64(f.Bytes[0]))
		b.Uint("unit", uint64(f.Bytes[1]))
		b.String(p.Name, hex.EncodeToString(f.Bytes[3:]))
	case bsm.Strings, bsm.Strings2, bsm.Groups:
		appendList(b, p, f)
	default:
		b.Uint(p.Name, f.Num)
	}
}

// unterminated is what is added to the key of a string that lacks its NUL.
const unterminated = "_unterminated"

func appendList(b *counterfoil.Builder, p bsm.Part, f *bsm.Field) {
	raw := f.Bytes
	if p.Kind == bsm.Strings2 && !allTerminated(raw) {
		b.String(p.Name, hex.EncodeToString(raw))
		b.Uint(p.Name+"_count", f.Num)
		return
	}
	b.Array(p.Name)
	for s, named := range bsm.Elements(p.Kind, f) {
		if p.Kind == bsm.Groups && !named {
			b.Int("", int64(int32(binary.BigEndian.Uint32(s))))
		} else {
			b.String("", string(s))
		}
	}
	b.End()
}

func allTerminated(raw []byte) bool {
	for len(raw) > 0 {
		n := int(binary.BigEndian.Uint16(raw)) + 2
		if n < 3 || raw[n-1] != 0 {
			return false
		}
		raw = raw[n:]
	}
	return true
}
