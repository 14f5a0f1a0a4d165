package csv

import (
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes comma-separated values.
var Dialect = &dialect.Dialect{
	Name:    "csv",
	Version: 1,
	Doc: `comma-separated values for spreadsheets (RFC 4180), and those of other programs, with a mapping
Writing: one row an event under a header row. A cell that begins with = + - @ TAB CR LF or ' gets a ' before it, so that no
spreadsheet runs it as a formula; bytes that are not UTF-8 and control characters are shown as \xff. Use jsonl where the
bytes must be exact.
Reading: what we wrote is read as it is. Of other tables the option map says which column is what, such as
map=time=When,user=Who,object.name=Path,svc==PAYROLL,event=What (== a constant); the other columns go into event_data.`,
	Split:   split,
	Sniff:   sniff,
	Options: func() any { return &Options{} },
	Mapping: mapping,
	Decode: func(opts any) (dialect.Decoder, error) {
		o, err := options(opts)
		if err != nil {
			return nil, err
		}
		return newDecoder(o)
	},
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := options(opts)
		if err != nil {
			return nil, err
		}
		return newEncoder(w, o)
	},
}

// Options of both ways.
type Options struct {
	// Columns are the names of the columns in their order, of those that [Columns] lists. Empty: all of them.
	Columns []string `yaml:"columns" doc:"writing: names of the columns, in this order; not set: all"`
	// Map says what the columns are: "user=Who" a column, "svc==PAYROLL" a constant.
	Map []string `yaml:"map" doc:"reading: FIELD=COLUMN or FIELD==CONSTANT, parted by commas"`
	// Time is the layout of the column that is time.
	Time string `yaml:"time" doc:"reading: rfc3339 (not set), unix, unix-ms, unix-us, unix-ns, or as strftime: %d/%b/%Y:%H:%M:%S %z"`
	// Zone is that of times which have none.
	Zone string `yaml:"zone" doc:"reading: offset of times without one, such as +02:00; not set: UTC"`
	// Success and Failure are words of the column that is success, in any case.
	Success   []string `yaml:"success" doc:"reading: words that mean success; not set: true, yes, ok, success, allowed, …"`
	Failure   []string `yaml:"failure" doc:"reading: words that mean failure; not set: false, no, failed, failure, denied, …"`
	Separator string   `yaml:"separator" doc:"reading: one of , ; and tab; not set: the comma"`
}

func options(opts any) (Options, error) {
	o, ok := opts.(*Options)
	switch {
	case !ok && opts != nil:
		return Options{}, fmt.Errorf("csv: options are %T, want *csv.Options", opts)
	case o == nil:
		return Options{}, nil
	}
	return *o, nil
}
