package event

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

// FromData makes the record again of which an event's event_data tells. It fails where the data is not that of a BSM record.
func FromData(data counterfoil.JSON) (*bsm.Record, error) {
	r := new(bsm.Record)
	h := data.Member("header")
	if h != "" {
		if err := addToken(r, h); err != nil {
			return nil, err
		}
		if r.Header() == nil {
			return nil, fmt.Errorf("header is a %s token", r.Tokens[0].Shape.Key)
		}
	}
	list := data.Member("tokens")
	if list.Kind() != '[' {
		return nil, fmt.Errorf("there is no list of tokens")
	}
	for t := range list.Elements() {
		if err := addToken(r, t); err != nil {
			return nil, fmt.Errorf("token %d: %w", len(r.Tokens), err)
		}
	}
	if h == "" {
		if len(r.Tokens) != 1 || r.Tokens[0].ID != bsm.IDFile {
			return nil, fmt.Errorf("there is no header, and no file token alone")
		}
		return r, nil
	}
	trailer := data.Member("trailer")
	if trailer == "" {
		r.Add(bsm.Shapes[bsm.IDTrailer], bsm.Field{Num: bsm.TrailerMagic}, bsm.Field{})
	} else if trailer.Kind() == '{' {
		if err := addFields(r, bsm.Shapes[bsm.IDTrailer], trailer); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Bytes gives the bytes of a record from [FromData]: sizes are filled in where the data does not say others.
func Bytes(data counterfoil.JSON) ([]byte, error) {
	r, err := FromData(data)
	if err != nil {
		return nil, err
	}
	out, err := r.Append(nil)
	if err != nil {
		return nil, err
	}
	size, resized := uint64(len(out)), false
	if h := r.Header(); h != nil {
		if data.Member("header").Member("size") == "" {
			h.Fields[0].Num, resized = size, true
		}
		if data.Member("trailer") == "" {
			r.Tokens[len(r.Tokens)-1].Fields[1].Num, resized = size, true
		}
	}
	if resized {
		return r.Append(out[:0])
	}
	return out, nil
}

var byKey = func() map[string]*bsm.Shape {
	m := map[string]*bsm.Shape{}
	for _, s := range bsm.Shapes {
		if s != nil {
			m[s.Key] = s
		}
	}
	return m
}()

func addToken(r *bsm.Record, t counterfoil.JSON) error {
	key := t.Member("token").Text()
	if key == bsm.Unknown().Key {
		id, err := number(t.Member("id"), 8)
		if err != nil {
			return fmt.Errorf("id: %w", err)
		}
		if err := addFields(r, bsm.Unknown(), t); err != nil {
			return err
		}
		r.Tokens[len(r.Tokens)-1].Fields[0].Num = id
		return nil
	}
	s := byKey[key]
	if s == nil {
		return fmt.Errorf("%.40q is no token", key)
	}
	return addFields(r, s, t)
}

func addFields(r *bsm.Record, s *bsm.Shape, t counterfoil.JSON) error {
	fields := make([]bsm.Field, len(s.Parts))
	for i, p := range s.Parts {
		v := t.Member(p.Name)
		if v == "" && (p.Kind == bsm.Size || p.Kind == bsm.AddrLen) {
			continue
		}
		f, err := field(p, v, t)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", s.Key, p.Name, err)
		}
		fields[i] = f
	}
	for i, p := range s.Parts {
		if p.Kind == bsm.AddrLen {
			fields[i].Num = uint64(len(fields[len(fields)-1].Bytes))
		}
	}
	r.Add(s, fields...)
	return nil
}

// number reads a number of at most so many bits, which beyond 2^53 is a string.
func number(v counterfoil.JSON, bits int) (uint64, error) {
	if k := v.Kind(); k != '0' && k != '"' {
		return 0, fmt.Errorf("is no number")
	}
	return strconv.ParseUint(v.Text(), 0, bits)
}

func field(p bsm.Part, v, t counterfoil.JSON) (f bsm.Field, err error) {
	switch p.Kind {
	case bsm.Str, bsm.CStr:
		if v.Kind() != '"' {
			return f, fmt.Errorf("is no string")
		}
		if f.Bytes = []byte(v.Text()); t.Member(p.Name+unterminated) == "true" {
			f.Num = bsm.NoNUL
		}
	case bsm.User, bsm.Group, bsm.S64:
		if n, err := strconv.ParseInt(v.Text(), 10, 64); err == nil {
			f.Num = uint64(n)
			if p.Kind != bsm.S64 {
				f.Num = uint64(uint32(n))
			}
			return f, nil
		}
		if v.Kind() != '"' || p.Kind == bsm.S64 {
			return f, fmt.Errorf("is no number")
		}
		f = bsm.Field{Bytes: []byte(v.Text()), Named: true}
	case bsm.Octal32:
		f.Num, err = strconv.ParseUint(v.Text(), 8, 32)
	case bsm.Addr4, bsm.Addr16, bsm.AddrX, bsm.AddrN:
		var a netip.Addr
		if a, err = netip.ParseAddr(v.Text()); err == nil && a.Zone() == "" {
			f.Bytes = a.AsSlice()
			f.Num = uint64(len(f.Bytes))
		} else if err == nil {
			err = fmt.Errorf("has a zone")
		}
	case bsm.UUID:
		f.Num = 16
		if f.Bytes, err = hex.DecodeString(strings.ReplaceAll(v.Text(), "-", "")); err == nil && len(f.Bytes) != 16 {
			err = fmt.Errorf("is no UUID")
		}
	case bsm.Bytes16, bsm.HexBytes, bsm.Rest:
		f.Bytes, err = hex.DecodeString(v.Text())
	case bsm.Data:
		f, err = arbitrary(v, t)
	case bsm.Strings, bsm.Strings2, bsm.Groups:
		f, err = list(p, v, t)
	default:
		f.Num, err = number(v, 64)
	}
	return f, err
}

func arbitrary(v, t counterfoil.JSON) (bsm.Field, error) {
	if v.Kind() != '"' || t.Member("text") != "" {
		return bsm.Field{}, fmt.Errorf("is not its bytes")
	}
	data, err := hex.DecodeString(v.Text())
	if err != nil {
		return bsm.Field{}, err
	}
	print, err1 := number(t.Member("print"), 8)
	unit, err2 := number(t.Member("unit"), 2)
	if err1 != nil || err2 != nil || len(data)>>unit<<unit != len(data) || len(data)>>unit > 255 {
		return bsm.Field{}, fmt.Errorf("is not so many units")
	}
	return bsm.Field{Bytes: append([]byte{byte(print), byte(unit), byte(len(data) >> unit)}, data...)}, nil
}

func list(p bsm.Part, v, t counterfoil.JSON) (f bsm.Field, err error) {
	if p.Kind == bsm.Strings2 && v.Kind() == '"' {
		if f.Bytes, err = hex.DecodeString(v.Text()); err == nil {
			f.Num, err = number(t.Member(p.Name+"_count"), 16)
		}
		if err == nil && !bsm.Counted(f.Bytes, int(f.Num)) {
			err = fmt.Errorf("is not so many strings")
		}
		return f, err
	}
	if v.Kind() != '[' {
		return f, fmt.Errorf("is no list")
	}
	for e := range v.Elements() {
		f.Num++
		text := e.Text()
		switch {
		case p.Kind == bsm.Groups && e.Kind() == '0':
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return f, err
			}
			f.Bytes = binary.BigEndian.AppendUint32(f.Bytes, uint32(n))
			continue
		case e.Kind() != '"' || strings.IndexByte(text, 0) >= 0 && p.Kind != bsm.Strings2 || len(text) > 1<<16-2 && p.Kind == bsm.Strings2:
			return f, fmt.Errorf("has an element that cannot be written")
		case p.Kind == bsm.Groups:
			f.Named = true
		case p.Kind == bsm.Strings2:
			f.Bytes = binary.BigEndian.AppendUint16(f.Bytes, uint16(len(text)+1))
		}
		f.Bytes = append(append(f.Bytes, text...), 0)
	}
	return f, nil
}
