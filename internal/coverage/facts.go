package coverage

import (
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// Facts are what coverage is judged by.
type Facts struct {
	Now       counterfoil.Time
	Quiet     time.Duration // an input whose newest record is older is quiet
	Records   uint64
	Signed    uint64   // records that the newest checkpoint counts
	Witnesses int      // that the configuration asks for cosignatures
	Copies    []string // outputs that leave the machine
	Inputs    []*Input
	Policy    Policy
	Refusals  []*Refusal
	Kernel    *Kernel // nil: not asked
	Watch     []string
	Full      string // trail.full.action; "": the default

	answers map[string]Answer
	oldest  *counterfoil.Record
	yearOld *counterfoil.Record // the newest that came more than a year ago; nil: there is none
	expired uint64              // the greatest number that an expiry deleted
}

// Input is a way in, of the configuration or one that the trail has records by.
type Input struct {
	Name     string
	Dialect  string // of the configuration; "" where the records tell it
	Kernel   bool   // it is the kernel of the machine that the daemon runs on
	dialects []string
	seen     counterfoil.Class
	unparsed Answer
	Answer
}

// Answer is what the trail has of a query: how many records, and the newest of them.
type Answer struct {
	Count  uint64
	Newest *counterfoil.Record
}

// Policy is the one whose rules are looked at.
type Policy struct {
	Number   uint64 // in the trail; 0: from a file, or none
	Seq      uint64 // of the record that says it, where it has a number
	Spec     preselect.Spec
	Compiled *preselect.Policy // nil: there is none, and everything is kept
	Words    []string          // FreeBSD's policy words
	Place    string            // of the words
}

// Refusal is what a rule refused of an input, as the trail has counted it.
type Refusal struct {
	Rule, Place, Input string
	Count              uint64
	First, Last        uint64 // numbers of the records that count it
}

// Kernel is what the kernel of this machine audits.
type Kernel struct {
	Problem string // why it cannot be told; the rest is empty then
	Enabled bool
	Lost    uint32
	Rules   []string // as auditctl -l writes them
}
