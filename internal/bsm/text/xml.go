package text

import (
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// element appends a token as XML. A header opens the element of the record, the trailer closes it.
func (p *Printer) element(dst []byte, t *bsm.Token) []byte {
	if t.ID == bsm.IDTrailer {
		return append(dst, "</record>"...)
	}
	dst = append(append(dst, '<'), t.Shape.XML...)
	if t.ID == 0 {
		dst = append(appendHex(append(dst, ` token="`...), []byte{byte(t.Fields[0].Num)}), '"')
	}
	content, attrs := -1, 0
	for n := range t.Shape.Parts {
		i := n
		if t.Shape.Order != nil {
			if n >= len(t.Shape.Order) {
				break
			}
			i = t.Shape.Order[n]
		}
		part := t.Shape.Parts[i]
		switch k := part.Kind; {
		case k == bsm.Size:
		case k == bsm.Strings, k == bsm.Strings2, k == bsm.Groups, part.Attr == "":
			content = i
		case part.Attr == "tid" && k != bsm.U32 && k != bsm.U64: // the address goes behind the port
			dst[len(dst)-2] = ' '
			dst = append(p.inner(dst[:len(dst)-1], k, &t.Fields[i]), `" `...)
		default:
			if attrs == 0 {
				dst = append(dst, ' ')
			}
			dst = p.inner(append(append(dst, part.Attr...), `="`...), k, &t.Fields[i])
			dst = append(dst, `" `...)
			attrs++
		}
		if t.ID == 0x82 && i == 0 {
			dst = append(dst, `port="" `...)
		}
	}
	return p.end(dst, t, content, attrs)
}

// end appends the end of an element's start, its content, and its end.
func (p *Printer) end(dst []byte, t *bsm.Token, content, attrs int) []byte {
	switch {
	case bsm.IsHeader(t.ID):
		return append(dst, '>')
	case content < 0:
		return append(dst, "/>"...)
	}
	part, f := t.Shape.Parts[content], &t.Fields[content]
	switch part.Kind {
	case bsm.Data:
		dst = append(append(dst, ` print="`...), how(f.Bytes[0])...)
		dst = strconv.AppendUint(append(dst, `" type="`...), 1<<f.Bytes[1], 10)
		dst = strconv.AppendUint(append(dst, `" count="`...), uint64(f.Bytes[2]), 10)
		dst = append(dst, `" >`...)
		if f.Bytes[0] == 0 || f.Bytes[0] == 4 {
			dst = appendXML(dst, charsOf(p, f.Bytes))
		} else {
			dst = p.units(dst, f.Bytes)
		}
	case bsm.Strings, bsm.Strings2, bsm.Groups:
		dst = append(dst, '>')
		for i := range t.Shape.Parts {
			dst = p.elements(dst, t.Shape.Parts[i], &t.Fields[i])
		}
	default:
		dst = p.inner(append(dst, '>'), part.Kind, f)
	}
	return append(append(append(dst, "</"...), t.Shape.XML...), '>')
}

// charsOf gives the low bytes of units that are shown as characters, with the blanks between those that have them.
func charsOf(p *Printer, data []byte) (s []byte) {
	size := 1 << data[1]
	for b := data[3:]; len(b) >= size; b = b[size:] {
		if data[0] == 0 {
			s = append(s, ' ')
		}
		s = append(s, byte(p.unit(b[:size])))
	}
	return s
}

// elements appends an element for each of a list.
func (p *Printer) elements(dst []byte, part bsm.Part, f *bsm.Field) []byte {
	for s, named := range bsm.Elements(part.Kind, f) {
		dst = append(append(append(dst, '<'), part.Attr...), '>')
		if part.Kind == bsm.Groups && !named {
			dst = p.group(dst, binary.BigEndian.Uint32(s))
		} else {
			dst = appendXML(dst, s)
		}
		dst = append(append(append(dst, "</"...), part.Attr...), '>')
	}
	return dst
}

// inner appends a value for an attribute or as content.
func (p *Printer) inner(dst []byte, k bsm.Kind, f *bsm.Field) []byte {
	switch {
	case f.Named, k == bsm.Str, k == bsm.CStr:
		return appendXML(dst, f.Bytes)
	case k == bsm.Bytes16:
		return appendHex(dst, f.Bytes)
	case k == bsm.YesNo:
		return append(dst, pick(f.Num != 0, "yes", "no")...)
	case k == bsm.Event, k == bsm.User, k == bsm.Group: // a site's texts and names may be anything
		at := len(dst)
		dst = p.plain(dst, k, f)
		for _, c := range dst[at:] {
			if !harmless[c] || c == '&' || c == '<' || c == '"' {
				text := string(dst[at:])
				return appendXML(dst[:at], []byte(text))
			}
		}
		return dst
	}
	return p.plain(dst, k, f)
}

// appendXML appends a text of others. What XML cannot have at all is written as in text: \\ and \ooo.
func appendXML(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s[i:])
		}
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\'':
			dst = append(dst, "&apos;"...)
		case r == '\\':
			dst = append(dst, `\\`...)
		case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError && n == 1, r == 0xfffe, r == 0xffff:
			for _, c := range s[i : i+n] {
				dst = appendOctal(dst, c)
			}
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}
