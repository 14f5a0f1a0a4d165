package filter

import "slices"

// Equal reports whether two filters are the same tree. Regular expressions are compared by their text.
func Equal(a, b Expr) bool {
	switch a := a.(type) {
	case And:
		b, ok := b.(And)
		return ok && slices.EqualFunc(a.X, b.X, Equal)
	case Or:
		b, ok := b.(Or)
		return ok && slices.EqualFunc(a.X, b.X, Equal)
	case Not:
		b, ok := b.(Not)
		return ok && Equal(a.X, b.X)
	case Compare:
		b, ok := b.(Compare)
		return ok && a.Field.Equal(b.Field) && a.Op == b.Op && a.Value == b.Value
	case In:
		b, ok := b.(In)
		return ok && a.Field.Equal(b.Field) && slices.Equal(a.Values, b.Values)
	case Contains:
		b, ok := b.(Contains)
		return ok && a.Field.Equal(b.Field) && a.Text == b.Text && a.Fold == b.Fold
	case Prefix:
		b, ok := b.(Prefix)
		return ok && a.Field.Equal(b.Field) && a.Text == b.Text
	case Match:
		b, ok := b.(Match)
		return ok && a.Field.Equal(b.Field) && a.Re.text == b.Re.text
	case Exists:
		b, ok := b.(Exists)
		return ok && a.Field.Equal(b.Field)
	case Reach:
		b, ok := b.(Reach)
		return ok && a.Field.Equal(b.Field) && a.Straight == b.Straight && equalTests(a.Test, b.Test)
	case Words, All, None, nil:
		switch b.(type) {
		case Words, All, None, nil:
			return a == b
		}
	}
	return false
}

func equalTests(a, b Test) bool {
	switch a := a.(type) {
	case Among:
		b, ok := b.(Among)
		return ok && slices.Equal(a.Values, b.Values)
	case Matches:
		b, ok := b.(Matches)
		return ok && a.Re.text == b.Re.text
	case Element:
		b, ok := b.(Element)
		return ok && a.Documents == b.Documents && Equal(a.X, b.X)
	case Fails:
		b, ok := b.(Fails)
		return ok && a.Null == b.Null && equalTests(a.Test, b.Test)
	}
	switch b.(type) {
	case Among, Matches, Element, Fails:
		return false
	}
	return a == b
}

// Equal reports whether f and g name the same.
func (f Field) Equal(g Field) bool { return f.Column == g.Column && slices.Equal(f.Path, g.Path) }
