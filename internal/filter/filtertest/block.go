package filtertest

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Block describes some records exactly, as the one block of a store: what it may say of them at the most. It is a model, slow and
// plain.
func Block(rs ...*counterfoil.Record) filter.Blocks {
	b := block{rs: rs, tokens: map[uint64]bool{}, grams: map[uint32]bool{}, values: map[value]bool{}}
	for _, r := range rs {
		filter.SearchedTexts(r, func(c filter.Column, text string) bool {
			filter.Tokens(text, c == filter.ColEventData || c == filter.ColSvcData, func(token string) bool {
				b.tokens[filter.HashToken(token)] = true
				lower := []byte(strings.Map(unicode.ToLower, token))
				for i := range len(lower) - min(len(lower), 3) {
					b.grams[binary.LittleEndian.Uint32(lower[i:])] = true
				}
				return true
			})
			return true
		})
		for c, v := range texts(r) {
			b.values[value{c, v}] = true
		}
		for _, name := range r.Class.Names() {
			b.values[value{filter.ColClass, name}] = true
		}
	}
	return b
}

type value struct {
	c filter.Column
	v string
}

type block struct {
	rs     []*counterfoil.Record
	tokens map[uint64]bool
	grams  map[uint32]bool
	values map[value]bool
}

// texts gives the columns with one value.
func texts(r *counterfoil.Record) map[filter.Column]string {
	m := map[filter.Column]string{filter.ColAID: r.AID.String(), filter.ColVersion: strconv.Itoa(r.Major) + "." + strconv.Itoa(r.Minor),
		filter.ColVia: r.Via, filter.ColDialect: r.Dialect, filter.ColHost: r.Host, filter.ColService: r.Service, filter.ColEvent: r.Name,
		filter.ColCategory: r.Category.String(), filter.ColAction: string(r.Action), filter.ColAddr: r.Addr, filter.ColUser: r.User,
		filter.ColSession: r.Session, filter.ColLoginID: r.Subject.LoginID, filter.ColSubjectID: r.Subject.ID, filter.ColSubjectName: r.Subject.Name,
		filter.ColGroup: r.Subject.Group, filter.ColTerminal: r.Subject.Terminal, filter.ColProcess: r.Subject.Process,
		filter.ColObjectKind: r.Object.Kind, filter.ColObjectName: r.Object.Name, filter.ColObjectID: r.Object.ID, filter.ColObjectTo: r.Object.To}
	if r.Subject.PID != 0 {
		m[filter.ColPID] = strconv.FormatInt(r.Subject.PID, 10)
	}
	if r.Outcome != counterfoil.Unknown {
		m[filter.ColSuccess] = strconv.FormatBool(r.Outcome == counterfoil.Success)
	}
	for c, v := range m {
		if v == "" {
			delete(m, c)
		}
	}
	return m
}

func (b block) With(_ int, k filter.Key) uint64 {
	if b.has(k) {
		return 1
	}
	return 0
}

func (b block) has(k filter.Key) bool {
	switch k.Kind {
	case filter.KeyToken:
		return b.tokens[k.Hash]
	case filter.KeyGram:
		return b.grams[uint32(k.Hash)]
	}
	switch k.Column {
	case filter.ColSeq, filter.ColTime, filter.ColReceived, filter.ColSvcData, filter.ColEventData, filter.ColRaw:
		panic("filtertest: With is never asked about " + filter.ColumnNames[k.Column])
	}
	return b.values[value{k.Column, k.Value}]
}

func (b block) Range(c filter.Column, _ int) (least, greatest int64, ok bool) {
	for i, r := range b.rs {
		v := int64(r.Time)
		switch c {
		case filter.ColSeq:
			v = int64(r.Seq)
		case filter.ColReceived:
			v = int64(r.Received)
		case filter.ColTime:
		default:
			panic("filtertest: Range is never asked about " + filter.ColumnNames[c])
		}
		if i == 0 {
			least, greatest = v, v
		}
		least, greatest = min(least, v), max(greatest, v)
	}
	return least, greatest, len(b.rs) > 0
}
