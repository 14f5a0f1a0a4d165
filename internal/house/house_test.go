// Package house is the floor plan as a test. It has no code but this: read DESIGN's third part in ARCHITECTURE.md for
// the why, and the tables below for the what. A complaint says what to write instead; to change a table is to change
// the architecture, so do it in a commit of its own that says why.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/counterfoil/counterfoil"

// floors, lowest first. A package imports lower floors only. "a/*" is any room directly below a; the root is ".".
// The longest pattern that fits decides.
var floors = [][]string{
	{"internal/sha256x2"},
	{".", "internal/disk", "internal/peertest", "internal/certtest", "internal/recv", "internal/visible", "internal/background", "internal/pagefile", "internal/hangup", "bench/proc", "bench/result"},
	{"internal/disk/disktest", "proof", "internal/filter", "internal/dialect", "internal/act", "internal/bsm"},
	{"internal/dialect/carry", "internal/bsm/*"},
	{"internal/dialect/*", "internal/filter/*", "internal/preselect", "internal/wal", "internal/segment", "internal/merkle"},
	{"internal/dialect/all", "internal/filter/grammar"},
	{"internal/trail"},
	{"internal/search", "internal/coverage", "internal/intake", "internal/access", "internal/witness", "internal/output", "internal/alarm"},
	{"internal/evidence", "internal/simulate"},
	{"internal/intake/*", "internal/output/*", "internal/config", "internal/api", "internal/web", "internal/convert"},
	{"internal/daemon"},
	{"internal/cli"},
	{"cmd/*", "bench/*", "internal/dialect/linux/gen", "internal/dialect/ocsf/gen", "corpus/*", "internal/house"},
}

// pure rooms are functions of their input: no clock, no disk, no network, no init.
var pure = []string{".", "internal/sha256x2", "proof", "internal/act", "internal/visible", "internal/filter", "internal/filter/*", "internal/dialect", "internal/dialect/*",
	"internal/bsm", "internal/bsm/*", "internal/preselect", "internal/coverage", "internal/merkle"}

// confined names the rooms that may import a package. What is below a name counts too ("net" has its own line, so
// that "net/netip" and "net/url", which touch nothing, are free). Every import from outside the standard library needs a line.
var confined = map[string][]string{
	"os":       {"internal/disk", "internal/recv", "internal/intake/*", "internal/output/*", "internal/config", "internal/access", "internal/daemon", "internal/convert", "internal/cli", "internal/dialect/linux/gen", "internal/dialect/ocsf/gen", "cmd/*", "bench/*", "corpus/*"},
	"os/exec":  {"internal/daemon", "bench/*"},
	"os/user":  {"internal/intake/*", "internal/daemon", "internal/cli"},
	"syscall":  {"internal/disk", "internal/background", "internal/recv", "internal/access", "internal/intake/*", "internal/output/*", "internal/daemon", "internal/cli", "bench/*", "corpus/*"},
	"net":      {"internal/hangup", "internal/intake/*", "internal/output/*", "internal/api", "internal/web", "internal/daemon", "internal/cli", "bench/*"},
	"net/http": {"internal/hangup", "internal/intake/*", "internal/witness", "internal/output/*", "internal/api", "internal/web", "internal/daemon", "internal/cli", "bench/*"},

	"github.com/parquet-go/parquet-go":    {"internal/segment", "internal/pagefile"},
	"github.com/klauspost/compress":       {"internal/wal", "internal/segment", "internal/intake/*", "internal/convert", "internal/api", "bench/*"},
	"github.com/cespare/xxhash":           {"internal/segment"}, // hashes that must be the same in every run, which hash/maphash does not promise
	"golang.org/x/mod":                    {"proof", "internal/witness", "internal/merkle", "internal/trail"},
	"github.com/leodido/go-syslog":        {"internal/dialect/syslog"}, // by its tests, as the oracle
	"github.com/spf13/cobra":              {"internal/cli"},
	"github.com/spf13/pflag":              {"internal/cli"},
	"github.com/elastic/go-libaudit":      {"internal/intake/*"},
	"github.com/goccy/go-yaml":            {"internal/config"},
	"github.com/prometheus/client_golang": {"internal/trail", "internal/intake", "internal/api", "internal/daemon"},
	"github.com/rogpeppe/go-internal":     {"cmd/*"},
	"github.com/dlclark/regexp2":          {"internal/filter"},
	"go.mongodb.org/mongo-driver/v2":      {"internal/dialect/mongo"}, // its tests: the oracle for BSON
	"golang.org/x/crypto":                 {"internal/access"},
	"golang.org/x/sys":                    {"internal/disk", "internal/recv", "internal/access", "internal/intake/*", "internal/output/*", "internal/daemon"},
	"golang.org/x/sync":                   {"internal/trail", "internal/search", "internal/intake", "internal/daemon"},
	"golang.org/x/term":                   {"internal/cli"},
}

