package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/control"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

const whole = `
node: nas1.example
data-dir: /var/lib/counterfoil
listen: 127.0.0.1:9000
inputs:
  - name: kernel
    type: netlink
  - {name: audit, type: file, path: /var/log/audit/audit.log, dialect: linux, from: end}
  - name: payroll
    type: file
    path: /srv/payroll.csv
    dialect: csv
    options:
      map: [time=When, user=Who, svc==PAYROLL]
      separator: tab
      zone: +02:00
  - {name: net, type: syslog}
  - name: fleet
    type: syslog
    listen: ["udp://0.0.0.0:514", "tls://[::]:6514"]
    tls: {certificate: cert.pem, key: key.pem, client-ca: ca.pem}
    connections: 4000
    idle-timeout: 1h
    options: {inner: linux}
  - {name: flows, type: conntrack}
  - {name: packets, type: nflog, group: 0, snaplen: 96, options: {deny: [DROP]}}
trail:
  segment-rows: 65536
  seal-age: 30m
  checkpoint-every: 500ms
  filesz: 8M
  dirs: [{path: /srv/a, minfree: 5}, {path: /srv/b, minfree-bytes: 2G}]
  dist: true
  retention:
    expire-after: 1y OR 500G
    rules:
      - {category: traffic, expire-after: 30d}
      - {input: kernel, expire-after: 90d AND 10G}
  full: {action: halt, soft: 10, reserve: 16M, command: [shutdown, -h, now]}
  quota: 200G
  quota-warning: 60
  quota-critical: 80
  warn: /etc/audit_warn
witness:
  quorum: 1
  every: 10s
  servers: [{key: w1.example+be682926+BJUEnAd6x8WKMo58KlWpX/r8jgjaoLCyR7Zf/noa30L5, url: "https://w1.example"}]
log: {level: debug, format: json}
`

