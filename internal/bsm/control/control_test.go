package control

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/peertest"
)

// libbsm gives the answers of libbsm to the cases that begin with a word.
func libbsm(t *testing.T, pattern string) [][]string {
	t.Helper()
	answers := peertest.ReadShared(t, "data/bsm/selection_cases.libbsm_out")
	cases := regexp.MustCompile(`(?m)`+pattern).FindAllStringSubmatch(string(answers), -1)
	if len(cases) < 6 {
		t.Fatalf("only %d cases of %s", len(cases), pattern)
	}
	return cases
}

func lines(s string) string { return strings.ReplaceAll(s, `\n`, "\n") + "\n" }

// TestUsers holds the masks of users against libbsm's.
func TestUsers(t *testing.T) {
	for _, c := range libbsm(t, `^usr user=(\S*) flags=\[(.*)\] audit_user=\[(.*)\] rc=0 success=(\w+) failure=(\w+)$`) {
		s := Read(map[string]string{ControlFile: "flags:" + c[2] + "\nnaflags:lo\npolicy:cnt\n", UserFile: lines(c[3])})
		m := s.MasksOf(c[1])
		if got := fmt.Sprintf("%08x %08x", uint32(m.Success), uint32(m.Failure)); got != c[4]+" "+c[5] {
			t.Errorf("%s, flags %q, audit_user %q: %s, libbsm's %s %s", c[1], c[2], c[3], got, c[4], c[5])
		}
	}
}

