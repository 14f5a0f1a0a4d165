package config

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/dialect/syslog"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// The formats of Percona's server: dialect mongo.
const (
	formatJSON = "JSON"
	formatBSON = "BSON"
)

// complete fills in what an output need not say.
func (o *Output) complete() {
	o.Format = cmp.Or(o.Format, formatJSON)
	o.From = cmp.Or(o.From, "now")
	switch o.Type {
	case "file":
		o.Rotate = cmp.Or(o.Rotate, "rename")
		if o.Path == "" && o.percona() {
			o.Path = "auditLog." + strings.ToLower(o.Format)
		}
	case "syslog":
		o.Address = cmp.Or(o.Address, "unix:///dev/log")
		o.Facility = cmp.Or(o.Facility, "user")
	}
}

func (o *Output) percona() bool { return o.Format == formatJSON || o.Format == formatBSON }

// Form is the format with its options: what is written in another form does not belong behind it.
func (o *Output) Form() string {
	if len(o.Options) == 0 {
		return o.Format
	}
	options, err := json.Marshal(o.Options) // in the order of their names
	if err != nil {
		panic("config: options that were read from YAML are no JSON: " + err.Error())
	}
	return o.Format + " " + string(options)
}

// Encoder makes what writes records in the output's format. An *optionError names the option that is wrong.
func (o *Output) Encoder(w io.Writer) (dialect.Encoder, error) {
	name, given := o.Format, o.Options
	if o.percona() {
		name, given = "mongo", map[string]any{"format": strings.ToLower(o.Format)}
	}
	d, ok := all.Lookup(name)
	if !ok || d.Encode == nil {
		return nil, fmt.Errorf("format %q cannot be written", o.Format)
	}
	opts, err := optionsOf(d, given)
	if err != nil {
		return nil, err
	}
	enc, err := d.NewEncoder(w, opts)
	if err != nil {
		return nil, &optionError{"", err}
	}
	return enc, nil
}

// Wanted says which records the output passes on.
func (o *Output) Wanted() (filter.Expr, error) {
	q, err := standing(o.Filter, time.Local)
	if err != nil {
		return nil, err
	}
	if q.From != 0 || q.To != 0 {
		return nil, errors.New("an output passes records on as they come: since, until and the like mean nothing in its filter")
	}
	if o.authorizationSuccess() {
		return q.Expr, nil
	}
	return filter.And{X: []filter.Expr{q.Expr, filter.Not{X: successfulAuthCheck}}}, nil
}

// authorizationSuccess is Percona's auditAuthorizationSuccess.
func (o *Output) authorizationSuccess() bool {
	if o.AuthorizationSuccess != nil {
		return *o.AuthorizationSuccess
	}
	return !o.percona()
}

var successfulAuthCheck = filter.And{X: []filter.Expr{
	filter.Prefix{Field: filter.Field{Column: filter.ColDialect}, Text: "mongo/"},
	filter.Compare{Field: filter.Field{Column: filter.ColEvent}, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: "AUTHCHECK"}},
	filter.Compare{Field: filter.Field{Column: filter.ColSuccess}, Op: filter.Eq, Value: filter.Value{Kind: filter.BoolValue, Bool: true}},
}}

// Destination gives the network and the address of a syslog output.
func (o *Output) Destination() (network, address string, err error) {
	u, err := url.Parse(o.Address)
	if err != nil {
		return "", "", fmt.Errorf("address %q is no unix://PATH, udp://HOST:PORT or tcp://HOST:PORT", o.Address)
	}
	switch {
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return "unixgram", u.Path, nil
	case (u.Scheme == "udp" || u.Scheme == "tcp") && u.Path == "" && u.Hostname() != "" && badListen(u.Host) == "":
		return u.Scheme, u.Host, nil
	}
	return "", "", fmt.Errorf("address %q is no unix://PATH, udp://HOST:PORT or tcp://HOST:PORT", o.Address)
}

