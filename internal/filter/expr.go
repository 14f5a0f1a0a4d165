// Package filter owns the one meaning of every filter: a dozen node kinds and [Eval]. Grammars (searchq, …) only make
// nodes; stores may skip what cannot match, but only by over-approximation. Pure: no clock, no I/O.
//
// # Fields and values
//
// A field of a record has no value, one, or many (an array in event_data has its elements' values, at any depth:
// event_data.users.user reaches into each element of users). A node with a field is true if it is true of at least one
// value; a field without value makes every node but Exists false. Not negates the whole: `not user = anna` and
// `user != anna` are true of a record without user. null in data is a value that equals only the literal null.
//
// The conditions of MongoDB and of TrueNAS see values another way: arrays one level at a time, null where there is nothing,
// no type like another, numbers in paths as positions. [Reach] is the one node for them, and a [Test] is what it asks.
//
// In detail: the empty string is a value in data, and no value in a column. An empty array has no value; an object is one
// that only Exists is true of. svc_data and event_data themselves, without a path, are one string: their JSON text, or the
// string they hold. false lies before true. seq, time and received always have a value.
package filter

import "github.com/counterfoil/counterfoil"

// Expr is a filter: one of the node types of this package. The zero filter is All{}.
type Expr interface{ isExpr() }

type (
	// All is true of every record.
	All struct{}
	// None is true of no record.
	None struct{}
	// And is true if every X is; empty, it is true.
	And struct{ X []Expr }
	// Or is true if some X is; empty, it is false.
	Or struct{ X []Expr }
	// Not is true if X is not.
	Not struct{ X Expr }
	// Compare orders a value of the field against a literal. Strings compare by their bytes, numbers by value, times
	// by moment; values of another type than the literal do not match, but a string value that is a JSON number
	// equals and orders against a number literal ("9007199254740993" is a number that JSON cannot carry), and one
	// that is an RFC 3339 time against a time literal. Numbers are their decimal digits: 0.1 is not the float64 beside it.
	Compare struct {
		Field Field
		Op    Op
		Value Value
	}
	// In is true if a value equals one of Values.
	In struct {
		Field  Field
		Values []Value
	}
	// Contains is true if a string value, or the canonical text of a time, contains Text; Fold ignores case as strings.ToLower does.
	Contains struct {
		Field Field
		Text  string
		Fold  bool
	}
	// Prefix is true if a string value, or the canonical text of a time, begins with Text.
	Prefix struct {
		Field Field
		Text  string
	}
	// Match is true if Re matches in a string value, or in the text of a number, bool or time.
	Match struct {
		Field Field
		Re    *Regexp
	}
	// Exists is true if the field has a value.
	Exists struct{ Field Field }
	// Words is free text: true if the tokens of Text follow one another in one of the searched texts of the record.
	// See [Tokens] for what a token is and [SearchedTexts] for where it looks. Prefix lets the last token be the
	// beginning of one. A Text without tokens asks for nothing: true.
	Words struct {
		Text   string
		Prefix bool
	}
	// Reach is true if Test is of a value that Path leads to. A column is the value that it is in the message, class an
	// array, time and received dates; it is missing where it is empty.
	Reach struct {
		Field    Field // of any column
		Straight bool  // the way is TrueNAS's, not MongoDB's: see reach.go
		Test     Test
	}
)

func (All) isExpr()      {}
func (None) isExpr()     {}
func (And) isExpr()      {}
func (Or) isExpr()       {}
func (Not) isExpr()      {}
func (Compare) isExpr()  {}
func (In) isExpr()       {}
func (Contains) isExpr() {}
func (Prefix) isExpr()   {}
func (Match) isExpr()    {}
func (Exists) isExpr()   {}
func (Words) isExpr()    {}
func (Reach) isExpr()    {}

// FieldOf gives the field that a node looks at; ok is false for those that look at none or at many.
func FieldOf(x Expr) (f Field, ok bool) {
	switch x := x.(type) {
	case Compare:
		return x.Field, true
	case In:
		return x.Field, true
	case Contains:
		return x.Field, true
	case Prefix:
		return x.Field, true
	case Match:
		return x.Field, true
	case Exists:
		return x.Field, true
	case Reach:
		return x.Field, true
	}
	return f, false
}

// Op is a comparison. Not-equal is Not{Compare{Eq}}: there is no node for it.
type Op uint8

const (
	Eq Op = iota
	Lt
	Le
	Gt
	Ge
)

// Value is a literal.
type Value struct {
	Kind ValueKind
	Str  string  // for Str
	Num  float64 // for Num; for an integer beyond 2^53 Str has its digits too
	Bool bool
	Time counterfoil.Time
}

// ValueKind is the type of a Value.
type ValueKind uint8

const (
	NullValue ValueKind = iota
	StringValue
	NumberValue
	BoolValue
	TimeValue
)

// Column is a field of the canonical message that a store keeps as a column of its own.
type Column uint8

const (
	ColAID     Column = iota
	ColVersion        // vers, as "1.0"
	ColSeq
	ColTime
	ColReceived
	ColVia
	ColDialect
	ColHost
	ColService
	ColEvent
	ColClass // many values: the names
	ColCategory
	ColAction
	ColSuccess // no value where not told
	ColAddr
	ColUser
	ColSession
	ColLoginID
	ColSubjectID
	ColSubjectName
	ColGroup
	ColTerminal
	ColPID
	ColProcess
	ColObjectKind
	ColObjectName
	ColObjectID
	ColObjectTo
	ColSvcData
	ColEventData
	ColRaw
	NumColumns
)

// ColumnNames are the names of the columns in the message and in filters.
var ColumnNames = [NumColumns]string{"aid", "vers", "seq", "time", "received", "via", "dialect", "host", "svc", "event", "class",
	"category", "action", "success", "addr", "user", "sess", "subject.login_id", "subject.id", "subject.name", "subject.group",
	"subject.terminal", "subject.pid", "subject.process", "object.kind", "object.name", "object.id", "object.to", "svc_data",
	"event_data", "raw"}

// Field names what a node looks at: a column, or a path inside one of the two data columns.
type Field struct {
	Column Column
	Path   []string // keys below svc_data or event_data, in a Reach below any column; empty: the column itself (for data, its whole text)
}
