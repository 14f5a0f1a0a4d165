package filter

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// SearchedTexts calls yield with the texts in which free words are looked for, until it returns false: user, addr, host,
// sess, svc, event, action, via, object.name, object.id, object.to, subject.name, subject.process, svc_data, event_data, and
// raw where the event is UNPARSED (elsewhere its words are in event_data). Empty ones are left out. The data columns
// are canonical JSON ([HashTokensJSON]), the others plain text ([HashTokens]).
func SearchedTexts(r *counterfoil.Record, yield func(c Column, text string) bool) {
	for _, c := range searched {
		if text := searchedText(c, r); text != "" && !yield(c, text) {
			return
		}
	}
}

// unparsed is dialect.UnparsedEvent, the name of an event that no dialect understood.
const unparsed = "UNPARSED"

var searched = [...]Column{ColUser, ColAddr, ColHost, ColSession, ColService, ColEvent, ColAction, ColVia, ColObjectName,
	ColObjectID, ColObjectTo, ColSubjectName, ColProcess, ColSvcData, ColEventData, ColRaw}

var isSearched = func() (t [NumColumns]bool) {
	for _, c := range searched {
		t[c] = c != ColRaw // raw is searched in some records only
	}
	return t
}()

func isData(c Column) bool { return c == ColSvcData || c == ColEventData }

func searchedText(c Column, r *counterfoil.Record) string {
	switch c {
	case ColSvcData:
		return string(r.SvcData)
	case ColEventData:
		return string(r.EventData)
	case ColRaw:
		if r.Name != unparsed {
			return ""
		}
	}
	s, _ := columnText(c, r)
	return s
}

// Literal gives, in lower case, the longest of w's tokens that are ASCII, "" if none is. A text of which w is true holds it in upper or
// lower case, or has a byte above 0x7f: there are runes whose lower case is ASCII.
func (w Words) Literal() (longest string) {
	for start, end, ascii := nextToken(w.Text, 0, false); start < len(w.Text); start, end, ascii = nextToken(w.Text, end, false) {
		if ascii && end-start > len(longest) {
			longest = w.Text[start:end]
		}
	}
	return strings.ToLower(longest)
}

// evalWords reports whether the tokens of w follow one another in a searched text.
func evalWords(w Words, r *counterfoil.Record) bool {
	start, end, ascii := nextToken(w.Text, 0, false)
	if start >= len(w.Text) {
		return true // nothing is asked for
	}
	next, _, _ := nextToken(w.Text, end, false)
	f := newFinder(w.Text[start:end], w.Prefix && next >= len(w.Text))
	for _, c := range searched {
		text := searchedText(c, r)
		switch {
		case text == "":
		case !ascii:
			if w.within(text, isData(c), 0, len(text), start, end) {
				return true
			}
		case f.find(text, isData(c), func(s, e int) bool { return w.within(text, isData(c), s, e, start, end) }):
			return true
		}
	}
	return false
}

// within reports whether w is true of text from a token on that begins in [from,to); its own first token stands at
// [start,end).
func (w Words) within(text string, json bool, from, to, start, end int) bool {
	first := w.Text[start:end]
	for i := from; ; {
		s, e, _ := nextToken(text, i, json)
		if s >= to {
			return false
		}
		if n := foldPrefix(text[s:e], first); n >= 0 && w.follows(text, json, e, end, n == e-s) {
			return true
		}
		i = e
	}
}

// follows reports whether the tokens of w from end on follow in text from i on. whole says that the token before was
// met whole, not only its beginning.
func (w Words) follows(text string, json bool, i, end int, whole bool) bool {
	for {
		s, e, _ := nextToken(w.Text, end, false)
		if s >= len(w.Text) {
			return whole || w.Prefix
		}
		if !whole {
			return false
		}
		ts, te, _ := nextToken(text, i, json)
		n := foldPrefix(text[ts:te], w.Text[s:e])
		if n <= 0 {
			return false
		}
		i, end, whole = te, e, n == te-ts
	}
}