func TestPolicyWords(t *testing.T) {
	for _, c := range libbsm(t, `^pol \[(.*)\] rc=(\S+) errno=\d+ pol=\w+ str=(.*)$`) {
		words, at, err := ParsePolicy(c[1])
		if (err != nil) != (c[2] != "0") {
			t.Errorf("%q: error %v, libbsm gives %s", c[1], err, c[2])
		}
		if err == nil && strings.Join(words, ",") != c[3] && c[1] != "cnt,cnt" {
			t.Errorf("%q: %q, libbsm's %q", c[1], words, c[3])
		}
		if err != nil && (at > len(c[1]) || at > 0 && c[1][at-1] != ',') {
			t.Errorf("%q: the mistake is at %d", c[1], at)
		}
	}
	for word, want := range map[string]string{"zonename": "other systems", "CNT": "want one of cnt ahlt argv arge path seq group trail"} {
		if _, _, err := ParsePolicy(word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// TestControl holds what is read of audit_control against libbsm's reading.
func TestControl(t *testing.T) {
	for _, c := range libbsm(t, `^ctl \[(.*)\]\n.*flags rc=0 \[(.*)\] na rc=0 \[(.*)\] pol rc=0 \[(.*)\] host rc=0 \[(.*)\] dist=(\d) dirs:(.*) end=-1$`) {
		s := Read(map[string]string{ControlFile: lines(c[1])})
		var dirs string
		for _, d := range s.Values("dir") {
			dirs += " [" + d + "]"
		}
		one := func(key string) string { return strings.Join(s.Values(key), "|") }
		got := []string{one("flags"), one("naflags"), one("policy"), one("host"), dirs}
		if want := []string{c[2], c[3], c[4], c[5], c[7]}; fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s:\n got %q\nwant %q", c[1], got, want)
		}
	}
}

// Each mistake, and where it is.
func TestProblems(t *testing.T) {
	whole := "flags:lo,aa\nnaflags:lo\npolicy:cnt\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing":         {map[string]string{}, "audit_control: error: the file is not there"},
		"class ends":      {map[string]string{ClassFile: "0x1:fr:file read\n\n0x2:fw:file write\n"}, "audit_class:2:1: error: the line is blank: libbsm stops reading here, and the entry behind it is not in force"},
		"class mask":      {map[string]string{ClassFile: "0x1g:fr:file read\n"}, `audit_class:1:1: error: "0x1g" is no mask such as 0x00001000: libbsm does not read the line`},
		"class long":      {map[string]string{ClassFile: "1:verylong:x\n"}, "audit_class:1:3: error: the name has 8 bytes, at most 7 are read"},
		"class twice":     {map[string]string{ClassFile: "1:fr:x\n2:fr:x\n"}, "audit_class:2:3: warning: the class fr is there twice"},
		"event class":     {map[string]string{EventFile: "6214:AUE_x:text:lo,ua\n"}, `audit_event:1:20: warning: "ua" is no class`},
		"event no class":  {map[string]string{EventFile: "1:AUE_x:fr\n2:AUE_y:t:lo\n"}, `audit_event:1:1: warning: no classes stand behind the description: libbsm puts AUE_x in no class, so that it is never audited`},
		"event two":       {map[string]string{EventFile: "1:AUE_x\n2:AUE_y:t:lo\n"}, `audit_event:1:1: warning: no classes stand behind the description: libbsm puts AUE_x in no class`},
		"event one":       {map[string]string{EventFile: "1\n2:AUE_y:t:lo\n"}, `audit_event:1:1: error: an event is written number:name:description:classes: libbsm stops reading here`},
		"flags return":    {map[string]string{ControlFile: "flags:lo,aa\r\nnaflags:lo\r\npolicy:cnt\r\n"}, `audit_control:1:10: error: flags: "aa\r" is no class: an expression has no spaces`},
		"event sides":     {map[string]string{EventFile: "1:AUE_x:text:-lo\n"}, "audit_event:1:14: warning: the classes of AUE_x are written with + or -"},
		"event number":    {map[string]string{EventFile: "70000:AUE_x:text:lo\n2:AUE_y:t:lo\n"}, `audit_event:1:1: error: "70000" is no number up to 65535: libbsm stops reading here, and the entry behind it is`},
		"flags":           {map[string]string{ControlFile: "flags: lo\nnaflags:lo\npolicy:cnt\n"}, `audit_control:1:7: error: flags: " lo" is no class: an expression has no spaces`},
		"no flags":        {map[string]string{ControlFile: "naflags:lo\npolicy:cnt\n"}, "audit_control: warning: there is no flags: nothing that a user does is audited"},
		"key":             {map[string]string{ControlFile: whole + "Flags:ex\n"}, `audit_control:4:1: error: the key is read as "Flags", which FreeBSD does not know: write "flags"`},
		"no key":          {map[string]string{ControlFile: whole + "colour:red\n"}, `audit_control:4:1: warning: FreeBSD does not know the key "colour"`},
		"no colon":        {map[string]string{ControlFile: whole + "dist\n"}, "audit_control:4:1: error: a setting is written key:value"},
		"flags twice":     {map[string]string{ControlFile: whole + "flags:ex\n"}, "audit_control:4:1: warning: flags is there twice: line 1 is in force"},
		"policy":          {map[string]string{ControlFile: "flags:lo\nnaflags:lo\npolicy:cnt,argw\n"}, `audit_control:3:12: error: policy: "argw" is no policy`},
		"idle":            {map[string]string{ControlFile: "flags:^fc,all\nnaflags:lo\npolicy:cnt\n"}, "audit_control:1:7: warning: flags: ^fc takes out nothing"},
		"long line":       {map[string]string{ControlFile: whole + "host:" + strings.Repeat("x", 300) + "\n"}, "audit_control:4:255: error: the line has 305 bytes"},
		"user never":      {map[string]string{UserFile: "jdoe:ex:\nbob:fr:no\nanna:fr:no\n"}, "audit_user:1:1: error: a user is written name:always:never, none of them empty; no stands for no class: libbsm stops reading here, and the 2 entries behind it are not in force"},
		"user blank":      {map[string]string{UserFile: "bob:ex:no\n\njdoe:ex:no\n"}, "audit_user:2:1: error: the line is blank: libbsm stops reading here"},
		"user class":      {map[string]string{UserFile: "bob:lo,zz:no\n"}, `audit_user:1:8: error: bob always: "zz" is no class`},
		"user idle":       {map[string]string{UserFile: "jdoe:no:^ex\n"}, "audit_user:1:9: warning: jdoe never: ^ex takes out nothing"},
		"user twice":      {map[string]string{UserFile: "jdoe:ex:no\njdoe:fr:no\n"}, "audit_user:2:1: warning: jdoe is there twice: the first is in force"},
		"user space":      {map[string]string{UserFile: " jdoe:ex:no\n"}, `audit_user:1:1: warning: the spaces are part of the name " jdoe"`},
		"user a 4th":      {map[string]string{UserFile: "jdoe:ex:no:more\n"}, "audit_user:1:12: warning: libbsm passes over the fourth field"},
		"a trailing line": {map[string]string{ClassFile: "1:fr:x\n  \n"}, "audit_class:2:1: error: the line is blank: libbsm does not read the line"},
	} {
		var all []string
		for _, p := range Read(c.files).Problems {
			all = append(all, p.Error())
		}
		if got := strings.Join(all, "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%s\nwant %s", name, got, c.want)
		}
	}
}

// An event without a fourth field is in no class, as libbsm has it: the third is its description.
func TestEventWithoutClasses(t *testing.T) {
	s := Read(map[string]string{EventFile: "1:AUE_x:fr\n2:AUE_y\n3:AUE_z::fr\n4:AUE_w:text:fr\n"})
	var got []string
	for _, e := range s.Events {
		got = append(got, fmt.Sprintf("%s %q %x", e.Name, e.Text, uint32(e.Mask)))
	}
	if want := `AUE_x "fr" 0|AUE_y "" 0|AUE_z "fr" 0|AUE_w "text" 1`; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}

// FreeBSD's own files, but for the two events whose class it does not define, are right.
func TestShipped(t *testing.T) {
	files := map[string]string{}
	for _, name := range FileNames {
		text := peertest.ReadShared(t, "data/bsm/openbsm/etc/"+name)
		files[name] = string(text)
	}
	s := Read(files)
	for _, p := range s.Errors() {
		t.Error(p.Error())
	}
	if len(s.Classes) != 20 || len(s.Events) < 600 || len(s.Users) != 1 {
		t.Errorf("%d classes, %d events, %d users", len(s.Classes), len(s.Events), len(s.Users))
	}
}
