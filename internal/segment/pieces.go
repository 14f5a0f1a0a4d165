package segment

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// pieces is what the values of a column's dictionary are in a message, by their codes.
type pieces struct {
	all   []byte
	where []pieceAt
}

// pieceAt is where a piece stands; to is 0 if it is not made yet, and the first byte of all is nobody's.
type pieceAt struct{ from, to uint32 }

// fill puts the pieces of rows into every each-th of cells.
func (p *pieces) fill(cells []string, each, k int, t *Text, rows []uint16, goes []uint32) error {
	if n := t.Dict.Len() - len(p.where); n > 0 {
		p.where = append(p.where, make([]pieceAt, n)...)
	}
	for j, i := range rows {
		code := t.Code(int(i))
		at := p.where[code]
		if at.to == 0 {
			var err error
			if at, err = p.make(k, code, t.Dict.At(code)); err != nil {
				return err
			}
		}
		cells[int(goes[j])*each] = stringOf(p.all[at.from:at.to])
	}
	return nil
}

// make makes the piece of a value. What was given of others stays as it is.
func (p *pieces) make(k int, code uint32, v string) (pieceAt, error) {
	if len(p.all) == 0 {
		p.all = append(p.all, 0)
	}
	from := len(p.all)
	all, err := appendPiece(p.all, k, v)
	if err != nil {
		return pieceAt{}, err
	}
	p.all, p.where[code] = all, pieceAt{uint32(from), uint32(len(all))}
	return p.where[code], nil
}

// lineKeys is what stands before a value of a text column: a comma and the key.
var lineKeys = func() (keys [len(textColumns)]string) {
	for k := range textColumns {
		name := strings.TrimPrefix(strings.TrimPrefix(textColumns[k].name, "subject_"), "object_")
		keys[k] = `,"` + name + `":`
	}
	return keys
}()

// appendPiece appends what a value of text column k is in a message.
func appendPiece(dst []byte, k int, v string) ([]byte, error) {
	if isParsed(k) {
		return appendParsed(dst, k, v)
	}
	return appendText(dst, k, v), nil
}

// isParsed reports whether the texts of a column are not those of messages.
func isParsed(k int) bool {
	c := textColumns[k].col
	return c == filter.ColVersion || c == filter.ColClass || c == filter.ColCategory
}

// appendText is appendPiece of a column that may hold any text.
func appendText(dst []byte, k int, v string) []byte {
	col, key := textColumns[k].col, lineKeys[k]
	switch {
	case col == filter.ColService || col == filter.ColEvent || col == filter.ColAddr || col == filter.ColUser: // are there in any case
	case v == "":
		return dst
	case col == filter.ColAction:
		return append(append(append(append(dst, key...), '"'), v...), '"')
	case col == filter.ColSvcData || col == filter.ColEventData:
		return append(append(dst, key...), v...)
	case col == filter.ColRaw && !utf8.ValidString(v):
		return append(base64.StdEncoding.AppendEncode(append(dst, `,"raw_b64":"`...), bytesOf(v)), '"')
	}
	return counterfoil.AppendText(append(dst, key...), v)
}

// appendParsed is appendPiece of a column whose texts are not those of messages.
func appendParsed(dst []byte, k int, v string) ([]byte, error) {
	var r counterfoil.Record
	if v != "" {
		if err := textColumns[k].set(&r, v); err != nil {
			return nil, fmt.Errorf("column %s: %w", textColumns[k].name, err)
		}
	}
	switch key := lineKeys[k]; {
	case textColumns[k].col == filter.ColVersion:
		dst = strconv.AppendInt(append(dst, `"vers":{"major":`...), int64(r.Major), 10) // the comma is that behind the aid
		return append(strconv.AppendInt(append(dst, `,"minor":`...), int64(r.Minor), 10), '}'), nil
	case r.Class != 0:
		return append(append(append(append(dst, key...), `["`...), strings.ReplaceAll(r.Class.String(), ",", `","`)...), `"]`...), nil
	case r.Category != counterfoil.NoCategory:
		return append(append(append(append(dst, key...), '"'), v...), '"'), nil
	}
	return dst, nil
}
