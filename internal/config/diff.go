package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is one difference between two configurations, as the CONFIG event carries it.
type Change struct {
	Key      string // dotted; an input's keys as inputs.NAME.path
	From, To string // "" where the key was not there, or is not any more
}

// Diff lists what differs, in the order of the keys.
func Diff(from, to *Config) (changes []Change) {
	a, b := flatten(from), flatten(to)
	for _, kv := range a {
		if v := valueOf(b, kv.key); v != kv.value {
			changes = append(changes, Change{kv.key, kv.value, v})
		}
	}
	for _, kv := range b {
		if kv.value != "" && !slices.ContainsFunc(a, func(x keyValue) bool { return x.key == kv.key }) {
			changes = append(changes, Change{kv.key, "", kv.value})
		}
	}
	return changes
}

// NeedsRestart reports whether a change takes effect only when the program starts again.
func (c Change) NeedsRestart() bool {
	return !strings.HasPrefix(c.Key, "inputs.") && c.Key != "log.level"
}

type keyValue struct{ key, value string }

func valueOf(list []keyValue, key string) string {
	for _, kv := range list {
		if kv.key == key {
			return kv.value
		}
	}
	return ""
}

func flatten(c *Config) []keyValue { return flattenStruct("", reflect.ValueOf(*c)) }

func flattenStruct(prefix string, v reflect.Value) (out []keyValue) {
	for i := range v.NumField() {
		name, f := prefix+v.Type().Field(i).Tag.Get("yaml"), v.Field(i)
		switch inputs := f.Interface().(type) {
		case []Input:
			for _, in := range inputs {
				out = append(out, flattenStruct(name+"."+in.Name+".", reflect.ValueOf(in))...)
			}
			continue
		}
		if f.Kind() == reflect.Struct {
			out = append(out, flattenStruct(name+".", f)...)
			continue
		}
		out = append(out, keyValue{name, fmt.Sprint(f.Interface())})
	}
	return out
}