// freeForTests may be imported by tests anywhere: a test needs a temporary file, a server, a clock.
var freeForTests = []string{"os", "os/exec", "os/user", "syscall", "net", "net/http", "golang.org/x/sys"}

// file is one Go file of the repository, seen from its package.
type file struct {
	name, pkg string // slash-separated, from the root
	test      bool   // a test, or part of a suite: a room named …test
	ast       *ast.File
	pos       *token.FileSet
}

func TestHouse(t *testing.T) {
	files := load(t, filepath.Join("..", ".."))
	seen := map[string]bool{}
	for _, f := range files {
		if !seen[f.pkg] && floorOf(f.pkg) < 0 {
			t.Errorf("%s: this package has no floor: add it to `floors` in internal/house/house_test.go, above everything it imports and below everything that imports it", f.pkg)
		}
		seen[f.pkg] = true
		check(f, t.Errorf)
	}
	if len(seen) < 5 {
		t.Fatalf("saw only %d packages: the walk does not find the repository", len(seen))
	}
}

// check says everything that is wrong with a file.
func check(f file, say func(format string, args ...any)) {
	for _, spec := range f.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		if inner, ours := strings.CutPrefix(p+"/", module+"/"); ours {
			checkFloor(f, path.Clean(strings.TrimSuffix(inner, "/")), say)
		} else {
			checkConfined(f, p, say)
		}
	}
	if !f.test && matches(pure, f.pkg) {
		checkPure(f, say)
	}
}

// checkFloor: imports go down. Tests of a room may use the suites (rooms named …test), nothing else may.
func checkFloor(f file, imported string, say func(string, ...any)) {
	from, to := floorOf(f.pkg), floorOf(imported)
	suite := strings.HasSuffix(imported, "test")
	switch {
	case suite && !f.test:
		say("%s imports the test suite %s: move what you need out of the suite, or the code into a _test.go file", f.name, imported)
	case f.test || from < 0 || to < 0 || to < from || suite:
	case to == from:
		say("%s imports %s, a room of its own floor: declare the small interface you need in %s and let internal/daemon hand the other room in, or move what both need down a floor", f.name, imported, f.pkg)
	default:
		say("%s (floor %d) imports %s (floor %d): imports go down. Take what you need as an argument or an interface, or move it down a floor", f.name, from, imported, to)
	}
}

// checkConfined: what reaches outside the process, and every dependency, is used in few rooms.
func checkConfined(f file, imported string, say func(string, ...any)) {
	standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
	key := imported
	for !standard && key != "." && confined[key] == nil {
		key = path.Dir(key)
	}
	rooms, listed := confined[key]
	switch {
	case !listed && !standard:
		say("%s imports %s, a dependency without rooms: is there one in go.mod or the standard library that does it? If not, add it to `confined` in internal/house/house_test.go with the rooms that may use it", f.name, imported)
	case listed && !matches(rooms, f.pkg) && !(f.test && slices.Contains(freeForTests, key)):
		say("%s imports %s, which is confined to %s: ask one of them through an interface, or do that work there", f.name, imported, strings.Join(rooms, ", "))
	}
}

// checkPure: no clock, nothing that runs before main.
func checkPure(f file, say func(string, ...any)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Tick", "Sleep"}, n.Sel.Name) {
				say("%s: time.%s in a pure room: take the time as an argument", f.pos.Position(n.Pos()), n.Sel.Name)
			}
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				say("%s: func init in a pure room: write a variable's value, or sync.OnceValue where it is dear", f.pos.Position(n.Pos()))
			}
		}
		return true
	})
}

// floorOf gives the index of a package's floor, -1 if it has none. A name beats a pattern.
func floorOf(pkg string) int {
	at := func(p string) int {
		return slices.IndexFunc(floors, func(rooms []string) bool { return slices.Contains(rooms, p) })
	}
	if i := at(pkg); i >= 0 {
		return i
	}
	return at(path.Dir(pkg) + "/*")
}

func isTest(file string) bool {
	return strings.HasSuffix(file, "_test.go") || strings.HasSuffix(path.Dir(file), "test")
}

func matches(rooms []string, pkg string) bool {
	return slices.Contains(rooms, pkg) || slices.Contains(rooms, path.Dir(pkg)+"/*")
}

// load parses every Go file of the module on every platform: build constraints do not hide a file.
func load(t *testing.T, root string) (files []file) {
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			otherModule, _ := filepath.Glob(filepath.Join(name, "go.mod"))
			if rel != "." && (len(otherModule) > 0 || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || rel == "var") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		files = append(files, file{rel, path.Dir(rel), isTest(rel), parsed, set})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
