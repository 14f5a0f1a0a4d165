package api

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
)

// Bounds of the look at what stands in event_data and svc_data.
const (
	fieldRecords = 1000 // the newest so many are looked at
	fieldPaths   = 500
	fieldDepth   = 6
)

// fields serves GET /api/v1/fields: the names that a query may use. It gives names only, no values of records.
func (c *call) fields() error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	v := c.opts.Source.View()
	defer v.Close()
	seen := map[string]int{}
	_, err := search.Run(c.r.Context(), v, search.Query{Limit: fieldRecords}, func(r *counterfoil.Record) bool {
		once := map[string]bool{}
		notePaths(once, filter.Field{Column: filter.ColEventData}, r.EventData)
		notePaths(once, filter.Field{Column: filter.ColSvcData}, r.SvcData)
		for path := range once {
			if _, known := seen[path]; known || len(seen) < fieldPaths {
				seen[path]++
			}
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("look at the newest records: %w", err)
	}
	return c.bytes(200, "application/json", append([]byte(fieldList(seen)), '\n'))
}

// notePaths notes the paths below f at which data has a value that is neither an object nor an array.
func notePaths(seen map[string]bool, f filter.Field, data counterfoil.JSON) {
	if len(f.Path) > fieldDepth {
		return
	}
	switch data.Kind() {
	case '{':
		for key, v := range data.Members() {
			notePaths(seen, filter.Field{Column: f.Column, Path: append(slices.Clone(f.Path), key)}, v)
		}
	case '[':
		for v := range data.Elements() {
			notePaths(seen, f, v)
		}
	default:
		if len(f.Path) > 0 {
			seen[f.String()] = true
		}
	}
}

// kinds of the columns that are no strings.
var kinds = map[filter.Column]string{filter.ColSeq: "number", filter.ColPID: "number", filter.ColTime: "time", filter.ColReceived: "time",
	filter.ColSuccess: "bool", filter.ColClass: "list", filter.ColSvcData: "data", filter.ColEventData: "data"}

// closed gives the values of a column whose values are known.
func closed(col filter.Column) (values []string) {
	switch col {
	case filter.ColClass:
		return counterfoil.AllClasses.Names()
	case filter.ColCategory:
		return counterfoil.Categories()
	case filter.ColSuccess:
		return []string{"true", "false"}
	case filter.ColAction:
		for _, a := range counterfoil.Actions() {
			values = append(values, string(a))
		}
	}
	return values
}

func fieldList(seen map[string]int) counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	b.Array("fields")
	for col := range filter.NumColumns {
		b.Object("")
		b.String("name", filter.ColumnNames[col])
		b.String("kind", cmp.Or(kinds[col], "string"))
		if values := closed(col); values != nil {
			b.Array("values")
			for _, v := range values {
				b.String("", v)
			}
			b.End()
		}
		b.End()
	}
	paths := make([]string, 0, len(seen))
	for path := range seen {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(x, y string) int { return cmp.Or(cmp.Compare(seen[y], seen[x]), cmp.Compare(x, y)) })
	for _, path := range paths {
		b.Object("")
		b.String("name", path)
		b.String("kind", "data")
		b.Int("seen", int64(seen[path]))
		b.End()
	}
	b.End()
	b.End()
	return b.JSON()
}
