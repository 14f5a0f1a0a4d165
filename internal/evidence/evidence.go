package evidence

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Most is how many records an archive may prove, and MostBytes what they may take, about. Evidence for a query is for all that it
// finds: it is refused where that is more, and not cut. It is put together in memory, where it takes a few times that.
const (
	Most      = 10_000
	MostBytes = 32 << 20
)

// mostContext bounds the records that say what may be missing, MostBytes what they take.
const mostContext = 10_000

// Errors of Make that are the asker's.
var (
	ErrNothing = errors.New("the query finds no record that a checkpoint covers: there is nothing to prove")
	ErrTooMany = fmt.Errorf("the query finds more than the %d records, or %d MiB, that evidence may hold: narrow it, or ask for it in parts", Most, MostBytes>>20)
	ErrContext = fmt.Errorf("more than %d records, or %d MiB, say what may be missing in this time: ask for evidence of a shorter one", mostContext, MostBytes>>20)
)

// Query is what is to be proved, and by whom and when evidence is asked for.
type Query struct {
	Text     string // as it was typed
	Filter   filter.Expr
	From, To counterfoil.Time // 0: no bound
	By       string           // who asks
	MadeBy   string           // program and version
	Now      counterfoil.Time

	size uint64 // records that the newest checkpoint counts; another may be the one that is proved against
}

// Make gives the archive, and how many records it proves. p's checkpoint bounds what is found: what came later is not in
// it. What is searched was vouched for before: see [trail.Prover.Vouch].
func Make(ctx context.Context, p *trail.Prover, q Query) (doc []byte, found int, err error) {
	done, err := p.Vouch(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, done()) }()
	records, err := find(ctx, p, q)
	if err != nil {
		return nil, 0, err
	}
	about, err := contextOf(ctx, p, q, records)
	if err != nil {
		return nil, 0, err
	}
	tally, err := tallyOf(ctx, p, q, about)
	if err != nil {
		return nil, 0, err
	}
	is := map[uint64]bool{}
	for i := range records {
		is[records[i].Seq] = true
	}
	about = slices.DeleteFunc(about, func(r counterfoil.Record) bool { return is[r.Seq] })
	e, err := p.Evidence(records, about)
	if err != nil {
		return nil, 0, err
	}
	q.size = p.Size()
	page, err := newPage(e, q, records, about, tally.Completeness())
	if err != nil {
		return nil, 0, err
	}
	if e.Statement, err = page.statement(); err != nil {
		return nil, 0, err
	}
	data, err := e.Data(p.Sign)
	if err != nil {
		return nil, 0, err
	}
	e.Report = page.report(data)
	doc, err = e.Archive(data, p.Sign)
	return doc, len(records), err
}

// find gives the records that the query finds, oldest first.
func find(ctx context.Context, p *trail.Prover, q Query) (out []counterfoil.Record, err error) {
	if p.Size() == 0 {
		return nil, ErrNothing
	}
	bytes := 0
	_, err = search.Run(ctx, p.View, search.Query{Filter: q.Filter, From: q.From, To: q.To, Before: p.Size(), Limit: Most + 1, Oldest: true},
		func(r *counterfoil.Record) bool {
			out = append(out, r.Clone())
			bytes += size(r)
			return bytes <= MostBytes
		})
	switch {
	case err != nil:
		return nil, err
	case len(out) == 0:
		return nil, ErrNothing
	case len(out) > Most || bytes > MostBytes:
		return nil, ErrTooMany
	}
	return out, nil
}

// size is what a record takes, about.
func size(r *counterfoil.Record) int {
	const rest = 512
	return len(r.EventData) + len(r.SvcData) + len(r.Raw) + len(r.Object.Name) + len(r.Object.To) + rest
}

