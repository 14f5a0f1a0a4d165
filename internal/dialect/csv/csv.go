// Package csv writes records as a table for spreadsheets (RFC 4180, UTF-8, a header line, LF). It does not read: a cell
// no longer tells what it was. docs/dialects/csv.md is its page.
//
//	one column for each field of the canonical message, named as in filters, then the sentence
//	class          names parted by blanks
//	success        true, false, or empty where not told
//	svc_data, …    canonical JSON; a string as its text
//	bytes that are not UTF-8, and controls but tab and line feed, as \x1f
//	a cell that a spreadsheet would take for a formula (= + - @ tab first) has an apostrophe before it
package csv

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Dialect writes tables.
var Dialect = &dialect.Dialect{
	Name:    "csv",
	Version: 1,
	Doc: `a table for spreadsheets: a header line, then one line a record
Written only. Columns are the fields of a message, named as in searches, and the sentence.
A cell that a spreadsheet would take for a formula has an apostrophe put before it, and bytes that cannot be shown are
written as \xNN, so a cell may differ from the record: take jsonl where every byte counts.`,
	Encode: func(w io.Writer, _ any) (dialect.Encoder, error) { return &encoder{w: csv.NewWriter(w)}, nil },
}

// Columns are the names in the header line.
func Columns() []string { return append(filter.ColumnNames[:], "sentence") }

type encoder struct {
	w     *csv.Writer
	cells []string
	begun bool
}

// Encode writes a line, the first time after the header.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	if err := e.header(); err != nil {
		return nil, err
	}
	e.cells = appendCells(e.cells[:0], r)
	var loss dialect.Loss
	for i, c := range e.cells {
		if e.cells[i] = safe(c); e.cells[i] != c {
			loss = append(loss, Columns()[i])
		}
	}
	return loss, e.w.Write(e.cells)
}

// Close writes the header of an empty table, and what is buffered.
func (e *encoder) Close() error {
	if err := e.header(); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}

func (e *encoder) header() error {
	if e.begun {
		return nil
	}
	e.begun = true
	return e.w.Write(Columns())
}

// appendCells gives the cells in the order of the columns.
func appendCells(dst []string, r *counterfoil.Record) []string {
	success, pid := "", ""
	if r.Outcome != counterfoil.Unknown {
		success = strconv.FormatBool(r.Outcome == counterfoil.Success)
	}
	if r.Subject.PID != 0 {
		pid = strconv.FormatInt(r.Subject.PID, 10)
	}
	s, o := &r.Subject, &r.Object
	return append(dst, r.AID.String(), fmt.Sprintf("%d.%d", r.Major, r.Minor), strconv.FormatUint(r.Seq, 10), r.Time.String(),
		r.Received.String(), r.Via, r.Dialect, r.Host, r.Service, r.Name, strings.Join(r.Class.Names(), " "), r.Category.String(),
		string(r.Action), success, r.Addr, r.User, r.Session, s.LoginID, s.ID, s.Name, s.Group, s.Terminal, pid, s.Process,
		o.Kind, o.Name, o.ID, o.To, r.SvcData.Text(), r.EventData.Text(), r.Raw, r.SentenceText())
}

// safe gives a cell that a spreadsheet shows as text.
func safe(c string) string {
	plain := true
	for i := range len(c) {
		plain = plain && c[i] >= ' ' && c[i] < 0x7f
	}
	if !plain {
		c = escape(c)
	}
	if c != "" && strings.IndexByte("=+-@\t", c[0]) >= 0 {
		return "'" + c
	}
	return c
}

func escape(c string) string {
	var b strings.Builder
	for i := 0; i < len(c); {
		r, n := utf8.DecodeRuneInString(c[i:])
		if r == utf8.RuneError && n == 1 || r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 {
			fmt.Fprintf(&b, `\x%02x`, c[i:i+n])
		} else {
			b.WriteString(c[i : i+n])
		}
		i += n
	}
	return b.String()
}
