package text

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Form says how records are shown: the options of praudit(1).
type Form struct {
	Delim     string // -d
	OneLine   bool   // -l: a record is a line
	Raw       bool   // -r: numbers, no names
	Short     bool   // -s: events by their names
	XML       bool   // -x
	BigEndian bool   // of the machine whose records these are: the order of the units of arbitrary tokens

	Zone  *time.Location             // of times; nil: UTC
	User  func(id uint32) string     // names of users, "" where there is none; nil: numbers
	Group func(id uint32) string     //
	Event func(number uint16) string // a site's texts of events, "" where it has none; nil: OpenBSM's
}

// What stands around the records in XML.
const (
	Prologue = "<?xml version='1.0' ?>\n<audit>\n"
	Epilogue = "</audit>\n"
)

// Printer writes records in one form. For one goroutine.
type Printer struct {
	Form
	minute uint64 // when the minute began that clock shows
	clock  []byte
}

// NewPrinter fills in what a form leaves out.
func NewPrinter(f Form) *Printer {
	if f.Delim == "" {
		f.Delim = ","
	}
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	return &Printer{Form: f}
}

// Append appends a record, its tokens on lines of their own or all on one.
func (p *Printer) Append(dst []byte, r *bsm.Record) []byte {
	for i := range r.Tokens {
		t := &r.Tokens[i]
		if p.XML {
			dst = p.element(dst, t)
		} else {
			dst = p.token(dst, t)
		}
		switch {
		case !p.OneLine:
			dst = append(dst, '\n')
		case !p.XML:
			dst = p.delim(dst)
		}
	}
	if p.XML && r.Header() != nil && r.Tokens[len(r.Tokens)-1].ID != bsm.IDTrailer {
		dst = append(dst, "</record>"...) // the record has no trailer, but an element has an end
		if !p.OneLine {
			dst = append(dst, '\n')
		}
	}
	if p.OneLine {
		dst = append(dst, '\n')
	}
	return dst
}

func (p *Printer) token(dst []byte, t *bsm.Token) []byte {
	switch {
	case !p.Raw:
		dst = append(dst, t.Shape.Name...)
	case t.ID == 0:
		dst = strconv.AppendUint(dst, t.Fields[0].Num, 10)
	default:
		dst = strconv.AppendUint(dst, uint64(t.ID), 10)
	}
	parts := t.Shape.Parts
	fields, last := t.Fields[:len(parts)], len(parts)-1
	for i := range parts {
		k, f := parts[i].Kind, &fields[i]
		switch k {
		case bsm.Magic, bsm.AddrLen:
		case bsm.U8, bsm.U16, bsm.U32, bsm.U64, bsm.Size: // most parts
			if !f.Named {
				dst = appendDecimal(p.delim(dst), f.Num)
				continue
			}
			dst = p.escape(p.delim(dst), f.Bytes, i == last)
		default:
			dst = p.value(dst, k, f, i == last)
		}
	}
	return dst
}

func (p *Printer) delim(dst []byte) []byte {
	if len(p.Delim) == 1 {
		return append(dst, p.Delim[0]) // there are some twenty in a record
	}
	return append(dst, p.Delim...)
}

// value appends a delimiter and a value; lists have a delimiter before each element.
func (p *Printer) value(dst []byte, k bsm.Kind, f *bsm.Field, last bool) []byte {
	switch k {
	case bsm.Strings, bsm.Strings2, bsm.Groups:
		if k == bsm.Strings2 {
			dst = appendDecimal(p.delim(dst), f.Num)
		}
		for s, named := range bsm.Elements(k, f) {
			dst = p.delim(dst)
			if k == bsm.Groups && !named {
				dst = p.group(dst, binary.BigEndian.Uint32(s))
			} else {
				dst = p.escape(dst, s, false)
			}
		}
		return dst
	}
	dst = p.delim(dst)
	switch {
	case f.Named:
		return p.escape(dst, f.Bytes, last)
	case k == bsm.Str, k == bsm.CStr:
		return p.escape(dst, f.Bytes, last)
	case k == bsm.Bytes16:
		dst = appendDecimal(dst, uint64(len(f.Bytes)))
		return appendHex(p.delim(dst), f.Bytes)
	case k == bsm.Data:
		return p.arbitrary(dst, f.Bytes)
	}
	return p.plain(dst, k, f)
}