// contextOf gives the records that say what may be missing, of the query's time and of between the first and the last record
// that was found; what was so before: the policy that was in force, and whether the program ran; and what became of records of that
// time later.
func contextOf(ctx context.Context, p *trail.Prover, q Query, found []counterfoil.Record) ([]counterfoil.Record, error) {
	about := filter.Or{X: []filter.Expr{is(filter.ColAction, string(counterfoil.AuditGap)), own(trail.NotableNames...)}}
	first, last := found[0].Seq, found[len(found)-1].Seq
	by, bytes := map[uint64]counterfoil.Record{}, 0
	concerns := func(*counterfoil.Record) bool { return true }
	take := func(s search.Query) error {
		_, err := search.Run(ctx, p.View, s, func(r *counterfoil.Record) bool {
			if !concerns(r) {
				return true
			}
			if _, twice := by[r.Seq]; !twice {
				by[r.Seq] = r.Clone()
				bytes += size(r)
			}
			return bytes <= MostBytes
		})
		return err
	}
	err := errors.Join(
		take(search.Query{Filter: about, From: q.From, To: q.To, Before: p.Size(), Limit: mostContext + 1, Oldest: true}),
		take(search.Query{Filter: about, After: first, Before: last + 1, Limit: mostContext + 1, Oldest: true}))
	for seq := range by {
		first = min(first, seq)
	}
	if first > 0 {
		ran := filter.And{X: []filter.Expr{own(act.Start, act.Stop), is(filter.ColVia, act.Via)}}
		err = errors.Join(err, take(search.Query{Filter: own(act.Policy), Before: first, Limit: 1}), take(search.Query{Filter: ran, Before: first, Limit: 1}))
	}
	if err != nil {
		return nil, err
	}
	within, err := reachOf(ctx, p, q)
	if concerns = within.concerns; err == nil {
		err = take(search.Query{Filter: filter.Or{X: []filter.Expr{is(filter.ColAction, string(counterfoil.AuditGap)), own(act.Expire, act.Forget, act.Refused)}}, After: within.first, Before: p.Size(), Oldest: true})
	}
	if err != nil {
		return nil, err
	}
	if len(by) > mostContext || bytes > MostBytes {
		return nil, ErrContext
	}
	out := make([]counterfoil.Record, 0, len(by))
	for _, seq := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[seq])
	}
	return out, nil
}

// tallyOf counts what the completeness of the query's time follows from.
func tallyOf(ctx context.Context, p *trail.Prover, q Query, about []counterfoil.Record) (*trail.Tally, error) {
	t := trail.NewTally()
	span := search.Query{From: q.From, To: q.To, Before: p.Size()}
	by := search.By{Field: filter.Field{Column: filter.ColVia}}
	all, _, err := search.Count(ctx, p.View, span, by)
	if err != nil {
		return nil, err
	}
	for _, b := range all[0] {
		t.Counted(b.Key, b.Count, 0)
	}
	span.Filter = is(filter.ColEvent, trail.UnparsedName)
	if all, _, err = search.Count(ctx, p.View, span, by); err != nil {
		return nil, err
	}
	for _, b := range all[0] {
		t.Counted(b.Key, 0, b.Count)
	}
	for i := range about {
		before, err := before(ctx, p, &about[i])
		if err != nil {
			return nil, err
		}
		t.Note(&about[i], before)
	}
	return t, nil
}

// before gives when the record before one that says that something began was received: until then what was killed ran. 0 where
// there is none, or nobody asks.
func before(ctx context.Context, p *trail.Prover, r *counterfoil.Record) (at counterfoil.Time, err error) {
	if r.Seq == 0 || r.Name != act.Start && r.Name != act.InputStart {
		return 0, nil
	}
	_, err = search.Run(ctx, p.View, search.Query{Before: r.Seq, Limit: 1}, func(r *counterfoil.Record) bool {
		at = r.Received
		return false
	})
	return at, err
}

func is(c filter.Column, text string) filter.Expr {
	return filter.Compare{Field: filter.Field{Column: c}, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: text}}
}

// own is true of the program's own events of these names.
func own(names ...string) filter.Expr {
	var any filter.Or
	for _, n := range names {
		any.X = append(any.X, is(filter.ColEvent, n))
	}
	return filter.And{X: []filter.Expr{is(filter.ColService, act.Service), any}}
}

// statement is what the trail's holder states, and signs.
func (p *page) statement() (counterfoil.JSON, error) {
	raw, err := json.Marshal(p.Completeness)
	if err != nil {
		return "", err
	}
	completeness, err := counterfoil.Canonical(string(raw))
	if err != nil {
		return "", err
	}
	var b counterfoil.Builder
	b.Object("")
	b.String("query", p.query.Text)
	if p.query.From != 0 {
		b.String("from", p.query.From.String())
	}
	if p.query.To != 0 {
		b.String("to", p.query.To.String())
	}
	b.String("by", p.query.By)
	b.String("made", p.query.Now.String())
	b.String("made_by", p.query.MadeBy)
	b.Int("records", int64(len(p.Records)))
	b.Uint("trail_size", p.query.size)
	b.Value("completeness", completeness)
	b.String("page", hex.EncodeToString(p.textSum[:]))
	b.End()
	return b.JSON(), nil
}
