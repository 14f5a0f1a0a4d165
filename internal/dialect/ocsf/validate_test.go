package ocsf

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// facts are what the schema says of a class or an object: see gen for the form of attributes.
type facts struct {
	atLeastOne, justOne []string
	attributes          string
}

// fact is one attribute.
type fact struct {
	name, typ       string
	required, array bool
	enum            []string
}

// parsed keeps what list made of facts, by their text.
var parsed = map[string][]fact{}

func (f facts) list() (list []fact) {
	if list, ok := parsed[f.attributes]; ok {
		return list
	}
	defer func() { parsed[f.attributes] = list }()
	for w := range strings.FieldsSeq(f.attributes) {
		name, typ, _ := strings.Cut(w, ":")
		a := fact{name: strings.TrimRight(name, "!?"), required: strings.HasSuffix(name, "!")}
		typ, enum, ok := strings.Cut(typ, "=")
		if ok {
			a.enum = strings.Split(enum, ",")
		}
		a.typ, a.array = strings.CutSuffix(typ, "[]")
		list = append(list, a)
	}
	return list
}

// validate says everything that is wrong with an event.
func validate(event counterfoil.JSON) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	class := number(event.Member("class_uid"))
	f, ok := classFacts[class]
	if !ok {
		say("class_uid %d is not in the table", class)
		return wrong
	}
	check("", event, f, say)
	activity := number(event.Member("activity_id"))
	for key, want := range map[string]int{"category_uid": class / 1000, "type_uid": class*100 + activity} {
		if got := number(event.Member(key)); got != want {
			say("%s is %d, want %d", key, got, want)
		}
	}
	c := classes[class]
	activityName := event.Member("activity_name").Text()
	if activity != other && activityName != c.activities[activity] {
		say("activity_name is %q, the schema says %q", activityName, c.activities[activity])
	}
	if got := event.Member("type_name").Text(); got != c.caption+": "+activityName {
		say("type_name is %q", got)
	}
	if got := event.Member("metadata").Member("version").Text(); got != "1.3.0" {
		say("metadata.version is %q", got)
	}
	return wrong
}

// written holds an event as it is written to the schema.
func written(_ *counterfoil.Event, out []byte) error {
	if wrong := validate(counterfoil.JSON(strings.TrimSuffix(string(out), "\n"))); wrong != nil {
		return errors.New(strings.Join(wrong, "\n"))
	}
	return nil
}

// check holds an object to its facts.
func check(path string, object counterfoil.JSON, f facts, say func(string, ...any)) {
	have := map[string]bool{}
	list := f.list()
	for key, v := range object.Members() {
		have[key] = true
		i := slices.IndexFunc(list, func(a fact) bool { return a.name == key })
		if i < 0 {
			say("%s%s is no attribute", path, key)
			continue
		}
		a := list[i]
		if !a.array {
			checkValue(path+key, v, a, say)
			continue
		}
		if v.Kind() != '[' {
			say("%s%s is no array", path, key)
		}
		for e := range v.Elements() {
			checkValue(path+key+"[]", e, a, say)
		}
	}
	for _, a := range list {
		if a.required && !have[a.name] {
			say("%s%s is required", path, a.name)
		}
	}
	there := func(key string) bool { return have[key] }
	if len(f.atLeastOne) > 0 && !slices.ContainsFunc(f.atLeastOne, there) {
		say("%s wants one of %v", path, f.atLeastOne)
	}
	if n := len(slices.DeleteFunc(slices.Clone(f.justOne), func(k string) bool { return !have[k] })); len(f.justOne) > 0 && n != 1 {
		say("%s wants just one of %v", path, f.justOne)
	}
}

func checkValue(path string, v counterfoil.JSON, a fact, say func(string, ...any)) {
	if a.enum != nil && a.name != "category_uid" && a.name != "class_uid" && !slices.Contains(a.enum, string(v)) {
		say("%s is %s, not one of %v", path, v, a.enum)
	}
	if v.Kind() != '{' && !carry.Exact(v) {
		say("%s is not valid UTF-8", path)
	}
	switch a.typ {
	case "string_t", "file_name_t", "process_name_t", "username_t":
		if v.Kind() != '"' || v.Text() == "" {
			say("%s is %s, want a string", path, v)
		}
	case "hostname_t":
		if !isHostname(v.Text()) {
			say("%s is %s, no hostname", path, v)
		}
	case "ip_t":
		if _, err := netip.ParseAddr(v.Text()); err != nil || len(v.Text()) > 40 {
			say("%s is %s, no address", path, v)
		}
	case "integer_t", "long_t", "timestamp_t", "port_t":
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil || a.typ == "port_t" && (n < 0 || n > 65535) {
			say("%s is %s, want %s", path, v, a.typ)
		}
	case "object": // unmapped: anything
		if v.Kind() != '{' {
			say("%s is no object", path)
		}
	default:
		f, ok := objectFacts[a.typ]
		if !ok || v.Kind() != '{' {
			say("%s is %s: the table has no type %s", path, v, a.typ)
			return
		}
		check(path+".", v, f, say)
	}
}

