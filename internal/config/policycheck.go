package config

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/token"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/control"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// checker makes the spec of one policy.
type checker struct {
	*source
	p    *Policy
	root string // where the policy's keys stand
}

func (c *checker) place(key string) preselect.Place {
	t := c.tokenAt(c.root + key)
	if t == nil {
		return preselect.Place{File: c.name}
	}
	return preselect.Place{File: c.name, Line: t.Position.Line, Column: t.Position.Column}
}

func (c *checker) say(key, format string, args ...any) { c.atPath(c.root+key, format, args...) }

// categories: alarm and provisioning may be named, but not switched.
func (c *checker) categories() {
	k := c.p.Categories
	if k == nil {
		return
	}
	c.p.spec.Categories = preselect.DefaultCategories()
	for category, s := range map[counterfoil.Category]*Switch{
		counterfoil.CategoryAdmin: k.Administration, counterfoil.CategorySystem: k.System, counterfoil.CategoryTraffic: k.Traffic,
		counterfoil.CategorySecurity: k.Security, counterfoil.CategoryData: k.Data, counterfoil.CategoryAlarm: k.Alarm,
		counterfoil.CategoryProvision: k.Provisioning,
	} {
		key := ".categories." + category.String()
		if preselect.Implicit(category) {
			c.implicit(category, s, key)
			continue
		}
		v := c.p.spec.Categories[category]
		if v.Place = c.place(".categories"); s != nil {
			v.Place = c.place(key)
			v.Enabled, v.Persist = given(s.Enabled, v.Enabled), given(s.Persist, v.Persist)
		}
		c.p.spec.Categories[category] = v
	}
}

func (c *checker) implicit(category counterfoil.Category, s *Switch, key string) {
	if s != nil && !given(s.Enabled, true) {
		c.say(key+".enabled", "%s events are implicit events and cannot be disabled via configuration", category)
	}
	if s != nil && !given(s.Persist, true) {
		c.say(key+".persist", "%s events are implicit events and cannot be kept from the trail via configuration", category)
	}
}

func given(v *bool, otherwise bool) bool {
	if v == nil {
		return otherwise
	}
	return *v
}

func (c *checker) lists() {
	for i, set := range c.p.Sets {
		at := fmt.Sprintf(".sets[%d]", i)
		c.named(at, "set", set.Name, func(j int) string { return c.p.Sets[j].Name }, i)
		if len(set.Users)+len(set.Groups) == 0 {
			c.say(at, "the set %q is empty: give users or groups", set.Name)
		}
	}
	for i, l := range c.p.Lists {
		at := fmt.Sprintf(".lists[%d]", i)
		c.named(at, "list", l.Name, func(j int) string { return c.p.Lists[j].Name }, i)
		x := preselect.List{Name: l.Name, Inputs: l.Inputs, Watch: c.members(l.Watch, at+".watch"), Limit: c.members(l.Limit, at+".limit"), Place: c.place(at)}
		if len(x.Watch.Users)+len(x.Watch.Groups)+len(x.Limit.Users)+len(x.Limit.Groups) == 0 {
			c.say(at, "the list %q names nobody: a watch list or a limit list is required", l.Name)
		}
		c.p.spec.Lists = append(c.p.spec.Lists, x)
	}
}

// members puts the people of sets beside those that are named.
func (c *checker) members(m Members, at string) preselect.Members {
	x := preselect.Members{Users: slices.Clone(m.Users), Groups: slices.Clone(m.Groups)}
	for i, name := range m.Sets {
		k := slices.IndexFunc(c.p.Sets, func(s Set) bool { return s.Name == name })
		if k < 0 {
			c.say(fmt.Sprintf("%s.sets[%d]", at, i), "there is no set %q under sets", name)
			continue
		}
		x.Users, x.Groups = append(x.Users, c.p.Sets[k].Users...), append(x.Groups, c.p.Sets[k].Groups...)
	}
	return x
}

// named checks the name of item i: refusals are counted under it.
func (c *checker) named(at, kind, name string, nameOf func(int) string, i int) {
	switch {
	case name == "":
		c.say(at, "a %s needs a name: what it decides is counted under it", kind)
		return
	case badName(name):
		c.say(at+".name", "name %q: use letters, digits, '.', '_' and '-'", name)
	}
	for j := range i {
		if nameOf(j) == name {
			c.say(at+".name", "a second %s of the name %q", kind, name)
			return
		}
	}
}

