package trail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Salvage is what became of a damaged or missing file.
type Salvage struct {
	File  string `json:"file"`
	First uint64 `json:"first"` // range that it was sealed with
	Last  uint64 `json:"last"`
	Kept  int    `json:"kept"`  // records that stay where they were, and are proved
	Moved int    `json:"moved"` // records that could be read but not be proved: each is an event SALVAGED now
	Lost  int    `json:"lost"`  // records that could not be read
	Why   string `json:"why"`   // what is wrong with the file
}

// salvage puts a span in order whose files are damaged.
func (t *Trail) salvage(ctx context.Context, w *wreck) (done []Salvage, err error) {
	sp := w.span
	next := &span{First: sp.First, Last: sp.Last, Root: sp.Root, all: slices.Clone(sp.all), forgot: sp.forgot}
	var lost []Expired
	for i, s := range w.files {
		x := Salvage{File: s.base + ".parquet", First: sp.First, Last: sp.Last, Kept: len(w.found[i]), Moved: len(w.moved[i]), Why: w.whys[i].Error()}
		if x.Lost = s.rows - x.Kept - x.Moved; x.Kept == s.rows && errors.Is(w.whys[i], errNeighbour) {
			continue
		}
		if err := s.keepBeside(); err != nil {
			return done, err
		}
		e, err := t.salvageFile(ctx, w, i, next, &x)
		if err != nil {
			return done, err
		}
		if e != nil {
			lost = append(lost, *e)
		}
		done = append(done, x)
	}
	if err := t.Checkpoint(); err != nil {
		return done, err
	}
	expired, err := sp.expired()
	if err != nil {
		return done, err
	}
	expired = slices.DeleteFunc(expired, func(p piece) bool {
		return slices.ContainsFunc(w.pieces, func(o piece) bool { return p.first >= o.first && p.first < o.end() })
	})
	if len(lost) > 0 || sp.gone != nil {
		next.gone = sp.gone.with(w.front, lost, next, merge(expired, w.pieces))
	}
	return done, t.reseal(w, next)
}

// damagedSuffix ends the name of a damaged file that is kept beside what was salvaged.
const damagedSuffix = ".damaged"

// keepBeside gives a damaged file a second name, under which it stays.
func (s *Sealed) keepBeside() error {
	if s.place == nil {
		return nil // it is missing
	}
	name := s.place.file(s.base + ".parquet")
	if err := s.place.fs.Link(name, name+damagedSuffix); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.place.fs.SyncDir(s.place.within)
}

// salvageFile writes what is left of a file, and says what is not where it was: e is that, nil if there is nothing. It puts
// into next what comes in the file's place.
func (t *Trail) salvageFile(ctx context.Context, w *wreck, i int, next *span, x *Salvage) (e *Expired, err error) {
	s, base := w.files[i], w.span.base()
	at := slices.Index(next.all, s)
	gap, kept := &Sealed{First: s.First, Last: s.Last, base: s.base, rows: s.rows - x.Kept}, s.base
	if gap.rows > 0 {
		if x.Kept > 0 && gap.base == base {
			gap.base = partBase(base, 0)
		}
		if next.all[at] = gap; x.Kept > 0 { // the rest gets a name of its own
			kept = next.fresh()
		}
		if e, err = t.sayLost(ctx, gap, w.moved[i], x); err != nil {
			return nil, err
		}
	}
	if x.Kept == 0 {
		return e, nil
	}
	n, err := t.sealFile(&Sealed{First: s.First, Last: s.Last, base: kept, cache: t.cache}, rowsOf(t.id.id, w.found[i]), w.front)
	if err != nil {
		return nil, err
	}
	if gap.rows > 0 {
		next.all = append(next.all, n)
	} else {
		next.all[at] = n
	}
	return e, nil
}

// sayLost writes the gap into the trail, and every record that is not where it was.
func (t *Trail) sayLost(ctx context.Context, gap *Sealed, moved []counterfoil.Record, x *Salvage) (*Expired, error) {
	const why = "damage: what could be read is in events SALVAGED"
	var batches [][]counterfoil.Event
	room, fit := 0, 0
	for i := range moved {
		e := salvaged(&moved[i])
		size := len(counterfoil.AppendEvent(nil, &e)) + 1<<10 // number, time and way in come to it
		if size > counterfoil.MaxMessage {
			continue // a message within a message has more escapes: it is lost
		}
		if room < size || len(batches[len(batches)-1]) == 1000 {
			batches, room = append(batches, nil), 2*counterfoil.MaxMessage
		}
		last := &batches[len(batches)-1]
		*last, room, fit = append(*last, e), room-size, fit+1
	}
	x.Moved, x.Lost = fit, x.Lost+x.Moved-fit
	e := t.opts.Act(act.Gap, counterfoil.AuditGap, true, counterfoil.Object{Kind: "records", Name: gap.base + ".parquet"}, func(b *counterfoil.Builder) {
		b.Uint("first", gap.First)
		b.Uint("last", gap.Last)
		b.Int("count", int64(x.Lost))
		b.String("unit", "events")
		b.Int("salvaged", int64(x.Moved))
		b.String("reason", x.File+": "+x.Why)
		b.String("sha256", fmt.Sprintf("%x", gap.Digest[:]))
		b.String("why", why)
	})
	r, err := t.Append(ctx, act.Via, []counterfoil.Event{e})
	if err != nil {
		return nil, err
	}
	for _, events := range batches {
		if _, err := t.Append(ctx, act.Via, events); err != nil {
			return nil, err
		}
	}
	said := gap.expired(e.Time, why, r.First)
	return &said, nil
}

// salvaged makes an event of a record that is not proved any more. It is found as before, and holds the whole message.
func salvaged(rec *counterfoil.Record) counterfoil.Event {
	msg, _ := counterfoil.AppendRecord(nil, rec)
	e := rec.Event
	e.AID, e.Service, e.Name, e.Raw, e.SvcData = counterfoil.AID{}, act.Service, act.Salvaged, "", ""
	var b counterfoil.Builder
	b.Object("")
	b.String("message", string(msg))
	b.End()
	e.EventData = b.JSON()
	return e
}

// reseal makes next count in the place of a damaged span.
func (t *Trail) reseal(w *wreck, next *span) error {
	msg, err := t.id.signer.Sign(next.text(t.Origin()))
	if err == nil {
		err = disk.WriteFile(t.fs, sealName(next.base()), msg)
	}
	if err == nil && next.gone != nil {
		var data []byte
		if data, err = next.gone.marshal(next, &t.id); err == nil {
			err = disk.WriteFile(t.fs, goneName(next.base()), data)
			next.gone.fs, next.gone.hashes = t.fs, nil
		}
	}
	if err != nil {
		return err
	}
	next.files = next.all
	if next.gone != nil {
		next = next.without(next.gone)
	}
	t.replace(w.span, next)
	for _, s := range w.files {
		if s.place != nil && !slices.ContainsFunc(next.files, func(n *Sealed) bool { return n.base == s.base }) {
			if err := s.place.drop(s.base+".parquet", s.base+".idx"); err != nil {
				return err
			}
		}
	}
	return nil
}

func rowsOf(id counterfoil.TrailID, recs []counterfoil.Record) *segment.Rows {
	t := segment.NewTable(id)
	t.Append(recs...)
	return t.Rows()
}
