package mongo

import (
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes audit logs of MongoDB servers.
var Dialect = &dialect.Dialect{
	Name:    "mongo",
	Version: 1,
	Doc: `MongoDB audit logs: Percona Server for MongoDB (JSON and BSON), MongoDB Enterprise (mongo and OCSF schemas)
JSON lines or BSON documents one after another, told apart by their bytes. Written is Percona's form, JSON or BSON by the
option format. A record of another dialect becomes the audit event that is nearest to it, with its own message beside it
in the field "counterfoil", from which it is read back.`,
	Split:   split,
	Sniff:   sniff,
	Options: func() any { o := defaults; return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		_, err := options(opts)
		return &decoder{}, err
	},
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := options(opts)
		return &encoder{w: w, bson: o.Format == formatBSON}, err
	},
	Mapping: mapping,
}

const (
	formatJSON = "json"
	formatBSON = "bson"
)

// Options of writing; reading finds the form by itself.
type Options struct {
	// Format is json (one document a line, the server's LegacyStrict form) or bson.
	Format string `yaml:"format"`
}

var defaults = Options{Format: formatJSON}

func options(opts any) (Options, error) {
	o := defaults
	if p, ok := opts.(*Options); ok && p != nil {
		o = *p
	} else if opts != nil && !ok {
		return o, fmt.Errorf("mongo: options are %T, want *mongo.Options", opts)
	}
	if o.Format != formatJSON && o.Format != formatBSON {
		return o, fmt.Errorf("mongo: format is %q, want %s or %s", o.Format, formatJSON, formatBSON)
	}
	return o, nil
}