// masks are those of flags, naflags, users, classes and events, where one of them is told.
func (c *checker) masks() {
	p := c.p
	if _, at, err := control.ParsePolicy(p.Policy); p.Policy != "" && err != nil {
		c.inText(".policy", at, "%v", err)
	}
	m := &preselect.Masks{Classes: c.classes()}
	if p.Flags == nil && p.NaFlags == nil && len(p.Users) == 0 {
		if len(p.Events) > 0 {
			c.say(".events", "events say nothing without flags")
		}
		return
	}
	if p.Flags == nil || p.NaFlags == nil {
		c.say("", "classes are selected by flags, for what users do, and naflags, for what happens without one: give both")
		return
	}
	m.Flags, m.NaFlags = c.expr(*p.Flags, ".flags", m.Classes), c.expr(*p.NaFlags, ".naflags", m.Classes)
	for i, u := range p.Users {
		at := fmt.Sprintf(".users[%d]", i)
		if u.Name == "" {
			c.say(at, "a user needs a name")
		} else if slices.ContainsFunc(p.Users[:i], func(o User) bool { return o.Name == u.Name }) {
			c.say(at+".name", "%s is there twice", u.Name)
		}
		m.Users = append(m.Users, preselect.User{Name: u.Name, Always: c.expr(u.Always, at+".always", m.Classes), Never: c.expr(u.Never, at+".never", m.Classes)})
	}
	m.Events = c.events(m.Classes)
	p.spec.Masks = m
}

func (c *checker) classes() (list []bsm.Class) {
	if len(c.p.Classes) == 0 {
		return bsm.Classes
	}
	for i, k := range c.p.Classes {
		at := fmt.Sprintf(".classes[%d]", i)
		mask, err := strconv.ParseUint(k.Mask, 0, 32)
		if err != nil {
			c.say(at+".mask", "mask %q is no number of 32 bits such as 0x00001000", k.Mask)
		}
		if _, twice := bsm.MaskOf(list, k.Name); twice || k.Name == "" || strings.ContainsAny(k.Name, ",:^+- \t") {
			c.say(at+".name", "name %q: a class has a name of its own, without , : ^ + - and spaces", k.Name)
		}
		list = append(list, bsm.Class{Mask: bsm.Mask(mask), Name: k.Name, Text: k.Text})
	}
	return list
}

// events gives the classes of BSM records where they are not those that the records' dialect knows.
func (c *checker) events(classes []bsm.Class) map[string]bsm.Mask {
	if len(c.p.Events)+len(c.p.Classes) == 0 {
		return nil
	}
	var list []control.Event
	for i, e := range c.p.Events {
		at := fmt.Sprintf(".events[%d]", i)
		if e.Number < 0 || e.Number > math.MaxUint16 {
			c.say(at+".number", "number %d: want 0 to 65535", e.Number)
		}
		x := c.expr(e.Classes, at+".classes", classes)
		list = append(list, control.Event{Number: uint16(e.Number), Name: e.Name, Mask: x.Masks.Success})
	}
	return bsmEvents(append(list, control.DefaultEvents(classes)...))
}

// expr reads a selection expression; a mistake is shown at its byte.
func (c *checker) expr(text, key string, classes []bsm.Class) preselect.Expr {
	m, err := bsm.ParseMasks(text, classes)
	if bad, ok := err.(*bsm.FlagError); ok {
		c.inText(key, bad.Byte-1, "%s", bad.Message)
	}
	for _, item := range bsm.Idle(text, classes) {
		at := c.place(key)
		c.p.warnings = append(c.p.warnings, fmt.Sprintf("%s: warning: %s in %q takes out nothing, since nothing before it in the same expression put it in", at, item, text))
	}
	return preselect.Expr{Text: text, Masks: m, Place: c.place(key)}
}

// inText points at a byte of a value.
func (c *checker) inText(key string, byte int, format string, args ...any) {
	n := len(c.errs)
	c.say(key, format, args...)
	e, ok := c.errs[n].(*Error)
	if t := c.tokenAt(c.root + key); ok && t != nil && e.Line > 0 {
		if e.Column += byte; t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType {
			e.Column++
		}
	}
}

