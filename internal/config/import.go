package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/control"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// elsewhere says what a key of audit_control that is no part of a policy corresponds to.
var elsewhere = map[string]string{"dir": "data-dir says where the trail is, trail.dirs where sealed files go", "dist": "trail.dist",
	"minfree": "trail.dirs[].minfree, and trail.full for what happens then", "filesz": "trail.filesz", "expire-after": "trail.retention.expire-after",
	"host": "node says who owns the trail", "qsize": "there is no queue beside the trail"}

// Import writes what FreeBSD's files in dir say as a policy file. They must have no errors. A name that YAML cannot carry is one.
func Import(dir string, s *control.Security) ([]byte, error) {
	if name, bad := unsayable(s); bad {
		return nil, fmt.Errorf("the name %q is not valid UTF-8, and cannot be written as YAML: have the files themselves in force, policy: {freebsd: %s}", name, dir)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# from %s by `counterfoil config import`\n", scalar(dir))
	fmt.Fprintf(&b, "flags: %s\nnaflags: %s\n", scalar(s.Flags.Text), scalar(s.NaFlags.Text))
	if len(s.Policy) > 0 {
		fmt.Fprintf(&b, "policy: %s\n", scalar(strings.Join(s.Policy, ",")))
	}
	if len(s.Users) > 0 {
		b.WriteString("users:\n")
	}
	for _, u := range s.Users {
		fmt.Fprintf(&b, "  - {name: %s, always: %s, never: %s}\n", scalar(u.Name), scalar(u.Always.Text), scalar(u.Never.Text))
	}
	importTables(&b, s)
	for _, c := range s.Settings {
		if note := elsewhere[c.Key]; note != "" {
			fmt.Fprintf(&b, "# %s:%s is no part of a policy: %s\n", c.Key, printable(c.Value), note)
		}
	}
	return []byte(b.String()), nil
}

// unsayable gives a name that is not valid UTF-8.
func unsayable(s *control.Security) (name string, bad bool) {
	names := []string{s.Flags.Text, s.NaFlags.Text}
	for _, u := range s.Users {
		names = append(names, u.Name, u.Always.Text, u.Never.Text)
	}
	for _, c := range s.Classes {
		names = append(names, c.Name)
	}
	for _, e := range s.Events {
		names = append(names, e.Name)
	}
	i := slices.IndexFunc(names, func(s string) bool { return !utf8.ValidString(s) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

// importTables writes the classes, where they are not OpenBSM's, and the events that differ.
func importTables(b *strings.Builder, s *control.Security) {
	if !slices.EqualFunc(s.Classes, bsm.Classes, func(a, o bsm.Class) bool { return a.Mask == o.Mask && a.Name == o.Name }) {
		b.WriteString("classes:\n")
		for _, c := range s.Classes {
			fmt.Fprintf(b, "  - {name: %s, mask: \"0x%08x\", text: %s}\n", scalar(c.Name), uint32(c.Mask), scalar(c.Text))
		}
	}
	usual := control.DefaultEvents(bsm.Classes)
	said := map[uint16]string{}
	for _, e := range usual {
		said[e.Number] = e.Name + " " + classText(e.Mask, bsm.Classes)
	}
	b.WriteString("events: # with this key BSM records are judged by a table, as on FreeBSD: what it does not have is in no class\n")
	none := true
	write := func(e control.Event, classes string) {
		none = false
		fmt.Fprintf(b, "  - {number: %d, name: %s, classes: %s}\n", e.Number, scalar(e.Name), scalar(classes))
	}
	has := map[uint16]bool{}
	for _, e := range s.Events {
		has[e.Number] = true
		if classes := classText(e.Mask, s.Classes); said[e.Number] != e.Name+" "+classes {
			write(e, classes)
		}
	}
	for _, e := range usual {
		if !has[e.Number] {
			write(e, "")
		}
	}
	if none { // a line that says what the table says anyway
		write(usual[0], classText(usual[0].Mask, s.Classes))
	}
}

func classText(m bsm.Mask, classes []bsm.Class) string {
	if m == ^bsm.Mask(0) {
		return "all"
	}
	return preselect.ClassNames(m, classes)
}

// scalar writes a text as YAML has it in a flow mapping.
func scalar(s string) string {
	text, err := yaml.MarshalWithOptions(s, yaml.Flow(true))
	signs := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`,{}[]|>"\`, r) }) >= 0
	if out := strings.TrimSpace(string(text)); err == nil && !signs {
		return out
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f || r >= 0x80 && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// printable keeps a value on its line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}
