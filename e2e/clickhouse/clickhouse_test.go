package clickhouse_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/filter/sqlprint"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

const config = `<yandex>
  <logger><level>warning</level><log>%[1]s/server.log</log><errorlog>%[1]s/error.log</errorlog></logger>
  <http_port>%[2]d</http_port><listen_host>127.0.0.1</listen_host>
  <path>%[1]s/data/</path><tmp_path>%[1]s/tmp/</tmp_path><users_config>%[1]s/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database><mark_cache_size>5368709</mark_cache_size>
</yandex>`

const users = `<yandex><profiles><default/></profiles><quotas><default/></quotas>
  <users><default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></yandex>`

// server is a running ClickHouse.
type server struct {
	*testing.T
	url string
}

func start(t *testing.T) *server {
	t.Helper()
	program := peertest.Program(t, "clickhouse", "clickhouse-server")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{"config.xml": fmt.Sprintf(config, dir, port), "users.xml": users} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "--config-file="+filepath.Join(dir, "config.xml"))
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	s := &server{t, fmt.Sprintf("http://127.0.0.1:%d/", port)}
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if r, err := http.Get(s.url + "ping"); err == nil {
			r.Body.Close()
			return s
		}
	}
	log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
	t.Fatalf("ClickHouse does not start: %s%s", said.String(), log)
	return nil
}

// do runs a statement and gives what it answers.
func (s *server) do(statement string) string {
	s.Helper()
	r, err := http.Post(s.url, "text/plain", strings.NewReader(statement))
	if err != nil {
		s.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		s.Fatalf("%.500s\n%s %s %v", statement, r.Status, text, err)
	}
	return string(text)
}

// isAsked reports whether all of a filter is about columns that the table has.
func isAsked(x filter.Expr) bool {
	return filter.Columns(x, func(c filter.Column) bool { return columnType(c) != "" })
}

// columnType gives the type of a column; "": this ClickHouse has no words for it.
func columnType(c filter.Column) string {
	switch c {
	case filter.ColTime, filter.ColReceived, filter.ColSvcData, filter.ColEventData, filter.ColRaw, filter.ColAID:
		return ""
	case filter.ColSeq:
		return "UInt64"
	case filter.ColPID:
		return "Int64"
	case filter.ColSuccess:
		return "Nullable(UInt8)"
	}
	return "String"
}

func name(c filter.Column) string { return strings.ReplaceAll(filter.ColumnNames[c], ".", "_") }

// row is a record as the table has it.
func row(r *counterfoil.Record) string {
	columns := map[string]any{}
	for c := range filter.NumColumns {
		var texts []string
		filter.Texts(filter.Field{Column: c}, r, func(s string) bool { texts = append(texts, s); return true })
		switch columnType(c) {
		case "String":
			columns[name(c)] = strings.Join(texts, ",")
		case "UInt64":
			columns[name(c)] = r.Seq
		case "Int64":
			columns[name(c)] = r.Subject.PID
		case "Nullable(UInt8)":
			columns[name(c)] = map[counterfoil.Outcome]any{counterfoil.Success: 1, counterfoil.Failure: 0}[r.Outcome]
		}
	}
	text, err := json.Marshal(columns)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// A filter that is printed without a loss finds in ClickHouse what Eval finds.
func TestPrintedFilters(t *testing.T) {
	s := start(t)
	rng := rand.New(rand.NewPCG(13, 14))
	var definitions []string
	for c := range filter.NumColumns {
		if kind := columnType(c); kind != "" {
			definitions = append(definitions, "`"+name(c)+"` "+kind)
		}
	}
	s.do("CREATE TABLE events (" + strings.Join(definitions, ", ") + ") ENGINE = Memory")
	var recs []counterfoil.Record
	var rows strings.Builder
	for len(recs) < 500 {
		r := filtertest.RandomRecord(rng, uint64(len(recs)))
		if text, _ := counterfoil.AppendRecord(nil, &r); !utf8.Valid(text) || strings.Contains(string(text), `\ud`) {
			continue
		}
		recs = append(recs, r)
		rows.WriteString(row(&r) + "\n")
	}
	s.do("INSERT INTO events FORMAT JSONEachRow " + rows.String())
	asked, found := 0, 0
	for range 4000 {
		x := pick(rng, &recs[rng.IntN(len(recs))])
		text, losses := sqlprint.Print("clickhouse", x)
		if len(losses) > 0 || !isAsked(x) {
			continue
		}
		var want []string
		for i := range recs {
			if filter.Eval(x, &recs[i]) {
				want = append(want, fmt.Sprint(recs[i].Seq))
			}
		}
		got := strings.Fields(s.do("SELECT seq FROM events WHERE " + text + " ORDER BY seq"))
		if !slices.Equal(got, want) {
			t.Errorf("%s\n%s\nfinds %d records, want %d", searchq.Print(x), text, len(got), len(want))
		}
		if asked++; len(want) > 0 && len(want) < len(recs) {
			found++
		}
	}
	if t.Logf("%d filters asked, %d of them find some records and not all", asked, found); found < 200 {
		t.Error("the filters try too little")
	}
}

func pick(rng *rand.Rand, r *counterfoil.Record) filter.Expr {
	switch rng.IntN(4) {
	case 0:
		return filtertest.RandomExpr(rng, 1)
	case 1:
		return filtertest.RandomAbout(rng, r)
	case 2:
		return filter.Not{X: filtertest.RandomExpr(rng, 1)}
	}
	f := filter.Field{Column: filter.Column(rng.IntN(int(filter.NumColumns)))}
	return filter.Not{X: filter.Reach{Field: f, Test: filter.Holds{Value: counterfoil.String(r.User)}}}
}
