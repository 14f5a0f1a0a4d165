package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
)

// Decoder makes a decoder of the input's dialect with the input's options. An *optionError names the option that is wrong.
func (in *Input) Decoder() (dialect.Decoder, error) {
	d, ok := all.Lookup(in.Dialect)
	if !ok || d.Decode == nil {
		return nil, fmt.Errorf("dialect %q cannot be read", in.Dialect)
	}
	opts, err := optionsOf(d, in.Options)
	if err != nil {
		return nil, err
	}
	dec, err := d.Decode(opts)
	if err != nil {
		return nil, &optionError{"", err} // two options may be wrong together
	}
	return dec, nil
}

// optionsOf gives a dialect's options with the given ones set.
func optionsOf(d *dialect.Dialect, given map[string]any) (opts any, err error) {
	if d.Options != nil {
		opts = d.Options()
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value, err := optionText(given[name])
		if err != nil {
			err = fmt.Errorf("option %q %w", name, err)
		} else {
			err = dialect.SetOption(opts, name, value)
		}
		if err != nil {
			return nil, &optionError{name, fmt.Errorf("dialect %s: %w", d.Name, err)}
		}
	}
	return opts, nil
}

type optionError struct {
	name string
	err  error
}

func (e *optionError) Error() string { return e.err.Error() }
func (e *optionError) Unwrap() error { return e.err }

// optionText gives a value as a dialect's option takes it: a list with commas.
func optionText(v any) (string, error) {
	switch v := v.(type) {
	case string, bool, int64, uint64, float64:
		return fmt.Sprint(v), nil
	case []any:
		var items []string
		for _, item := range v {
			text, err := optionText(item)
			if _, list := item.([]any); err != nil || list {
				return "", errors.New("is a list in which something is neither a text nor a number")
			}
			items = append(items, text)
		}
		return strings.Join(items, ","), nil
	case nil:
		return "", errors.New("has no value")
	}
	return "", errors.New("is neither a text, a number, true, false, nor a list of these")
}