// freeBSD takes flags, naflags and users from FreeBSD's files.
func (c *checker) freeBSD() {
	p := c.p
	if p.Flags != nil || p.NaFlags != nil || len(p.Users)+len(p.Classes)+len(p.Events) > 0 || p.Policy != "" {
		c.say(".freebsd", "flags, naflags, users, classes, events and policy are read from %s: leave them out here, or import the files with `counterfoil config import`", p.FreeBSD)
		return
	}
	files := c.files
	if files == nil {
		var err error
		if files, err = freeBSDFiles(p.FreeBSD); err != nil {
			c.say(".freebsd", "%v", err)
			return
		}
	}
	p.origin.Files = files
	s := control.Read(files)
	for _, bad := range s.Problems {
		bad.File = filepath.Join(p.FreeBSD, bad.File)
		if bad.Warning {
			p.warnings = append(p.warnings, bad.Error())
		} else {
			c.errs = append(c.errs, &bad)
		}
	}
	p.spec.Masks = freeBSDMasks(p.FreeBSD, s)
}

func freeBSDMasks(dir string, s *control.Security) *preselect.Masks {
	expr := func(x control.Expr) preselect.Expr {
		return preselect.Expr{Text: x.Text, Masks: x.Masks, Place: preselect.Place{File: filepath.Join(dir, x.Place.File), Line: x.Place.Line, Column: x.Place.Column}}
	}
	m := &preselect.Masks{Classes: s.Classes, Events: bsmEvents(s.Events), Flags: expr(s.Flags), NaFlags: expr(s.NaFlags), FreeBSD: true}
	for _, u := range s.Users {
		m.Users = append(m.Users, preselect.User{Name: u.Name, Always: expr(u.Always), Never: expr(u.Never)})
	}
	return m
}

func (c *checker) filters() {
	for i, f := range c.p.Filters {
		at := fmt.Sprintf(".filters[%d]", i)
		c.named(at, "filter", f.Name, func(j int) string { return c.p.Filters[j].Name }, i)
		x := preselect.Filter{Name: f.Name, Inputs: f.Inputs, Text: f.Filter, Place: c.place(at)}
		if then := cmp.Or(f.Then, preselect.Only.String()); c.oneOf(c.root+at+".then", "then", then, preselect.Thens()) {
			x.Then = preselect.Then(slices.Index(preselect.Thens(), then))
		}
		x.Expr = c.filter(f.Filter, at+".filter")
		c.p.spec.Filters = append(c.p.spec.Filters, x)
	}
}

// filter reads a filter. What only the trail knows cannot be asked before an event is in it.
func (c *checker) filter(text, key string) filter.Expr {
	if text == "" {
		c.say(key, "a filter is missing: docs/search.md says how one is written")
		return filter.All{}
	}
	x, warnings, err := parseFilter(text)
	if err != nil {
		c.say(key, "%v", err)
		return filter.All{}
	}
	for _, w := range warnings {
		c.p.warnings = append(c.p.warnings, fmt.Sprintf("%s: warning: %s", c.place(key), w))
	}
	if f := onlyInTrail(x); f != "" {
		c.say(key, "%s is not known before the event is in the trail: a policy cannot ask for it", f)
	}
	return x
}

// checkInputs finds inputs that the configuration does not have.
func (c *checker) checkInputs(known []string) {
	all := append([]string{"http", "local"}, known...)
	for i, l := range c.p.Lists {
		c.knownInputs(fmt.Sprintf(".lists[%d]", i), l.Inputs, all)
	}
	for i, f := range c.p.Filters {
		c.knownInputs(fmt.Sprintf(".filters[%d]", i), f.Inputs, all)
	}
}

func (c *checker) knownInputs(at string, inputs, all []string) {
	for i, in := range inputs {
		if name, _, _ := strings.Cut(in, "/"); !slices.Contains(all, name) {
			c.say(fmt.Sprintf("%s.inputs[%d]", at, i), "there is no input %q: want one of %s", in, strings.Join(all, ", "))
		}
	}
}
