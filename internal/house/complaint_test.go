package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"strings"
	"testing"
)

// A check that cannot fail is none: each rule, broken once.
func TestComplaints(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"internal/wal/x.go", `import "github.com/counterfoil/counterfoil/internal/trail"`, "imports go down"},
		{"internal/wal/x.go", `import "github.com/counterfoil/counterfoil/internal/segment"`, "a room of its own floor"},
		{"internal/api/x.go", `import "github.com/counterfoil/counterfoil/internal/disk/disktest"`, "test suite"},
		{"internal/trail/x.go", `import "os"`, "confined to internal/disk"},
		{"internal/trail/x.go", `import "github.com/parquet-go/parquet-go/deprecated"`, "confined to internal/segment"},
		{"internal/trail/x.go", `import "example.org/handy"`, "a dependency without rooms"},
		{"internal/dialect/linux/x.go", `import "time"; var x = time.Now()`, "time.Now in a pure room"},
		{"canonical.go", `func init() {}`, "func init in a pure room"},
		{"internal/wal/x.go", `import ("net/netip"; "github.com/counterfoil/counterfoil"; "github.com/klauspost/compress/zstd")`, ""},
		{"internal/trail/x_test.go", `import ("os"; "github.com/counterfoil/counterfoil/internal/disk/disktest")`, ""},
		{"internal/dialect/dialecttest/x.go", `import "os"`, ""},
		{"internal/daemon/x.go", `func init() {}`, ""},
	} {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, c.name, "package x; "+c.source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		check(file{c.name, path.Dir(c.name), isTest(c.name), tree, set}, func(format string, args ...any) {
			said = append(said, fmt.Sprintf(format, args...))
		})
		if got := strings.Join(said, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s with %s:\n got %q\nwant %q", c.name, c.source, got, c.want)
		}
	}
	if floorOf("internal/new") >= 0 || floorOf("internal/dialect/all") <= floorOf("internal/dialect/linux") {
		t.Error("floorOf knows a package that is new, or does not put the list of dialects above the dialects")
	}
}
