package csv

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// The values of columns that are more than text, one after the other: how they are written and how they are read.

func appendSeq(dst []byte, r *counterfoil.Record) []byte {
	if r.Received == 0 {
		return dst
	}
	return strconv.AppendUint(dst, r.Seq, 10)
}

func readSeq(r *counterfoil.Record, cell string) (err error) {
	r.Seq, err = strconv.ParseUint(cell, 10, 64)
	return whyNumber(err)
}

func appendReceived(dst []byte, r *counterfoil.Record) []byte {
	if r.Received == 0 {
		return dst
	}
	return r.Received.Append(dst)
}

func readReceived(r *counterfoil.Record, cell string) (err error) {
	r.Received, err = counterfoil.ParseTime(cell)
	return err
}

func readAction(r *counterfoil.Record, cell string) error {
	a := counterfoil.Action(cell)
	if !a.Known() {
		return fmt.Errorf("%.40q is no action", cell)
	}
	r.Action = a
	return nil
}

func appendClass(dst []byte, r *counterfoil.Record) []byte {
	return r.Class.Append(dst, ' ')
}

func readClass(r *counterfoil.Record, cell string) error {
	var all counterfoil.Class
	for _, name := range strings.Fields(cell) {
		c, err := counterfoil.ParseClass(name)
		if err != nil {
			return err
		}
		all |= c
	}
	r.Class = all
	return nil
}

func appendOutcome(dst []byte, r *counterfoil.Record) []byte {
	if r.Outcome == counterfoil.Unknown {
		return dst
	}
	return strconv.AppendBool(dst, r.Outcome == counterfoil.Success)
}

func readOutcome(r *counterfoil.Record, cell string) error {
	ok, err := strconv.ParseBool(cell)
	if cell != "true" && cell != "false" || err != nil {
		return fmt.Errorf("%.40q is neither true nor false", cell)
	}
	r.Outcome = counterfoil.OutcomeOf(ok)
	return nil
}

func appendCategory(dst []byte, r *counterfoil.Record) []byte {
	if r.Category == counterfoil.NoCategory {
		return dst
	}
	return append(dst, r.Category.String()...)
}

func readCategory(r *counterfoil.Record, cell string) error {
	c, err := counterfoil.ParseCategory(cell)
	if err == nil {
		r.Category = c
	}
	return err
}

func appendPID(dst []byte, r *counterfoil.Record) []byte {
	if r.Subject.PID == 0 {
		return dst
	}
	return strconv.AppendInt(dst, r.Subject.PID, 10)
}

func readPID(r *counterfoil.Record, cell string) error {
	n, err := strconv.ParseUint(cell, 10, 53)
	if err == nil {
		r.Subject.PID = int64(n)
	}
	return whyNumber(err)
}

func appendAID(dst []byte, r *counterfoil.Record) []byte {
	if r.AID.IsZero() {
		return dst
	}
	return r.AID.Append(dst)
}

func readAID(r *counterfoil.Record, cell string) (err error) {
	r.AID, err = counterfoil.ParseAID(cell)
	return err
}

func readVersion(r *counterfoil.Record, cell string) error {
	major, minor, ok := strings.Cut(cell, ".")
	a, err1 := strconv.ParseUint(major, 10, 15)
	b, err2 := strconv.ParseUint(minor, 10, 15)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("%.40q is no version such as 1.0", cell)
	}
	r.Major, r.Minor = int(a), int(b)
	return nil
}

func whyNumber(err error) error {
	if err != nil {
		return fmt.Errorf("%w: want a whole number", err)
	}
	return nil
}
