package otlp

import (
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

const (
	// maxRecords bounds the events of one request. An empty record has three bytes, its event some hundred.
	maxRecords = 1 << 16
	// maxShared bounds what the records of a scope share: more of it is told with the first of them only.
	maxShared = 16 << 10
	// timesShared and mostShared bound what all the records of a request share: so many times the line, and so many bytes.
	timesShared, mostShared = 64, 64 << 20
)

var (
	errRequest = errors.New("byte 1: an OTLP request is an object with an array resourceLogs")
	errEmpty   = errors.New("the request has no log record")
)

// request appends an event for each log record, without raw. An error beside events means that the last one stands for
// all records from there on.
func (d *decoder) request(dst []counterfoil.Event, request counterfoil.JSON, f dialect.Frame) ([]counterfoil.Event, error) {
	resources := request.Member("resourceLogs")
	if resources.Kind() != '[' {
		return dst, errRequest
	}
	n, left := 0, min(timesShared*len(f.Data), mostShared)
	for resource := range resources.Elements() {
		for scope := range resource.Member("scopeLogs").Elements() {
			origin := d.origin(resource, scope)
			for r := range scope.Member("logRecords").Elements() {
				if n++; n > maxRecords {
					return dst, fmt.Errorf("the request has more than %d log records", maxRecords-1)
				}
				dst = append(dst, d.event(r, origin, f))
				if left -= len(origin.data); len(origin.data) > maxShared || left < 0 {
					origin = source{}
				}
			}
		}
	}
	if n == 0 {
		return dst, errEmpty
	}
	return dst, nil
}

// source is what the records of one scope share.
type source struct {
	scope    string           // its name
	resource counterfoil.JSON // its attributes
	data     counterfoil.JSON // both, whole
}

func (d *decoder) origin(resource, scope counterfoil.JSON) source {
	b := &d.b
	b.Reset()
	b.Object("")
	any := false
	for _, p := range [...]struct {
		key           string
		object, outer counterfoil.JSON
	}{{"resource", resource.Member("resource"), resource}, {"scope", scope.Member("scope"), scope}} {
		url := p.outer.Member("schemaUrl")
		if p.object.Kind() != '{' && url == "" {
			continue
		}
		any = true
		b.Object(p.key)
		for key, v := range p.object.Members() {
			appendMember(b, key, v)
		}
		b.Value("schemaUrl", url)
		b.End()
	}
	b.End()
	s := source{scope: dialect.Text(scope.Member("scope").Member("name"))}
	if any {
		s.data = b.JSON()
		s.resource = s.data.Member("resource").Member("attributes")
	}
	return s
}

// raws gives each event its part of the line: up to the end of its record, the last one all the rest.
func raws(events []counterfoil.Event, line string) {
	if len(events) == 1 {
		events[0].Raw = line
		return
	}
	w := walker{s: line}
	w.object(0)
	from := 0
	for i := range events {
		to := len(line)
		if i < len(events)-1 {
			to = w.ends[i]
		}
		events[i].Raw = line[from:to]
		from = to
	}
}

// walker finds where the log records end in the text of a request that is known to be JSON.
type walker struct {
	s    string
	i    int
	ends []int
}

// lists are the keys of the arrays that lead to log records, each in the elements of the one before.
var lists = [...]string{"resourceLogs", "scopeLogs", "logRecords"}

func (w *walker) space() {
	for w.s[w.i] == ' ' || w.s[w.i] == '\t' || w.s[w.i] == '\r' || w.s[w.i] == '\n' {
		w.i++
	}
}

// object reads the value at i; in an object it enters the list of this level.
func (w *walker) object(level int) {
	if w.space(); w.s[w.i] != '{' {
		w.skip()
		return
	}
	w.i++
	for {
		if w.space(); w.s[w.i] == '}' {
			w.i++
			return
		}
		from := w.i
		w.skip()
		key := counterfoil.JSON(w.s[from:w.i]).Text()
		w.space()
		w.i++ // the colon
		if w.space(); key == lists[level] && w.s[w.i] == '[' {
			w.array(level)
		} else {
			w.skip()
		}
		if w.space(); w.s[w.i] == ',' {
			w.i++
		}
	}
}

func (w *walker) array(level int) {
	w.i++
	for {
		if w.space(); w.s[w.i] == ']' {
			w.i++
			return
		}
		if level == len(lists)-1 {
			w.skip()
			w.ends = append(w.ends, w.i)
		} else {
			w.object(level + 1)
		}
		if w.space(); w.s[w.i] == ',' {
			w.i++
		}
	}
}

// skip reads over a value.
func (w *walker) skip() {
	for depth := 0; w.i < len(w.s); {
		switch w.s[w.i] {
		case '"':
			for w.i++; w.s[w.i] != '"'; w.i++ {
				if w.s[w.i] == '\\' {
					w.i++
				}
			}
			w.i++
		case '{', '[':
			depth++
			w.i++
			continue
		case '}', ']':
			depth--
			w.i++
		case ',', ':', ' ', '\t', '\r', '\n':
			w.i++
			continue
		default:
			w.scalar()
		}
		if depth == 0 {
			return
		}
	}
}

func (w *walker) scalar() {
	for w.i < len(w.s) {
		switch w.s[w.i] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return
		}
		w.i++
	}
}
