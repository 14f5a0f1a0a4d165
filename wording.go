package counterfoil

import (
	"fmt"
	"strings"
	"sync"
)

// wording is a piece of a sentence's template, taken apart once: a table of events asks for one sentence a row.
type wording struct {
	kind  wordingKind
	text  string          // of verbatim; of byOutcome the words for a failure, "" where there are none
	field sentenceField   // of ofField
	inner []wording       // of byOutcome the words otherwise, of optional the part
	needs []sentenceField // of optional: the fields in it
}

type wordingKind uint8

const (
	verbatim  wordingKind = iota
	ofField               // {user}
	byOutcome             // <did|failed to do>
	optional              // [ on {host}]
)

// sentenceField is a field that a template may name.
type sentenceField uint8

const (
	ofUser sentenceField = iota
	ofObject
	ofTo
	ofHost
	ofAddr
	ofService
	ofProcess
	ofName
)

var sentenceFields = map[string]sentenceField{"user": ofUser, "object": ofObject, "to": ofTo, "host": ofHost, "addr": ofAddr, "svc": ofService,
	"process": ofProcess, "name": ofName}

// wordings are the templates of [sentences], and under noAction that of all other actions.
var wordings = sync.OnceValue(func() map[Action][]wording {
	m := map[Action][]wording{noAction: wordingOf(unknownSentence)}
	for action, template := range sentences {
		m[action] = wordingOf(template)
	}
	return m
})

// noAction is none of the vocabulary, nor the empty one.
const noAction Action = "?"

// wordingOf takes a template apart.
func wordingOf(t string) (pieces []wording) {
	for t != "" {
		i := strings.IndexAny(t, "{<[")
		if i < 0 {
			i = len(t)
		}
		if i > 0 {
			pieces = append(pieces, wording{text: t[:i]})
		}
		if i == len(t) {
			break
		}
		end := i + strings.IndexByte(t[i:], "}>]"[strings.IndexByte("{<[", t[i])])
		inner := t[i+1 : end]
		switch t[i] {
		case '{':
			pieces = append(pieces, wording{kind: ofField, field: sentenceFieldOf(inner)})
		case '<':
			did, failed, _ := strings.Cut(inner, "|")
			pieces = append(pieces, wording{kind: byOutcome, text: failed, inner: wordingOf(did)})
		case '[':
			p := wording{kind: optional, inner: wordingOf(inner)}
			for _, x := range p.inner {
				if x.kind == ofField {
					p.needs = append(p.needs, x.field)
				}
			}
			pieces = append(pieces, p)
		}
		t = t[end+1:]
	}
	return pieces
}

func sentenceFieldOf(name string) sentenceField {
	f, ok := sentenceFields[name]
	if !ok {
		panic(fmt.Sprintf("counterfoil: sentence template has unknown field %q", name))
	}
	return f
}
