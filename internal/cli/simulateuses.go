package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/coverage"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/simulate"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// mostQuestions is how many of the questions that were asked are looked at.
const mostQuestions = 50

// uses finds what looks at records.
func (s *simulation) uses(ctx context.Context, d *directory, v *trail.View, q *simulate.Question) error {
	settings, err := s.settings(ctx, v)
	if err != nil {
		return err
	}
	outputs, err := outputUses(settings)
	if err != nil {
		return err
	}
	retention, err := retentionUses(settings)
	if err != nil {
		return err
	}
	holds, err := holdUses(d)
	if err != nil {
		return err
	}
	controls, err := controlUses()
	if err != nil {
		return err
	}
	questions, err := s.questionUses(ctx, v, q)
	if err != nil {
		return err
	}
	for _, k := range []struct {
		kind string
		list []simulate.Use
	}{{"output", outputs}, {"hold", holds}, {"retention", retention}, {"control", controls}, {"question", questions}} {
		s.looked = append(s.looked, looked{k.kind, len(k.list)})
		for _, u := range k.list {
			u.Kind = k.kind
			q.Uses = append(q.Uses, u)
		}
	}
	return nil
}

// settings gives the keys of the configuration: of the file that was named, or as the trail tells them.
func (s *simulation) settings(ctx context.Context, v *trail.View) (list []config.Setting, err error) {
	if s.config != "" {
		c, err := config.Load(s.config)
		if err != nil {
			return nil, policyError(err)
		}
		return c.Settings(), nil
	}
	err = each(ctx, v, "svc = COUNTERFOIL and via = counterfoil and success = true and event = CONFIG", func(r *counterfoil.Record) bool {
		list = nil
		for key, value := range r.EventData.Member("settings").Members() {
			list = append(list, config.Setting{Key: strings.Clone(key), Value: strings.Clone(value.Text())})
		}
		return true
	})
	return list, err
}

// below gives the settings of things with a name: prefix.NAME.key, by name.
func below(settings []config.Setting, prefix string) map[string]map[string]string {
	of := map[string]map[string]string{}
	for _, x := range settings {
		rest, is := strings.CutPrefix(x.Key, prefix+".")
		i := strings.LastIndexByte(rest, '.')
		if !is || i < 0 {
			continue
		}
		if of[rest[:i]] == nil {
			of[rest[:i]] = map[string]string{}
		}
		of[rest[:i]][rest[i+1:]] = x.Value
	}
	return of
}

func outputUses(settings []config.Setting) (list []simulate.Use, err error) {
	outputs := below(settings, "outputs")
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		set := outputs[name]
		if set["type"] == "" {
			continue // options of an output
		}
		o := config.Output{Name: name, Filter: set["filter"], Format: set["format"]}
		if text := set["authorization-success"]; text != "" {
			yes := text == "true"
			o.AuthorizationSuccess = &yes
		}
		x, err := o.Wanted()
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", name, err)
		}
		list = append(list, simulate.Use{Name: name, Text: o.Filter, Filter: x})
	}
	return list, nil
}

// retentionUses are the rules, each for what none before it is for.
func retentionUses(settings []config.Setting) (list []simulate.Use, err error) {
	rules := below(settings, "trail.retention.rules")
	numbers := slices.SortedFunc(maps.Keys(rules), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	var before []filter.Expr
	for _, n := range numbers {
		var parts []string
		for key, column := range map[string]string{"category": "category", "input": "via"} {
			if v := rules[n][key]; v != "" {
				parts = append(parts, column+" = "+filter.Quote(v))
			}
		}
		slices.Sort(parts)
		text := strings.Join(parts, " and ")
		parsed, err := grammar.ParseIn("search", text, counterfoil.Time(0).Std())
		if err != nil {
			return nil, fmt.Errorf("retention rule %s: %w", n, err)
		}
		list = append(list, simulate.Use{Name: rules[n]["expire-after"], Text: text, Filter: filter.And{X: append(slices.Clone(before), parsed.Expr)}})
		before = append(before, filter.Not{X: parsed.Expr})
	}
	return list, nil
}

func holdUses(d *directory) (list []simulate.Use, err error) {
	holds, err := d.Holds()
	for _, h := range holds {
		parsed, perr := searchq.Parse(h.Filter, h.At.Std())
		err = errors.Join(err, perr)
		list = append(list, simulate.Use{Name: strconv.FormatUint(h.ID, 10), Text: h.Filter, Filter: parsed.Expr})
	}
	return list, err
}

func controlUses() (list []simulate.Use, err error) {
	for _, c := range coverage.Checklist {
		if c.Query == "" {
			continue
		}
		parsed, perr := searchq.Parse(c.Query, counterfoil.Time(0).Std())
		err = errors.Join(err, perr)
		list = append(list, simulate.Use{Name: c.ID, Text: c.Query, Filter: parsed.Expr})
	}
	return list, err
}

// questionUses are the queries that were asked since the span began, those first that were asked most.
func (s *simulation) questionUses(ctx context.Context, v *trail.View, q *simulate.Question) (list []simulate.Use, err error) {
	asked := map[string]int{}
	at := map[string]counterfoil.Time{}
	err = each(ctx, v, `svc = COUNTERFOIL and event in (SEARCH, COUNT, EXPORT, PROVE) and object.kind = query and object.name exists`, func(r *counterfoil.Record) bool {
		if r.Time >= q.From {
			text := strings.Clone(r.Object.Name)
			asked[text], at[text] = asked[text]+1, r.Time
		}
		return true
	})
	texts := slices.SortedFunc(maps.Keys(asked), func(a, b string) int { return cmp.Or(cmp.Compare(asked[b], asked[a]), cmp.Compare(a, b)) })
	for _, text := range texts[:min(len(texts), mostQuestions)] {
		parsed, perr := grammar.Parse(text, at[text].Std())
		if perr != nil {
			s.notes = append(s.notes, fmt.Sprintf("a question that was asked cannot be read any more: %s", text))
			continue
		}
		list = append(list, simulate.Use{Name: fmt.Sprintf("asked %d times", asked[text]), Text: text, Filter: parsed.Expr})
	}
	if n := len(texts) - mostQuestions; n > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d more questions were asked and not looked at", n))
	}
	return list, err
}
