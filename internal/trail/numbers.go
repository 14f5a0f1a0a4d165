package trail

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Numbers are what a source's own serial numbers say. Linux numbers its audit events densely from each start of the
// machine, so that a number that is missing is an event that was lost or kept from us, if no policy refused it and no rule let it
// expire.
type Numbers struct {
	Seen      uint64 `json:"seen"`
	Forgotten uint64 `json:"forgotten,omitempty"` // records that are there, but whose numbers were forgotten
	Missing   uint64 `json:"missing"`             // neither seen nor forgotten; those of refused and expired records are among them
	Starts    int    `json:"starts"`              // how often the numbers began again
}

type serialTally struct {
	Least     uint64  `json:"least"` // since the numbers last began
	Greatest  uint64  `json:"greatest"`
	Seen      uint64  `json:"seen"`
	Forgotten uint64  `json:"forgotten,omitempty"`
	Between   uint64  `json:"between,omitempty"` // of the forgotten, those between records whose numbers are seen
	Behind    uint64  `json:"behind,omitempty"`  // and those behind the last of these
	Before    Numbers `json:"before"`            // of the earlier starts
}

// source is an input and a host, of any bytes, which JSON alone would not give back.
type source struct{ name string }

func (s source) MarshalText() ([]byte, error) { return []byte(strconv.QuoteToASCII(s.name)), nil }

func (s *source) UnmarshalText(b []byte) (err error) {
	s.name, err = strconv.Unquote(string(b))
	return err
}

// restartBelow is how far a serial number must fall back to be that of another start; less is the disorder of events
// that were put together from several records.
const restartBelow = 1 << 12

// Serial takes the number of the next record of a source that has one.
func (t *Tally) Serial(of string, n serialNumber) {
	s := t.Serials[source{of}]
	if s == nil {
		s = &serialTally{}
		t.Serials[source{of}] = s
	}
	switch {
	case n.forgotten:
		s.Forgotten++
		s.Behind++
		return
	case s.Seen == 0:
		s.Least, s.Greatest = n.n, n.n
	case n.n+restartBelow < s.Greatest:
		*s = serialTally{Before: s.numbers(), Least: n.n, Greatest: n.n}
	default:
		s.Between += s.Behind
	}
	s.Least, s.Greatest, s.Behind = min(s.Least, n.n), max(s.Greatest, n.n), 0
	s.Seen++
}

// serialNumber is a source's own number of a record.
type serialNumber struct {
	n         uint64
	forgotten bool // it had one, as far as its open half tells
}

// numbers is what all starts say up to now.
func (s *serialTally) numbers() Numbers {
	n := s.Before
	n.Seen += s.Seen
	n.Forgotten += s.Forgotten
	if s.Seen > 0 {
		span := s.Greatest - s.Least + 1
		n.Missing += span - min(span, s.Seen+s.Between)
		n.Starts++
	}
	return n
}

// serialOf gives a source's own number of a record, if it has one.
func serialOf(r *counterfoil.Record) (n serialNumber, ok bool) {
	if !strings.HasPrefix(r.Dialect, "linux/") {
		return n, false
	}
	if r.IsForgotten() {
		n.forgotten = r.Name != UnparsedName
		return n, n.forgotten
	}
	number, err := strconv.ParseUint(string(r.EventData.Member("src").Member("serial")), 10, 63)
	return serialNumber{n: number}, err == nil
}
