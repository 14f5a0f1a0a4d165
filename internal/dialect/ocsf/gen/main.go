// Command gen makes the tables of the OCSF room from the published schema: what the writer needs to name classes
// (classes.go), and the facts that its test holds every written event to (schema_test.go). It reads a directory with the
// schema's sources (categories.json, dictionary.json, events/, objects/, …) of one released version.
//
//	go run ./internal/dialect/ocsf/gen -schema DIR -out internal/dialect/ocsf
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"io/fs"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// classes and objects are what the room writes; the tables have no other.
var (
	classes = []string{"base_event", "file_activity", "kernel_extension", "process_activity", "event_log", "detection_finding",
		"account_change", "authentication", "entity_management", "user_access", "network_activity", "smb_activity", "config_state",
		"device_config_state_change", "application_lifecycle", "api_activity"}
	objects = []string{"actor", "api", "device", "file", "finding_info", "kernel_driver", "managed_entity", "metadata",
		"network_endpoint", "process", "product", "service", "session", "user"}
)

// profile is the one the room applies: who acted, and where. Attributes of other profiles are not in the tables.
const profile = "host"

func main() {
	log.SetFlags(0)
	dir := flag.String("schema", "", "directory with the schema's sources")
	out := flag.String("out", "internal/dialect/ocsf", "where the tables are written")
	flag.Parse()
	s, err := load(*dir)
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range map[string]string{"classes.go": s.classes(), "schema_test.go": s.facts()} {
		code, err := format.Source([]byte(text))
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(*out, name), code, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// definition is an event class, an object, a profile or an include file.
type definition struct {
	Name, Caption, Extends, Category string
	UID                              int
	Profiles                         []string
	Attributes                       map[string]json.RawMessage
	Constraints                      map[string][]string
}

// attribute is one of a class or object, or in the dictionary.
type attribute struct {
	Requirement, Type, Profile string
	Array                      bool `json:"is_array"`
	Enum                       map[string]struct{ Caption string }
}

type schema struct {
	version    string
	categories map[string]struct {
		Caption string
		UID     int
	}
	dictionary map[string]attribute
	files      map[string]definition            // by path, for includes
	defs       map[string]map[string]definition // "events" and "objects", by name
}

func load(dir string) (*schema, error) {
	s := &schema{files: map[string]definition{}, defs: map[string]map[string]definition{"events": {}, "objects": {}}}
	var version struct{ Version string }
	var categories struct {
		Attributes map[string]struct {
			Caption string
			UID     int
		}
	}
	var dictionary struct{ Attributes map[string]attribute }
	for name, v := range map[string]any{"version.json": &version, "categories.json": &categories, "dictionary.json": &dictionary} {
		if err := read(filepath.Join(dir, name), v); err != nil {
			return nil, err
		}
	}
	s.version, s.categories, s.dictionary = version.Version, categories.Attributes, dictionary.Attributes
	for _, sub := range []string{"events", "objects", "includes", "profiles"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") {
				return err
			}
			var d definition
			if err := read(path, &d); err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, path)
			s.files[filepath.ToSlash(rel)] = d
			if named := s.defs[sub]; named != nil {
				named[d.Name] = d
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

func read(name string, v any) error {
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// resolve gives a definition with what it inherits and includes.
func (s *schema) resolve(sort, name string) (d definition, attributes map[string]attribute) {
	d, ok := s.defs[sort][name]
	if !ok {
		log.Fatalf("the schema has no %q in %s", name, sort)
	}
	attributes = map[string]attribute{}
	if d.Extends != "" {
		var base definition
		base, attributes = s.resolve(sort, d.Extends)
		if d.Category == "" {
			d.Category = base.Category
		}
		if d.Constraints == nil {
			d.Constraints = base.Constraints
		}
		d.Profiles = append(slices.Clone(base.Profiles), d.Profiles...)
	}
	s.merge(attributes, d.Attributes, "")
	return d, attributes
}

func (s *schema) merge(into map[string]attribute, from map[string]json.RawMessage, profile string) {
	if list, ok := from["$include"]; ok {
		var names []string
		if json.Unmarshal(list, &names) != nil {
			var one string
			if err := json.Unmarshal(list, &one); err != nil {
				log.Fatal(err)
			}
			names = []string{one}
		}
		for _, n := range names {
			f, ok := s.files[n]
			if !ok {
				log.Fatalf("include of %q, which is not there", n)
			}
			p := ""
			if strings.HasPrefix(n, "profiles/") {
				p = f.Name
			}
			s.merge(into, f.Attributes, p)
		}
	}
	for name, text := range from {
		if name == "$include" {
			continue
		}
		a, ok := into[name]
		if !ok {
			a = s.dictionary[name]
			a.Profile = profile
		}
		enum := a.Enum
		a.Enum = nil // else Unmarshal would add to the map that others share
		if profile == "" {
			a.Profile = "" // named by the class itself, whatever profile has it too
		}
		if err := json.Unmarshal(text, &a); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		merged := maps.Clone(enum) // an override adds to the values there were
		if merged == nil {
			merged = a.Enum
		}
		maps.Copy(merged, a.Enum)
		a.Enum = merged
		into[name] = a
	}
}

const head = "// Code generated from the OCSF schema %s by internal/dialect/ocsf/gen. DO NOT EDIT.\n\npackage ocsf\n\n"

func (s *schema) uid(d definition) int {
	if d.Name == "base_event" {
		return 0
	}
	return s.categories[d.Category].UID*1000 + d.UID
}

// classes writes what the writer needs.
func (s *schema) classes() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, s.version)
	fmt.Fprintf(&b, "const schemaVersion = %q\n\n", s.version)
	b.WriteString("// classes are the event classes that are written, by class_uid.\nvar classes = map[int]class{\n")
	for _, name := range classes {
		d, attributes := s.resolve("events", name)
		category := s.categories[d.Category].Caption
		if name == "base_event" {
			category = "Uncategorized"
		}
		fmt.Fprintf(&b, "%d: {%q, %q, %v, map[int]string{", s.uid(d), d.Caption, category, slices.Contains(d.Profiles, profile))
		enum := attributes["activity_id"].Enum
		for _, k := range numbers(enum) {
			fmt.Fprintf(&b, "%d: %q, ", k, enum[strconv.Itoa(k)].Caption)
		}
		b.WriteString("}},\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// facts writes what the test checks: name, '!' required or '?' recommended, ':' type, "[]" array, '=' enum.
func (s *schema) facts() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, s.version)
	b.WriteString("// classFacts has the attributes of each class, by class_uid.\nvar classFacts = map[int]facts{\n")
	for _, name := range classes {
		d, attributes := s.resolve("events", name)
		fmt.Fprintf(&b, "%d: %s,\n", s.uid(d), s.fact(d, attributes))
	}
	b.WriteString("}\n\n// objectFacts has those of each object that is written.\nvar objectFacts = map[string]facts{\n")
	for _, name := range objects {
		d, attributes := s.resolve("objects", name)
		fmt.Fprintf(&b, "%q: %s,\n", name, s.fact(d, attributes))
	}
	b.WriteString("}\n")
	return b.String()
}

func (s *schema) fact(d definition, attributes map[string]attribute) string {
	var lines []string
	line := ""
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		if a.Profile != "" && a.Profile != profile {
			continue
		}
		w := name + map[string]string{"required": "!", "recommended": "?"}[a.Requirement] + ":" + a.Type
		if a.Array {
			w += "[]"
		}
		if k := numbers(a.Enum); len(k) > 0 && len(k) < 100 {
			w += "=" + strings.Trim(strings.ReplaceAll(fmt.Sprint(k), " ", ","), "[]")
		}
		if len(line)+len(w) > 110 {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+w, " ")
	}
	return fmt.Sprintf("{%#v, %#v, `\n%s\n`}", d.Constraints["at_least_one"], d.Constraints["just_one"], strings.Join(append(lines, line), "\n"))
}

// numbers gives the values of an enum that are numbers, ascending.
func numbers(enum map[string]struct{ Caption string }) (k []int) {
	for text := range enum {
		if n, err := strconv.Atoi(text); err == nil {
			k = append(k, n)
		}
	}
	slices.Sort(k)
	return k
}