// binary are dialects whose records are no lines of text.
var binary = []string{"bsm"}

func (s *source) checkOutput(c *Config, i int) {
	o, at := &c.Outputs[i], fmt.Sprintf("$.outputs[%d]", i)
	switch {
	case o.Name == "":
		s.atPath(at, "an output needs a name: its cursor is kept under it")
	case badName(o.Name):
		s.atPath(at+".name", "name %q: use letters, digits, '.', '_' and '-'", o.Name)
	case slices.ContainsFunc(c.Outputs[:i], func(p Output) bool { return p.Name == o.Name }):
		s.atPath(at+".name", "a second output of the name %q: names must differ, cursors are kept under them", o.Name)
	}
	if o.Type == "" {
		s.atPath(at, "output %q needs a type: one of %s", o.Name, strings.Join(outputTypes, ", "))
		return
	}
	if !s.oneOf(at+".type", "type", o.Type, outputTypes) {
		return
	}
	s.onlyFor(at, "path", o.Path, o.Type, "file")
	s.onlyFor(at, "rotate", o.Rotate, o.Type, "file")
	s.onlyFor(at, "address", o.Address, o.Type, "syslog")
	s.onlyFor(at, "facility", o.Facility, o.Type, "syslog")
	s.oneOf(at+".from", "from", o.From, []string{"now", "start"})
	s.checkFormat(o, at)
	if _, err := o.Wanted(); err != nil {
		s.atPath(at+".filter", "filter: %v", err)
	}
	switch o.Type {
	case "file":
		s.oneOf(at+".rotate", "rotate", o.Rotate, []string{"rename", "reopen"})
		if o.Path == "" {
			s.atPath(at, "output %q of format %s needs the key path", o.Name, o.Format)
		}
		if slices.ContainsFunc(c.Outputs[:i], func(p Output) bool { return p.Type == "file" && filepath.Clean(p.Path) == filepath.Clean(o.Path) }) {
			s.atPath(at+".path", "a second output to %s: a file has one writer", o.Path)
		}
	case "syslog":
		s.oneOf(at+".facility", "facility", o.Facility, syslog.Facilities())
		if _, _, err := o.Destination(); err != nil {
			s.atPath(at+".address", "%v", err)
		}
	}
}

// checkFormat tries the format and its options: what is wrong with them is found before anything is started.
func (s *source) checkFormat(o *Output, at string) {
	words := append([]string{formatJSON, formatBSON}, writable()...)
	if !s.oneOf(at+".format", "format", o.Format, words) {
		return
	}
	if o.percona() && len(o.Options) > 0 {
		s.atPath(at+".options", "options mean nothing for the format %s: leave them out", o.Format)
		return
	}
	isBinary := o.Format == formatBSON || slices.Contains(binary, o.Format) || o.Format == "mongo" && o.Options["format"] == "bson"
	if isBinary && o.Type != "file" {
		s.atPath(at+".format", "%s audit log format is only allowed when audit log destination is a 'file'", o.Format)
		return
	}
	if o.Type == "syslog" && o.Format == "syslog" && o.Options["octet-counting"] != nil {
		s.atPath(at+".options.octet-counting", "octet-counting is what the output does over tcp://: leave it out")
		return
	}
	_, err := o.Encoder(io.Discard)
	var bad *optionError
	switch {
	case errors.As(err, &bad) && bad.name != "":
		s.atPath(at+".options."+bad.name, "%v", err)
	case err != nil:
		s.atPath(at+".options", "%v", err)
	}
}

// onlyFor checks that a key is not given where it would do nothing.
func (s *source) onlyFor(at, key, value, kind, wanted string) {
	if value != "" && kind != wanted {
		s.atPath(at+"."+key, "%s means nothing for an output of type %s: leave it out", key, kind)
	}
}

// writable lists the dialects that can be written.
func writable() (names []string) {
	for _, d := range all.Dialects {
		if d.Encode != nil {
			names = append(names, d.Name)
		}
	}
	return names
}
