package dialect

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SetOption sets one option of a dialect by name: opts is what Dialect.Options gave, a pointer to a struct whose fields
// carry their names as `yaml:"name"`. A list is given with commas. The error names the option and what it may be.
func SetOption(opts any, name, value string) error {
	if opts == nil {
		return fmt.Errorf("option %q: this dialect has no options", name)
	}
	v := reflect.ValueOf(opts).Elem()
	for i := range v.NumField() {
		if optionName(v.Type().Field(i)) == name {
			if err := set(v.Field(i), value); err != nil {
				return fmt.Errorf("option %q: %w", name, err)
			}
			return nil
		}
	}
	return fmt.Errorf("option %q is not known: want one of %s", name, strings.Join(OptionNames(opts), ", "))
}

// OptionNames lists the names of a dialect's options; opts may be nil.
func OptionNames(opts any) (names []string) {
	if opts == nil {
		return nil
	}
	t := reflect.TypeOf(opts).Elem()
	for i := range t.NumField() {
		if name := optionName(t.Field(i)); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Option describes one option of a dialect.
type Option struct {
	Name, Type string // Type is text, list, true or false, number, duration
	Default    string // as SetOption takes it; "" where nothing is set
	Doc        string // of the field's tag `doc:"..."`; may be empty
}

// Describe lists a dialect's options with their defaults: opts is what Dialect.Options gave, or nil.
func Describe(opts any) (list []Option) {
	for _, name := range OptionNames(opts) {
		v := reflect.ValueOf(opts).Elem()
		for i := range v.NumField() {
			if f := v.Type().Field(i); optionName(f) == name {
				kind, value := describe(v.Field(i))
				list = append(list, Option{name, kind, value, f.Tag.Get("doc")})
			}
		}
	}
	return list
}

func describe(v reflect.Value) (kind, value string) {
	switch x := v.Interface().(type) {
	case string:
		return "text", x
	case []string:
		return "list", strings.Join(x, ",")
	case bool:
		return "true or false", strconv.FormatBool(x)
	case int:
		return "number", strconv.Itoa(x)
	case time.Duration:
		return "duration", x.String()
	}
	panic("dialect: an option of type " + v.Type().String())
}

// optionName is the name under which a field is set, "" where it is not: what a room is handed by its builder.
func optionName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" || !f.IsExported() {
		return ""
	}
	return name
}

func set(v reflect.Value, text string) error {
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = text
	case *[]string:
		*p = strings.Split(text, ",")
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*p = b
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 2s or 1m", text)
		}
		*p = d
	default:
		panic("dialect: an option of type " + v.Type().String())
	}
	return nil
}
