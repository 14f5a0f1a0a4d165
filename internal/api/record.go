package api

import (
	"fmt"
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/search"
)

// show serves GET /api/v1/events/{seq}: the canonical message of one record.
func (c *call) show() error {
	return c.read(func(r *counterfoil.Record) error {
		c.metrics.given.Inc()
		msg, _ := counterfoil.AppendRecord(nil, r)
		return c.bytes(200, "application/json", append(msg, '\n'))
	})
}

// read lends the record that the path names, and records that it is looked at.
func (c *call) read(f func(*counterfoil.Record) error) error {
	seq, err := c.one(act.Show, counterfoil.AuditSearch)
	if err != nil {
		return err
	}
	v := c.opts.Source.View()
	defer v.Close()
	r, ok, err := search.Get(c.r.Context(), v, seq)
	if err != nil {
		return fmt.Errorf("read record %d: %w", seq, err)
	}
	if !ok {
		return noRecord(seq, v.Size())
	}
	return f(r)
}

// prove serves GET /api/v1/events/{seq}/proof: the evidence bundle of one record.
func (c *call) prove() error {
	if c.opts.Prove == nil {
		return notServed("proofs")
	}
	seq, err := c.one(act.Prove, counterfoil.AuditProve)
	if err != nil {
		return err
	}
	bundle, err := c.opts.Prove(c.r.Context(), seq)
	if err != nil {
		return fmt.Errorf("prove record %d: %w", seq, err)
	}
	c.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="record-%d.proof"`, seq))
	return c.bytes(200, "application/octet-stream", bundle)
}

// one reads the number in the path and records that this record is looked at. Looking for one that does not exist
// reads nothing and is not recorded.
func (c *call) one(name string, action counterfoil.Action) (uint64, error) {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return 0, p.err
	}
	seq, err := c.seq()
	if err != nil {
		return 0, err
	}
	v := c.opts.Source.View()
	size := v.Size()
	v.Close()
	if seq >= size {
		return 0, noRecord(seq, size)
	}
	object := counterfoil.Object{Kind: "record", Name: "record " + strconv.FormatUint(seq, 10), ID: strconv.FormatUint(seq, 10)}
	return seq, c.record(name, action, object, func(b *counterfoil.Builder) { b.Uint("seq", seq) })
}

func noRecord(seq, size uint64) error {
	has := "is empty"
	if size > 0 {
		has = fmt.Sprintf("ends with record %d", size-1)
	}
	return &Error{Kind: KindNotFound, Parameter: "seq", Message: fmt.Sprintf("there is no record %d: the trail %s", seq, has)}
}

func notServed(what string) error {
	return &Error{Kind: KindNotServed, Message: "this server is set up without " + what}
}
