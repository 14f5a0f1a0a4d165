package control

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// keys of audit_control, and the most bytes that their readers take.
var keys = map[string]int{"dir": 254, "dist": 254, "flags": 255, "naflags": 127, "minfree": 254, "policy": 127, "filesz": 254,
	"expire-after": 254, "host": 254, "qsize": 254}

func (f *file) control() {
	for i, l := range f.lines {
		if f.line = i + 1; !strings.HasPrefix(l, "#") && strings.TrimSpace(l) != "" {
			f.setting(strings.TrimRight(l, " \t")) // and no \r, which libbsm takes for a part of the value
		}
	}
	f.s.Flags = f.expr("flags", "nothing that a user does is audited")
	f.s.NaFlags = f.expr("naflags", "nothing that happens without a user is audited")
	f.policy()
}

func (f *file) setting(l string) {
	key, value, ok := strings.Cut(l, ":")
	limit, known := keys[key]
	near := strings.ToLower(strings.TrimSpace(key))
	_, slip := keys[near]
	earlier := slices.IndexFunc(f.s.Settings, func(s Setting) bool { return s.Key == key })
	switch {
	case !ok:
		f.say(false, 1, "a setting is written key:value; libbsm passes over the line")
	case !known && slip:
		f.say(false, 1, "the key is read as %q, which FreeBSD does not know: write %q", key, near)
	case !known:
		f.say(true, 1, "FreeBSD does not know the key %q and passes over the line", key)
	case len(value) > limit:
		f.say(false, len(key)+2+limit, "%s has %d bytes, at most %d are read", key, len(value), limit)
	case earlier >= 0 && key != "dir":
		f.say(true, 1, "%s is there twice: line %d is in force", key, f.s.Settings[earlier].Place.Line)
	default:
		f.s.Settings = append(f.s.Settings, Setting{key, value, Place{f.name, f.line, len(key) + 2}})
	}
}

// expr gives the expression of a key; absent says what it means that there is none.
func (f *file) expr(key, absent string) Expr {
	i := slices.IndexFunc(f.s.Settings, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		f.line = 0
		f.say(true, 0, "there is no %s: %s", key, absent)
		return Expr{Place: Place{File: f.name}}
	}
	c := f.s.Settings[i]
	f.line = c.Place.Line
	if c.Value == "" {
		f.say(true, c.Place.Column, "%s is empty: %s", key, absent)
	}
	x, _ := f.parse(field{c.Value, c.Place.Column}, key)
	return x
}

// parse reads an expression and says what is wrong with it.
func (f *file) parse(v field, what string) (x Expr, ok bool) {
	x = Expr{Text: v.text, Place: Place{f.name, f.line, v.column}}
	var err error
	x.Masks, err = bsm.ParseMasks(v.text, f.s.Classes)
	if bad, isFlag := err.(*bsm.FlagError); isFlag {
		f.say(false, v.column+bad.Byte-1, "%s: %s", what, bad.Message)
		return x, false
	}
	for _, item := range bsm.Idle(v.text, f.s.Classes) {
		f.say(true, v.column, "%s: %s takes out nothing, since nothing before it in the same expression put it in", what, item)
	}
	return x, true
}

func (f *file) policy() {
	i := slices.IndexFunc(f.s.Settings, func(s Setting) bool { return s.Key == "policy" })
	if i < 0 {
		f.line = 0
		f.say(true, 0, "there is no policy: FreeBSD falls back to cnt")
		return
	}
	c := f.s.Settings[i]
	f.line = c.Place.Line
	words, at, err := ParsePolicy(c.Value)
	if err != nil {
		f.say(false, c.Place.Column+at, "policy: %v", err)
	}
	f.s.Policy = words
}

func (f *file) users() {
	f.table(func(v []field) (int, string) {
		switch {
		case len(v) < 3:
			return 1, "a user is written name:always:never, none of them empty; no stands for no class"
		case len(v[0].text) > maxUserName:
			return 1, "the name is longer than 49 bytes"
		case len(v) > 3:
			f.say(true, v[3].column, "libbsm passes over the fourth field")
		}
		u := User{Name: v[0].text}
		var always, never bool
		u.Always, always = f.parse(v[1], u.Name+" always")
		u.Never, never = f.parse(v[2], u.Name+" never")
		if !always || !never {
			return v[1].column, "an expression is wrong"
		}
		if strings.TrimSpace(u.Name) != u.Name {
			f.say(true, 1, "the spaces are part of the name %q", u.Name)
		}
		if slices.ContainsFunc(f.s.Users, func(o User) bool { return o.Name == u.Name }) {
			f.say(true, 1, "%s is there twice: the first is in force", u.Name)
			return 0, ""
		}
		f.s.Users = append(f.s.Users, u)
		return 0, ""
	})
}
