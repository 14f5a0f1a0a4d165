package router

import (
	"fmt"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// mapping makes the page's table from the tables that the code uses.
func mapping() []dialect.Row {
	var rows []dialect.Row
	for _, c := range ssrCategories {
		rows = append(rows, dialect.Row{Theirs: "SSR type " + c.theirs, Ours: fmt.Sprintf("category `%s`, class `%s`", c.ours, c.class)})
	}
	for _, a := range ssrActions {
		subtype := a.subtype
		if subtype == "" {
			subtype = "any other"
		}
		row := dialect.Row{Theirs: "SSR " + a.typ + "." + subtype, Ours: "action `" + string(a.action) + "`"}
		if a.class != 0 {
			row.Ours += fmt.Sprintf(", class `%s`", a.class)
		}
		if a.object != "" {
			row.Note = "object.kind `" + a.object + "`"
		}
		rows = append(rows, row)
	}
	rows = append(rows, wordRows()...)
	for kind, row := range connEvents {
		if kind > 0 {
			rows = append(rows, dialect.Row{Theirs: "conntrack " + row.name, Ours: fmt.Sprintf("`CONNTRACK`/`%s`, action `%s`", row.name, row.action)})
		}
	}
	for _, x := range endings {
		rows = append(rows, ending(x.state, x.unreplied, x.assured, x.answered, x.outcome, x.reason))
	}
	rows = append(rows,
		dialect.Row{Theirs: "log rule, a word of `allow` in its prefix", Ours: "action `flow.open`, success `true`"},
		dialect.Row{Theirs: "log rule, a word of `deny` in its prefix", Ours: "action `flow.deny`, success `false`", Note: "reason `policy:PREFIX`, `invalid_state` for invalid"},
		dialect.Row{Theirs: "log rule, neither", Ours: "no action", Note: "the kernel does not say what the rule did"})
	rows = append(rows, attrRows("conntrack attribute", connAttrs)...)
	return append(rows, attrRows("NFLOG attribute", logAttrs)...)
}

var fieldsOurs = [numSSRFields]string{ssrType: "category, class; action with the subtype", ssrSubtype: "event", ssrNode: "host (node.router)",
	ssrRouter: "host (node.router)", ssrHost: "host", ssrUser: "user", ssrAddr: "addr", ssrCollector: "svc", ssrProcess: "subject.process",
	ssrPermitted: "success", ssrReason: "success false for a session that begins", ssrAction: "the subtype of an alarm that has another",
	ssrSource: "object.name of an alarm without message", ssrMessage: "object.name of an alarm", ssrUUID: "object.id of an alarm",
	ssrDetail: "object.name of a package or service", ssrProtocol: "object", ssrSrc: "object, addr", ssrSport: "object", ssrDst: "object",
	ssrDport: "object", ssrTime: "time"}

func wordRows() (rows []dialect.Row) {
	for f := ssrType; f < numSSRFields; f++ {
		var words []string
		for w, field := range ssrWords {
			if field == f {
				words = append(words, w)
			}
		}
		slices.Sort(words)
		rows = append(rows, dialect.Row{Theirs: "SSR word " + strings.Join(words, ", "), Ours: fieldsOurs[f]})
	}
	return rows
}

func ending(state string, unreplied, assured, answered bool, outcome counterfoil.Outcome, reason string) dialect.Row {
	what := "conntrack DESTROY"
	if state != "" {
		what += ", " + state
	} else {
		what += ", a protocol without states"
	}
	if unreplied {
		what += ", UNREPLIED"
	}
	if assured {
		what += ", ASSURED"
	}
	if answered {
		what += ", reply packets counted"
	}
	ours := "success not told"
	if outcome != counterfoil.Unknown {
		ours = fmt.Sprintf("success `%t`", outcome == counterfoil.Success)
	}
	return dialect.Row{Theirs: what, Ours: ours, Note: "reason `" + reason + "`"}
}

func attrRows(what string, table []attr) (rows []dialect.Row) {
	for i, a := range table {
		if a.name == "" {
			continue
		}
		rows = append(rows, dialect.Row{Theirs: fmt.Sprintf("%s %d", what, i), Ours: "event_data." + a.name})
	}
	return rows
}
