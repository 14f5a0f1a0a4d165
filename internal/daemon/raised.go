package daemon

import (
	"context"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
)

// raised reports whether the newest of the program's own events of some names about an object raises an alarm: what a run
// raised the next one clears.
func (d *daemon) raised(ctx context.Context, object string, names ...string) (is bool, err error) {
	v := d.trail.View()
	defer v.Close()
	text := func(s string) filter.Value { return filter.Value{Kind: filter.StringValue, Str: s} }
	in := filter.In{Field: filter.Field{Column: filter.ColEvent}}
	for _, name := range names {
		in.Values = append(in.Values, text(name))
	}
	q := search.Query{Limit: 1, Filter: filter.And{X: append(ownEvents(names[0])[:1], in,
		filter.Compare{Field: filter.Field{Column: filter.ColObjectName}, Op: filter.Eq, Value: text(object)})}}
	_, err = search.Run(ctx, v, q, func(r *counterfoil.Record) bool {
		is = r.Action == counterfoil.AlarmRaise
		return false
	})
	if err != nil {
		return false, fmt.Errorf("the alarm about %s of the last run: %w", object, err)
	}
	return is, nil
}