func TestParse(t *testing.T) {
	got, err := Parse("whole.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{Node: "nas1.example", DataDir: "/var/lib/counterfoil", Listen: "127.0.0.1:9000",
		Inputs: []Input{
			{Name: "kernel", Type: "netlink", Dialect: "linux", Rcvbuf: 16 << 20},
			{Name: "audit", Type: "file", Path: "/var/log/audit/audit.log", Dialect: "linux", From: "end"},
			{Name: "payroll", Type: "file", Path: "/srv/payroll.csv", Dialect: "csv", From: "start",
				Options: map[string]any{"map": []any{"time=When", "user=Who", "svc==PAYROLL"}, "separator": "tab", "zone": "+02:00"}},
			{Name: "net", Type: "syslog", Dialect: "syslog", Rcvbuf: 16 << 20, Listen: []string{"udp://127.0.0.1:514", "tcp://127.0.0.1:514"}, Connections: 512},
			{Name: "fleet", Type: "syslog", Dialect: "syslog", Rcvbuf: 16 << 20, Listen: []string{"udp://0.0.0.0:514", "tls://[::]:6514"}, Connections: 4000,
				TLS: TLS{"cert.pem", "key.pem", "ca.pem"}, IdleTimeout: "1h", Options: map[string]any{"inner": "linux"}},
			{Name: "flows", Type: "conntrack", Dialect: "router", Rcvbuf: 16 << 20, Events: []string{"new", "destroy"}},
			{Name: "packets", Type: "nflog", Dialect: "router", Rcvbuf: 16 << 20, Group: new(int), Snaplen: 96, Options: map[string]any{"deny": []any{"DROP"}}},
		},
		Trail: Trail{SegmentRows: 65536, SealAge: 30 * time.Minute, CheckpointEvery: 500 * time.Millisecond, FileSize: "8M", Dist: true,
			Dirs:      []Dir{{"/srv/a", 5, ""}, {"/srv/b", 0, "2G"}},
			Retention: Retention{"1y OR 500G", []RetentionRule{{"traffic", "", "30d"}, {"", "kernel", "90d AND 10G"}}},
			Full:      Full{"halt", 10, "16M", []string{"shutdown", "-h", "now"}}, Quota: "200G", QuotaWarning: 60, QuotaCritical: 80, Warn: "/etc/audit_warn"},
		Witness: Witness{1, 10 * time.Second, []Server{{"w1.example+be682926+BJUEnAd6x8WKMo58KlWpX/r8jgjaoLCyR7Zf/noa30L5", "https://w1.example"}}}, Log: Log{"debug", "json"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseNothing(t *testing.T) {
	for _, src := range []string{"", "# only a comment\n", "---\n", "null\n"} {
		if c, err := Parse("empty.yaml", []byte(src)); err != nil || !reflect.DeepEqual(c, Default()) {
			t.Errorf("%q: got %+v, %v; want the defaults", src, c, err)
		}
	}
}

// Each mistake in testdata/*.yaml has its message in the .txt beside it.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(filepath.Base(name), src)
		if err == nil {
			t.Errorf("%s: no mistake found", name)
			continue
		}
		golden := strings.TrimSuffix(name, ".yaml") + ".txt"
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, _ := os.ReadFile(golden)
		if got := err.Error() + "\n"; got != string(want) {
			t.Errorf("%s:\n got:\n%swant:\n%s", name, got, want)
		}
	}
}

func TestDiff(t *testing.T) {
	from, err := Parse("a", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	to, err := Parse("b", []byte(strings.NewReplacer("9000", "9001", "from: end", "from: start", "https://w1", "https://w9", "name: kernel", "name: live", "separator: tab", "time: unix").Replace(whole)))
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{"listen", "127.0.0.1:9000", "127.0.0.1:9001"},
		{"inputs.kernel.name", "kernel", ""}, {"inputs.kernel.type", "netlink", ""},
		{"inputs.kernel.dialect", "linux", ""}, {"inputs.kernel.rcvbuf", "16777216", ""},
		{"inputs.audit.from", "end", "start"},
		{"inputs.payroll.options.separator", "tab", ""},
		{"witness.servers.w1.example+be682926", "https://w1.example w1.example+be682926+BJUEnAd6x8WKMo58KlWpX/r8jgjaoLCyR7Zf/noa30L5",
			"https://w9.example w1.example+be682926+BJUEnAd6x8WKMo58KlWpX/r8jgjaoLCyR7Zf/noa30L5"},
		{"inputs.live.name", "", "live"}, {"inputs.live.type", "", "netlink"},
		{"inputs.live.dialect", "", "linux"}, {"inputs.live.rcvbuf", "", "16777216"},
		{"inputs.payroll.options.time", "", "unix"},
	}
	if got := Diff(from.Settings(), to.Settings()); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if d := Diff(from.Settings(), from.Settings()); d != nil {
		t.Errorf("a configuration differs from itself: %q", d)
	}
	if !want[0].NeedsRestart() || want[5].NeedsRestart() {
		t.Error("NeedsRestart: listen does, an input does not")
	}
}

// The page for operators names every key.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Keys() {
		if !strings.Contains(string(page), "`"+k+"`") {
			t.Errorf("docs/config.md does not describe `%s`", k)
		}
	}
}

