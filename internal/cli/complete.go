package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// completeQuery completes the last word of a query: names of fields, and behind a field with few values its values.
func completeQuery(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	start := strings.LastIndexAny(typed, " (") + 1
	head, word := typed[:start], typed[start:]
	var out []string
	add := func(candidate, doc string) {
		if strings.HasPrefix(candidate, word) {
			if doc != "" {
				candidate += "\t" + doc
			}
			out = append(out, head+candidate)
		}
	}
	for _, op := range []string{"!=", "="} {
		if field, _, ok := strings.Cut(word, op); ok {
			for _, v := range valuesOf(field) {
				add(field+op+v[0], v[1])
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		}
	}
	for _, name := range filter.ColumnNames {
		add(name, "")
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// valuesOf gives the values of a field that has few, each with what it means.
func valuesOf(field string) (values [][2]string) {
	switch field {
	case "success":
		return [][2]string{{"true", ""}, {"false", ""}}
	case "category":
		for _, c := range counterfoil.Categories() {
			values = append(values, [2]string{c, ""})
		}
	case "class":
		for _, name := range counterfoil.AllClasses.Names() {
			c, err := counterfoil.ParseClass(name)
			if err != nil {
				panic(err) // a name of the list is a name
			}
			values = append(values, [2]string{name, c.Doc()})
		}
	case "action":
		for _, a := range counterfoil.Actions() {
			values = append(values, [2]string{string(a), ""})
		}
	case "dialect":
		for _, d := range all.Dialects {
			if canRead(d) {
				values = append(values, [2]string{d.ID(), ""})
			}
		}
	}
	return values
}