// TestSchema holds what is written for every action, with every field, hostile and absent, to the published schema.
func TestSchema(t *testing.T) {
	seen := map[int]bool{}
	written := 0
	for _, e := range events(t) {
		for _, action := range append(counterfoil.Actions(), "") {
			for _, service := range []string{"SMB", "APP"} {
				e.Action, e.Service = action, service
				var enc encoder
				line := enc.object(&counterfoil.Record{Event: e, Received: dialecttest.Received})
				if wrong := validate(line); wrong != nil {
					t.Fatalf("%s:\n%s\nof %s", action, strings.Join(wrong, "\n"), line)
				}
				seen[number(line.Member("class_uid"))] = true
				written++
			}
		}
	}
	if len(seen) != len(classFacts) || len(seen) != len(classes) {
		t.Errorf("%d classes written, the table has %d", len(seen), len(classFacts))
	}
	t.Logf("%d events of %d classes", written, len(seen))
}

// events gives hostile ones, one without any field, and one of every kind that dialects read.
func events(t *testing.T) []counterfoil.Event {
	list := dialecttest.Hostile()
	for i := range list {
		if len(list[i].User) > 1000 {
			list[i] = list[0] // its length is nothing that the schema minds
		}
	}
	files, err := filepath.Glob("../*/testdata/*.golden.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	seen := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			e, err := counterfoil.ParseEvent(string(bytes.TrimSuffix(line, []byte("\n"))))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if kind := e.Service + e.Name + e.Object.Kind; !seen[kind] && len(seen) < 80 {
				seen[kind] = true
				list = append(list, e)
			}
		}
	}
	return list
}

// TestValidator: a check that cannot fail is none.
func TestValidator(t *testing.T) {
	var enc encoder
	good := string(enc.object(&counterfoil.Record{Event: counterfoil.Event{Major: 1, Time: 1795000000e9, Service: "A", Name: "B",
		Action: counterfoil.FileRename, Host: "nas1", Object: counterfoil.Object{Name: "/a", To: "/b"}}}))
	for _, c := range []struct{ old, new, want string }{
		{`"activity_id":5`, `"activity_id":55`, "not one of"},
		{`"type_uid":100105`, `"type_uid":100104`, "type_uid is"},
		{`"hostname":"nas1"`, `"hostname":"nas 1"`, "no hostname"},
		{`"hostname":"nas1",`, ``, "wants one of"},
		{`"severity_id":1`, `"severity_id":"1"`, "not one of"},
		{`"time":1795000000000`, `"time":"soon"`, "want timestamp_t"},
		{`"path":"/a"`, `"pth":"/a"`, "no attribute"},
		{`"path":"/a"`, `"path":"\udcff"`, "not valid UTF-8"},
		{`"name":"a",`, ``, "file.name is required"},
		{`"version":"1.3.0"`, `"version":"1.2.0"`, "metadata.version"},
		{`"type_name":"File`, `"type_name":"F`, "type_name"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Errorf("%s is not in %s", c.old, good)
		}
		if got := strings.Join(validate(counterfoil.JSON(bad)), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s for %s: %q, want %q", c.new, c.old, got, c.want)
		}
	}
}

// TestGenerated: the tables are what gen makes of the schema that COUNTERFOIL_OCSF_SCHEMA names.
func TestGenerated(t *testing.T) {
	dir := os.Getenv("COUNTERFOIL_OCSF_SCHEMA")
	if dir == "" {
		peertest.Need(t, "ocsf", errors.New("COUNTERFOIL_OCSF_SCHEMA names no directory with the sources of the OCSF schema "+schemaVersion))
	}
	out := t.TempDir()
	if text, err := exec.Command("go", "run", "./gen", "-schema", dir, "-out", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, name := range []string{"classes.go", "schema_test.go"} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what gen makes of %s", name, dir)
		}
	}
}
