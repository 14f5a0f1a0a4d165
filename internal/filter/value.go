package filter

import (
	"strconv"

	"github.com/counterfoil/counterfoil"
)

// val is one value of a field in a record.
type val struct {
	kind ValueKind
	s    string // string; text of a number from data
	i    int64  // number of a column (where s is empty), time, or 1 for true
}

// structure is the kind of an object in data: it exists and is nothing that a literal could equal.
const structure ValueKind = 255

// text gives what string tests look at. Numbers and bools have a text for Match only.
func (v val) text() string {
	switch v.kind {
	case StringValue:
		return v.s
	case NumberValue:
		if v.s != "" {
			return v.s
		}
		return strconv.FormatInt(v.i, 10)
	case BoolValue:
		return strconv.FormatBool(v.i == 1)
	case TimeValue:
		return counterfoil.Time(v.i).String()
	}
	return ""
}

// some reports whether test is true of a value of f in r.
func some(f Field, r *counterfoil.Record, test func(val) bool) bool {
	switch f.Column {
	case ColSvcData:
		return someData(r.SvcData, f.Path, test)
	case ColEventData:
		return someData(r.EventData, f.Path, test)
	case ColSeq:
		return test(val{kind: NumberValue, i: int64(r.Seq)})
	case ColTime:
		return test(val{kind: TimeValue, i: int64(r.Time)})
	case ColReceived:
		return test(val{kind: TimeValue, i: int64(r.Received)})
	case ColPID:
		return r.Subject.PID != 0 && test(val{kind: NumberValue, i: r.Subject.PID})
	case ColSuccess:
		return r.Outcome != counterfoil.Unknown && test(boolean(r.Outcome == counterfoil.Success))
	case ColClass:
		for c := r.Class; c != 0; c &= c - 1 {
			if name := className(c & -c); name != "" && test(val{kind: StringValue, s: name}) {
				return true
			}
		}
		return false
	}
	s, ok := columnText(f.Column, r)
	return ok && test(val{kind: StringValue, s: s})
}

func boolean(b bool) val {
	if b {
		return val{kind: BoolValue, i: 1}
	}
	return val{kind: BoolValue}
}

var classNames = counterfoil.AllClasses.Names()

// className gives the name of a set of one class, without allocation.
func className(c counterfoil.Class) string {
	for i, name := range classNames {
		if c == 1<<i {
			return name
		}
	}
	return ""
}

// columnText gives the value of a column that holds one string, and whether it has a value.
func columnText(c Column, r *counterfoil.Record) (s string, ok bool) {
	switch c {
	case ColAID:
		if !r.AID.IsZero() {
			s = r.AID.String()
		}
	case ColVersion:
		s = strconv.Itoa(r.Major) + "." + strconv.Itoa(r.Minor)
	case ColVia:
		s = r.Via
	case ColDialect:
		s = r.Dialect
	case ColHost:
		s = r.Host
	case ColService:
		s = r.Service
	case ColEvent:
		s = r.Name
	case ColCategory:
		s = r.Category.String()
	case ColAction:
		s = string(r.Action)
	case ColAddr:
		s = r.Addr
	case ColUser:
		s = r.User
	case ColSession:
		s = r.Session
	case ColLoginID:
		s = r.Subject.LoginID
	case ColSubjectID:
		s = r.Subject.ID
	case ColSubjectName:
		s = r.Subject.Name
	case ColGroup:
		s = r.Subject.Group
	case ColTerminal:
		s = r.Subject.Terminal
	case ColProcess:
		s = r.Subject.Process
	case ColObjectKind:
		s = r.Object.Kind
	case ColObjectName:
		s = r.Object.Name
	case ColObjectID:
		s = r.Object.ID
	case ColObjectTo:
		s = r.Object.To
	case ColRaw:
		s = r.Raw
	}
	return s, s != ""
}

// someData reports whether test is true of a value at path below j, or of j's whole text if path is empty.
func someData(j counterfoil.JSON, path []string, test func(val) bool) bool {
	switch {
	case j == "":
		return false
	case len(path) == 0:
		return test(val{kind: StringValue, s: j.Text()})
	case j.Kind() != '{':
		return false
	}
	return walk(j, path, test)
}

// walk follows path from j into objects, and into every element of arrays.
func walk(j counterfoil.JSON, path []string, test func(val) bool) bool {
	for {
		switch j.Kind() {
		case '[':
			for e := range j.Elements() {
				if walk(e, path, test) {
					return true
				}
			}
			return false
		case '{':
			if len(path) == 0 {
				return test(val{kind: structure})
			}
			j, path = j.Member(path[0]), path[1:]
			if j == "" {
				return false
			}
			continue
		}
		return len(path) == 0 && test(scalar(j))
	}
}

func scalar(j counterfoil.JSON) val {
	switch j.Kind() {
	case '"':
		return val{kind: StringValue, s: j.Text()}
	case 't', 'f':
		return boolean(j == "true")
	case 'n':
		return val{kind: NullValue}
	}
	return val{kind: NumberValue, s: string(j)}
}
