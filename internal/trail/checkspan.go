package trail

import (
	"fmt"
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// ExpiredRange is what a verdict says about a sealed file that was deleted by a rule.
type ExpiredRange struct {
	First   uint64 `json:"first"`
	Last    uint64 `json:"last"`
	Records int    `json:"records"` // of the range, those that the file held
	At      string `json:"at"`
	Why     string `json:"why"`
	Event   uint64 `json:"event"` // number of the record that says so
	Text    string `json:"-"`
}

// expired takes what is left of records into the tree.
func (c *checker) expired(file string, p piece) error {
	if p.first != c.next {
		return problem(file, &c.next, "is missing: record %d stands in its place", p.first)
	}
	if err := c.tree.AppendNode(p.Node); err != nil {
		return problem(file, &p.first, "%v", err)
	}
	return c.advance(file, 1<<p.Level)
}

// announce notes what has expired and what is forgotten, and which records must say so.
func (c *checker) announce(sp *span) error {
	if err := c.announceForgotten(sp); err != nil {
		return err
	}
	if sp.gone == nil {
		return nil
	}
	for i := range sp.gone.files {
		e := &sp.gone.files[i]
		if e.Event <= sp.Last {
			return problem(goneName(sp.base()), nil, "record %d, which is to say so, is older than what expired", e.Event)
		}
		if o := c.says[e.Event]; o != nil {
			return problem(goneName(sp.base()), nil, "record %d, which is to say so, is to say it of %s.parquet", e.Event, o.base)
		}
		c.says[e.Event] = e
		c.report.Expired = append(c.report.Expired, ExpiredRange{e.First, e.Last, e.Records, e.At.String(), e.Why, e.Event, e.String()})
	}
	return nil
}

// said checks that a record tells of the expiry that it is to tell of. One whose hidden half is forgotten, since it bore the name
// of the user whom the program ran as, says no more than that something has expired; what, the signed note tells.
func (c *checker) said(file string, rec *counterfoil.Record, e *Expired) error {
	d := rec.EventData
	fits := rec.IsForgotten() || rec.Object.Name == e.base+".parquet" && d.Member("sha256").Text() == fmt.Sprintf("%x", e.Digest[:]) && d.Member("why").Text() == e.Why
	if rec.Via != act.Via || rec.Service != act.Service || rec.Name != act.Expire && rec.Name != act.Gap || !fits {
		return problem(file, &rec.Seq, "is not the event of the expiry of %s.parquet, which it should be", e.base)
	}
	delete(c.says, rec.Seq)
	return nil
}

// untold gives a problem if one of the records first to last was to tell of an expiry, is there and does not.
func (c *checker) untold(file string, first, last uint64, there func(seq uint64) bool) error {
	for seq, e := range c.says {
		if seq >= first && seq <= last && there(seq) {
			return problem(file, &seq, "is not the event of the expiry of %s.parquet, which it should be", e.base)
		}
	}
	return c.unaccounted(file, first, last, there)
}

// unsaid gives a problem for an expiry of which no record tells. One whose record has expired itself is told by its signed
// note alone.
func (c *checker) unsaid() error {
	for _, seq := range slices.Sorted(maps.Keys(c.says)) {
		if e := c.says[seq]; seq >= c.next {
			return problem(goneName(spanBase(e.First, e.Last)), &seq, "is missing: it is to say that %s", e)
		}
	}
	return nil
}