// A policy can be read again from what the trail keeps of it, with the same rules at the same places.
func TestOrigin(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	write("audit_control", "flags:lo,aa\nnaflags:lo\npolicy:cnt\n")
	write("audit_user", "root:ex:no\n")
	file := write("policy.yaml", "flags: lo\nnaflags: lo\nusers: [{name: root, always: ex, never: no}]\n")
	for name, src := range map[string]string{
		"inline":  "# a comment\nlisten: 127.0.0.1:1\npolicy:\n  flags: lo,ex\n  naflags: lo\n  filters: [{name: x, inputs: [http], filter: user = eve, then: refuse}]\n\nnode: x\n",
		"last":    "node: x\npolicy:\n  categories: {data: {enabled: false}}\n  lists:\n    - name: a\n      limit: {users: [eve]}\n",
		"flow":    "{policy: {flags: lo, naflags: no}}\n",
		"file":    "policy: {file: " + file + "}\n",
		"freebsd": "policy: {freebsd: " + dir + "}\n",
	} {
		c, err := Parse(name+".yaml", []byte(src))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := c.Policy.Origin().Read()
		if err != nil || !reflect.DeepEqual(again.Spec(), c.Policy.Spec()) {
			t.Errorf("%s: read again %+v, %v\nwant %+v", name, again, err, c.Policy.Spec())
			continue
		}
		if again.Origin().Digest() != c.Policy.Origin().Digest() || strings.Contains(c.Policy.Origin().Text, "node") {
			t.Errorf("%s: the text is %q, then %q", name, c.Policy.Origin().Text, again.Origin().Text)
		}
	}
	if _, err := LoadPolicy(dir); err == nil || !strings.Contains(err.Error(), "it is no file") {
		t.Errorf("a directory as a policy: %v", err)
	}
}

// What is imported from FreeBSD selects what the files select.
func TestImport(t *testing.T) {
	files := map[string]string{
		"audit_class":   "0x1000:lo:login\n0x40000000:ex:exec\n0x00800000:site:of our own\n0xffffffff:all:all\n0:no:none\n",
		"audit_event":   "23:AUE_EXECVE:execve(2):ex,site\n7000:AUE_SITE:ours, with a comma:site\n32:AUE_CONNECT:connect(2):no\n",
		"audit_control": "flags:lo,+site\nnaflags:all,^-ex\npolicy:cnt,argv\nminfree:5\n",
		"audit_user":    "root:ex:no\njo\"hn, the:all:site\n",
	}
	s := control.Read(files)
	p, _ := imported(t, s)
	got, want := p.Spec().Masks, freeBSDMasks("", s)
	if got.Flags.Masks != want.Flags.Masks || got.NaFlags.Masks != want.NaFlags.Masks || len(got.Users) != len(want.Users) {
		t.Fatalf("%+v\nwant %+v", got, want)
	}
	for i := range want.Users {
		if g, w := got.Users[i], want.Users[i]; g.Name != w.Name || g.Always.Masks != w.Always.Masks || g.Never.Masks != w.Never.Masks {
			t.Errorf("%+v\nwant %+v", g, w)
		}
	}
	sameEvents(t, got.Events, want.Events)
}

// sameEvents: what one table does not have is in no class, and no table has it so that the other judges it otherwise.
func sameEvents(t *testing.T, got, want map[string]bsm.Mask) {
	t.Helper()
	if got == nil {
		t.Fatal("BSM records are not judged by a table")
	}
	for _, events := range []map[string]bsm.Mask{want, got} {
		for name := range events {
			if got[name] != want[name] {
				t.Errorf("%s is in %08x, want %08x", name, got[name], want[name])
			}
		}
	}
}

