package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/proof"
)

// Setting is one key with its value as text, as the CONFIG event carries it. An input's keys are inputs.NAME.path, an
// output's outputs.NAME.path.
type Setting struct{ Key, Value string }

// Settings lists every key that has a value, in the order of the keys.
func (c *Config) Settings() []Setting { return settingsOf("", reflect.ValueOf(*c)) }

func settingsOf(prefix string, v reflect.Value) (out []Setting) {
	for i := range v.NumField() {
		name, f := prefix+v.Type().Field(i).Tag.Get("yaml"), v.Field(i)
		if inputs, ok := f.Interface().([]Input); ok {
			for _, in := range inputs {
				out = append(out, settingsOf(name+"."+in.Name+".", reflect.ValueOf(in))...)
			}
		} else if outputs, ok := f.Interface().([]Output); ok {
			for _, o := range outputs {
				out = append(out, settingsOf(name+"."+o.Name+".", reflect.ValueOf(o))...)
			}
		} else if options, ok := f.Interface().(map[string]any); ok {
			for _, key := range slices.Sorted(maps.Keys(options)) {
				out = append(out, Setting{name + "." + key, fmt.Sprint(options[key])})
			}
		} else if servers, ok := f.Interface().([]Server); ok {
			for _, w := range servers {
				out = append(out, Setting{name + "." + proof.Fingerprint(w.Key), w.URL + " " + w.Key})
			}
		} else if policy, ok := f.Interface().(*Policy); ok {
			if policy != nil {
				out = append(out, Setting{name, "sha256:" + policy.origin.Digest()})
			}
		} else if words, ok := f.Interface().([]string); ok {
			if len(words) > 0 {
				out = append(out, Setting{name, strings.Join(words, " ")})
			}
		} else if f.Kind() == reflect.Slice {
			for j := range f.Len() {
				out = append(out, settingsOf(fmt.Sprintf("%s.%d.", name, j+1), f.Index(j))...)
			}
		} else if f.Kind() == reflect.Struct {
			out = append(out, settingsOf(name+".", f)...)
		} else if !f.IsZero() {
			out = append(out, Setting{name, fmt.Sprint(reflect.Indirect(f).Interface())})
		}
	}
	return out
}

// Change is one difference between two configurations.
type Change struct {
	Key      string
	From, To string // "" where the key was not there, or is not any more
}

// Diff lists what differs, in the order of the keys.
func Diff(from, to []Setting) (changes []Change) {
	for _, s := range from {
		if v := valueOf(to, s.Key); v != s.Value {
			changes = append(changes, Change{s.Key, s.Value, v})
		}
	}
	for _, s := range to {
		if valueOf(from, s.Key) == "" {
			changes = append(changes, Change{s.Key, "", s.Value})
		}
	}
	return changes
}

// NeedsRestart reports whether a change takes effect only when the program starts again.
func (c Change) NeedsRestart() bool {
	return !strings.HasPrefix(c.Key, "inputs.") && !strings.HasPrefix(c.Key, "outputs.") && c.Key != "log.level" && c.Key != "policy"
}

func valueOf(list []Setting, key string) string {
	for _, s := range list {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