// plain appends a value that is no text of others.
func (p *Printer) plain(dst []byte, k bsm.Kind, f *bsm.Field) []byte {
	switch k {
	case bsm.User:
		return p.user(dst, uint32(f.Num))
	case bsm.Group:
		return p.group(dst, uint32(f.Num))
	case bsm.S64:
		return strconv.AppendInt(dst, int64(f.Num), 10)
	case bsm.Event:
		return p.event(dst, uint16(f.Num))
	case bsm.Sec32, bsm.Sec64:
		return p.seconds(dst, f.Num)
	case bsm.MSec32, bsm.MSec64:
		if p.Raw {
			break
		}
		return append(appendDecimal(append(dst, " + "...), f.Num), " msec"...)
	case bsm.Errno:
		return p.errno(dst, byte(f.Num))
	case bsm.Hex32, bsm.Hex64:
		return strconv.AppendUint(append(dst, '0', 'x'), f.Num, 16)
	case bsm.Hex8:
		return appendHex(dst, []byte{byte(f.Num)})
	case bsm.Alt16:
		if f.Num != 0 {
			dst = append(dst, '0', 'x')
		}
		return strconv.AppendUint(dst, f.Num, 16)
	case bsm.Octal32:
		return strconv.AppendUint(dst, f.Num, 8)
	case bsm.IPCType:
		if !p.Raw {
			return append(dst, bsm.IPCTypeText(byte(f.Num))...)
		}
	case bsm.ErrVal:
		dst = append(dst, "Error "...)
	case bsm.Priv:
		return append(dst, pick(f.Num != 0, "successful use of priv", "failed use of priv")...)
	case bsm.YesNo:
		return append(dst, pick(f.Num != 0, "truncated", "complete")...)
	case bsm.Addr4, bsm.Addr16, bsm.AddrX, bsm.AddrN:
		return appendAddr(dst, f.Bytes)
	case bsm.UUID:
		return append(dst, bsm.UUIDText(f.Bytes)...)
	case bsm.HexBytes, bsm.Rest:
		return appendHex(dst, f.Bytes)
	}
	return appendDecimal(dst, f.Num)
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func (p *Printer) user(dst []byte, id uint32) []byte {
	if p.User != nil && !p.Raw {
		if name := p.User(id); name != "" {
			return append(dst, name...)
		}
	}
	return appendID(dst, id)
}

func (p *Printer) group(dst []byte, id uint32) []byte {
	if p.Group != nil && !p.Raw {
		if name := p.Group(id); name != "" {
			return append(dst, name...)
		}
	}
	return appendID(dst, id)
}

func (p *Printer) event(dst []byte, number uint16) []byte {
	if !p.Raw {
		if p.Event != nil {
			if text := p.Event(number); text != "" {
				return append(dst, text...)
			}
		}
		if e := bsm.EventByNumber(number); e != nil {
			return append(dst, pick(p.Short, e.Name, e.Text)...)
		}
	}
	return strconv.AppendUint(dst, uint64(number), 10)
}

// seconds appends a time as ctime(3) shows it, without the line end.
func (p *Printer) seconds(dst []byte, sec uint64) []byte {
	if p.Raw {
		return appendDecimal(dst, sec)
	}
	if into := sec - p.minute; p.clock != nil && into < 60 {
		at := len(dst)
		dst = append(dst, p.clock...)
		dst[at+secondAt], dst[at+secondAt+1] = byte('0'+into/10), byte('0'+into%10)
		return dst
	}
	t := time.Unix(int64(sec), 0).In(p.Zone)
	text := t.AppendFormat(dst, ctime)
	if within := uint64(t.Second()); sec > plainTimes && sec < 1<<32 {
		p.minute, p.clock = sec-within, append(p.clock[:0], text[len(dst):]...)
	}
	return text
}

const (
	ctime    = "Mon Jan _2 15:04:05 2006"
	secondAt = len("Mon Jan _2 15:04:")
	// plainTimes is from when on (1973) zones change at the beginning of a minute only, and ctime has the same length.
	plainTimes = 1e8
)

// errno appends what a return says. The texts are FreeBSD's on every system.
func (p *Printer) errno(dst []byte, n byte) []byte {
	if p.Raw {
		return strconv.AppendUint(dst, uint64(n), 10)
	}
	if n == 0 {
		return append(dst, "success"...)
	}
	if text := bsm.ErrnoText(n); text != "" {
		return append(append(dst, failure...), text...)
	}
	return strconv.AppendUint(append(dst, unknownError...), uint64(n), 10)
}

const failure, unknownError = "failure : ", "failure: Unknown error: "

// Ways to show an arbitrary token's units, and their sizes.
var (
	arbitraryHow  = [...]string{"binary", "octal", "decimal", "hex", "string"}
	arbitraryUnit = [...]string{"byte", "short", "int", "int64"}
)

func appendAddr(dst, b []byte) []byte {
	if len(b) != 4 {
		return append(dst, bsm.AddrText(b)...)
	}
	dst = append(appendDecimal(dst, uint64(b[0])), '.')
	dst = append(appendDecimal(dst, uint64(b[1])), '.')
	dst = append(appendDecimal(dst, uint64(b[2])), '.')
	return appendDecimal(dst, uint64(b[3]))
}

// appendID appends an id of a user or group, which praudit shows signed.
func appendID(dst []byte, id uint32) []byte {
	if int32(id) < 0 {
		return strconv.AppendInt(dst, int64(int32(id)), 10)
	}
	return appendDecimal(dst, uint64(id))
}

// appendDecimal is strconv.AppendUint for small numbers, of which a record has some twenty.
func appendDecimal(dst []byte, n uint64) []byte {
	switch {
	case n < 10:
		return append(dst, byte('0'+n))
	case n < 100:
		return append(dst, byte('0'+n/10), byte('0'+n%10))
	case n < 1000:
		return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
	case n < 10000:
		return append(dst, byte('0'+n/1000), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
	}
	return strconv.AppendUint(dst, n, 10)
}

const hexDigits = "0123456789abcdef"

// appendHex appends bytes as 0x…; nothing for none.
func appendHex(dst, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	dst = append(dst, '0', 'x')
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// harmless tells the bytes that stand for themselves whatever the delimiter.
var harmless = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '\\'
	}
	return t
}()
