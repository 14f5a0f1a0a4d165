package searchq_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
)

// FuzzParse: no query makes the parser panic, what it gives prints as a query that gives the same tree, and the
// completion never points outside.
func FuzzParse(f *testing.F) {
	for _, c := range filtertest.Cases() {
		f.Add(c.Query)
	}
	for _, q := range []string{`since 2026-11-22 10:00 until now (a or "b c"*) svc in (#"smb", x)`, `event_data."a\"b".c !~ 'x\y' and not a`, `user = #null or time < monday`, `event_data.x = 1e400`, `"or"`, `"and" "not" or "since" "until"`} {
		f.Add(q)
	}
	records := filtertest.Records()
	blocks := make([]filter.Blocks, len(records))
	for i := range records {
		blocks[i] = filtertest.Block(&records[i])
	}
	f.Fuzz(func(t *testing.T, text string) {
		for at := 0; at <= len(text); at += 1 + len(text)/8 {
			for _, c := range searchq.Complete(text, at) {
				if c.From < 0 || c.From > c.To || c.To > len(text) || c.Text == "" {
					t.Fatalf("Complete(%q, %d) gives %+v", text, at, c)
				}
			}
		}
		q, err := searchq.Parse(text, filtertest.Now)
		if err != nil {
			var e *searchq.Error
			if !errors.As(err, &e) || e.Column < 1 || e.Column > len([]rune(text))+1 || e.Error() == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := searchq.Parse(q.String(), filtertest.Now)
		if err != nil || again.From != q.From || again.To != q.To || !filter.Equal(again.Expr, q.Expr) {
			t.Fatalf("%q prints as\n%s\nwhich reads as %#v\nnot        %#v\n%v", text, q, again, q, err)
		}
		for i := range records {
			if filter.Eval(q.Expr, &records[i]) && !filter.MayMatch(q.Expr, blocks[i]) {
				t.Fatalf("%q: MayMatch hides record %d", text, i)
			}
		}
	})
}

// TestPrintAnyFilter: what other grammars make prints as a query of the same meaning, and that one prints as itself.
func TestPrintAnyFilter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for seq := range uint64(20000) {
		checkPrint(t, rng, seq)
	}
}

func FuzzPrint(f *testing.F) {
	f.Add([]byte("abc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var seed [32]byte
		copy(seed[:], data)
		checkPrint(t, rand.New(rand.NewChaCha8(seed)), binary.LittleEndian.Uint64(seed[:])%100)
	})
}

func checkPrint(t *testing.T, rng *rand.Rand, seq uint64) {
	x := filtertest.RandomExpr(rng, 3)
	r := filtertest.RandomRecord(rng, seq%12)
	if rng.IntN(2) == 0 {
		x = filter.Or{X: []filter.Expr{filtertest.RandomAbout(rng, &r), x}}
	}
	text, losses := searchq.Translate(x)
	if len(losses) > 0 {
		return
	}
	q, err := searchq.Parse(text, filtertest.Now)
	if err != nil {
		t.Fatalf("%#v\nprints as %v", x, err)
	}
	if filter.Eval(x, &r) != filter.Eval(q.Expr, &r) {
		t.Fatalf("%#v\nprints as %s\nwhich means %#v", x, text, q.Expr)
	}
	if again := searchq.Print(q.Expr); again != text {
		t.Fatalf("%s\nprints as\n%s", text, again)
	}
}