// imported reads what Import writes.
func imported(t *testing.T, s *control.Security) (*Policy, string) {
	t.Helper()
	text, err := Import("/etc/security", s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePolicy(source{name: "imported.yaml", text: text, what: "policy"})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p, string(text)
}

// A name is imported as it is, whatever it is: another would be another user.
func TestImportNames(t *testing.T) {
	for _, name := range []string{"\tno", "true\u2028", "a\rb", "~", "null", "0x1", "{x", "- x", "a #b", "a\\b", "'\"", "\x01\x7f\u0085", "é", "*a", "&a", "!a", "%", "@", "<<"} {
		s := control.Read(map[string]string{"audit_control": "flags:lo\nnaflags:lo\npolicy:cnt\n", "audit_user": name + ":lo:no\n"})
		if p, text := imported(t, s); len(p.Spec().Masks.Users) != 1 || p.Spec().Masks.Users[0].Name != name {
			t.Errorf("%q is imported as %s", name, text)
		}
	}
	s := control.Read(map[string]string{"audit_control": "flags:lo\nnaflags:lo\npolicy:cnt\n", "audit_user": "j\xfcrgen:lo:no\n"})
	if text, err := Import("/etc/security", s); err == nil || !strings.Contains(err.Error(), `"j\xfcrgen" is not valid UTF-8`) {
		t.Errorf("%v\n%s", err, text)
	}
}

// The files that OpenBSM ships are imported as its own tables.
func TestImportShipped(t *testing.T) {
	s := control.Read(map[string]string{"audit_control": "flags:lo\nnaflags:lo\npolicy:cnt\nexpire-after:60d\n"})
	p, text := imported(t, s)
	sameEvents(t, p.Spec().Masks.Events, freeBSDMasks("", s).Events)
	if !strings.Contains(text, "# expire-after:60d is no part of a policy: trail.retention.expire-after") {
		t.Errorf("%s", text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("inputs:\n !- "))
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, name := range files {
		src, _ := os.ReadFile(name)
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Parse("fuzz.yaml", src)
		if err != nil {
			_ = err.Error() // drawing the line must not panic
			return
		}
		if d := Diff(c.Settings(), c.Settings()); d != nil {
			t.Errorf("a configuration differs from itself: %q", d)
		}
	})
}

// FuzzPolicy: what is taken reads again from its origin as the same rules, and judges any event as it explains it; a mistake
// can be shown.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte("categories: {traffic: {enabled: true, persist: false}}\nsets: [{name: s, users: [anna], groups: [staff]}]\nlists: [{name: l, inputs: [nas], watch: {sets: [s]}, limit: {users: [\"*\"]}}]\n"))
	f.Add([]byte("flags: lo,^-fc\nnaflags: all\nusers: [{name: root, always: ex, never: no}]\nclasses: [{name: lo, mask: 0x1}]\nevents: [{number: 23, name: AUE_X, classes: lo}]\npolicy: cnt\n"))
	f.Add([]byte("filters:\n  - {name: a, filter: 'mongo:{user: /a/}', then: stream}\n  - {name: b, filter: 'event = X', inputs: [test-1]}\nobserve: {until: 2026-12-01T08:00:00Z}\n"))
	f.Add([]byte("node: x\npolicy:\n  filters: [{name: t, then: keep, filter: 'truenas:[[\"username\",\"C=\",\"ANNA\"]]'}]\n"))
	records := filtertest.Records()
	f.Fuzz(func(t *testing.T, src []byte) {
		if bytes.Contains(src, []byte("file")) || bytes.Contains(src, []byte("freebsd")) || bytes.Contains(src, []byte(`\`)) {
			return // it would read files of this machine
		}
		p, err := parsePolicy(source{name: "fuzz.yaml", text: src, what: "policy"})
		if err != nil {
			_ = err.Error() // drawing the line must not panic
			return
		}
		again, err := p.Origin().Read()
		if err != nil {
			t.Fatalf("the origin %+v is not read again: %v", p.Origin(), err)
		}
		one, two := preselect.New(p.Spec(), nil), preselect.New(again.Spec(), nil)
		if !slices.Equal(one.Rules(), two.Rules()) {
			t.Fatalf("rules %+v\nagain %+v", one.Rules(), two.Rules())
		}
		if slices.ContainsFunc(p.Spec().Filters, func(x preselect.Filter) bool { return filter.MayBeUndecided(x.Expr) }) {
			return // what is not decided depends on the clock
		}
		for i := range records {
			r := &records[i]
			d := one.Input(r.Via).Judge(&r.Event)
			if _, told := one.Input(r.Via).Explain(&r.Event); told != d {
				t.Fatalf("record %d is judged %+v and explained %+v", i, d, told)
			}
		}
	})
}
