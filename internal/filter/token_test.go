package filter

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

func tokens(text string, json bool) (all []string) {
	Tokens(text, json, func(t string) bool { all = append(all, t); return true })
	return all
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		in   string
		json bool
		want string
	}{
		{"", false, ""},
		{"a", false, "a"},
		{"Pay.xlsx: 10.5, fe80::1_x", false, "Pay|xlsx|10|5|fe80|1|x"},
		{"Ünïcode-Straße 東京 ٣", false, "Ünïcode|Straße|東京|٣"},
		{"a\xffb\xc3(c", false, "a|b|c"},
		{"a\ufffdb", false, "a|b"},
		{`a\nb`, false, "a|nb"},
		{`"a\nb\\n\"q\u001fz\udcffw é\/"`, true, "a|b|n|q|z|w|é"},
		{`{"k":[1.5,-2,true,null,"x"]}`, true, "k|1|5|2|true|null|x"},
		{`\`, true, ""},
		{`\u12`, true, ""},
		{strings.Repeat("x", 63) + "é", false, strings.Repeat("x", 63) + "é"},
		{strings.Repeat("x", 64) + " " + strings.Repeat("y", 200), false, strings.Repeat("x", 64) + "|" + strings.Repeat("y", 200)},
	} {
		if got := strings.Join(tokens(c.in, c.json), "|"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// TestHashVectors keeps the hash as it is: index files hold it.
func TestHashVectors(t *testing.T) {
	for _, c := range []struct {
		token string
		want  uint64
	}{
		{"a", 0xc4d84c493486fbd5}, {"A", 0xc4d84c493486fbd5}, {"0", 0x8e170a3146a54e8c}, {"pay", 0x316714a83cd31cae}, {"unlinked", 0x566a0ff1614bfaf4}, {"counterfoil", 0x0f9b097197d74816}, {"0123456789abcdefghi", 0x206f2d92710c7a7e}, {"straße", 0x730881e7fc389508}, {"STRASSEÉ", 0x10fdbd9473406891},
	} {
		if got := HashToken(c.token); got != c.want {
			t.Errorf("%q: got %#016x, want %#016x", c.token, got, c.want)
		}
	}
}

// slowHash is the hash as the comment in token.go says it.
func slowHash(token string) uint64 {
	b := []byte(strings.Map(unicode.ToLower, token))
	h := hashSeed + uint64(len(b))
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	for ; len(b) > 0; b = b[8:] {
		h = fold(h^binary.LittleEndian.Uint64(b), hashMul1)
	}
	return fold(h, hashMul2)
}

// slowTokens takes the tokens of text rune by rune.
func slowTokens(text string, json bool) []string {
	if json {
		var b strings.Builder
		for i := 0; i < len(text); i++ {
			if text[i] != '\\' {
				b.WriteByte(text[i])
				continue
			}
			b.WriteByte(' ')
			if i++; i < len(text) && text[i] == 'u' {
				i += 4
			}
		}
		text = b.String()
	}
	return strings.FieldsFunc(text, func(r rune) bool { return !isTokenRune(r) })
}

func FuzzHashTokens(f *testing.F) {
	f.Add(`{"path":"/hr/pay.xlsx","n":1.5,"t":"a\nb\u001fc\\\"d é É \udcff"}`, true)
	f.Add("x\xc3\xa9\xff\\n", false)
	f.Add(strings.Repeat("abcdefg ", 30), false)
	f.Fuzz(checkTokens)
}

func checkTokens(t *testing.T, text string, json bool) {
	want := slowTokens(text, json)
	if got := tokens(text, json); !slices.Equal(got, want) {
		t.Fatalf("%q: tokens %q, want %q", text, got, want)
	}
	var hashes []uint64
	for _, w := range want {
		hashes = append(hashes, slowHash(w))
		if HashToken(w) != slowHash(w) {
			t.Fatalf("HashToken(%q) is %#x, want %#x", w, HashToken(w), slowHash(w))
		}
	}
	var grams, wantGrams GramSet
	if got := hashTokens(nil, &grams, text, json); !slices.Equal(got, hashes) {
		t.Fatalf("%q: hashes %x, want %x", text, got, hashes)
	}
	for _, w := range want {
		for lower := []byte(strings.Map(unicode.ToLower, w)); len(lower) >= 4; lower = lower[1:] {
			wantGrams.add(binary.LittleEndian.Uint32(lower))
		}
	}
	if grams != wantGrams {
		t.Fatalf("%q: the grams are others than those of its tokens", text)
	}
}

func TestHashTokensAnyAlignment(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "B", "7", "z", "Q", " ", "/", `\`, `"`, "u", "é", "É", "\xff", "_", "ab", "cdefgh", "0123456789"}
	for range 20000 {
		var b strings.Builder
		for range rng.IntN(80) {
			b.WriteString(alphabet[rng.IntN(len(alphabet))])
		}
		checkTokens(t, b.String(), rng.IntN(2) == 0)
	}
}

// TestLowerKeepsTokens is what Contains with Fold relies on in MayMatch: lower case neither makes nor breaks tokens, and
// the lower case of lower case is itself.
func TestLowerKeepsTokens(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		l := unicode.ToLower(r)
		if isTokenRune(r) != isTokenRune(l) || unicode.ToLower(l) != l {
			t.Errorf("%U has lower case %U", r, l)
		}
	}
}

// TestCanonicalEscapesNoToken is what the JSON rules rely on.
func TestCanonicalEscapesNoToken(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if s := string(r); isTokenRune(r) && utf8.ValidRune(r) && strings.Contains(string(counterfoil.String(s)), `\`) {
			t.Fatalf("%U is escaped: %s", r, counterfoil.String(s))
		}
	}
}

// event is event_data as the benchmark's generator makes it, 424 bytes.
const event = `{"client":{"os":"Windows 11","version":"10.0.22631"},"file":{"attributes":32,"inode":8127733,"mode":"0644","path":"/mnt/tank/projects/2026/q3/report-final-v2.docx","size":283648,"type":"REGULAR"},"handle":{"type":"DEV_INO","value":"58:8127733:0"},"host":"10.12.33.71","result":{"type":"NTSTATUS","value_parsed":"SUCCESS","value_raw":0},"share":{"name":"projects","path":"/mnt/tank/projects"},"vers":{"major":0,"minor":1}}`

func BenchmarkHashTokensJSON(b *testing.B) {
	// Many different events, so that the branch predictor cannot learn one.
	rng := rand.New(rand.NewPCG(1, 2))
	var events [4096]string
	for i := range events {
		e := []byte(event)
		for j := range e {
			switch c := e[j]; {
			case c >= '0' && c <= '9':
				e[j] = '0' + byte(rng.IntN(10))
			case c == '/' && rng.IntN(3) == 0:
				e[j] = 'x'
			case c >= 'a' && c <= 'z' && rng.IntN(12) == 0:
				e[j] = "-_./"[rng.IntN(4)]
			}
		}
		events[i] = string(e)
	}
	buf, grams := make([]uint64, 0, 256), GramSet{}
	b.SetBytes(int64(len(event)))
	b.ReportAllocs()
	n := 0
	for i := 0; b.Loop(); i++ {
		buf = HashTokensJSON(buf[:0], &grams, events[i%len(events)])
		n += len(buf)
	}
	b.ReportMetric(float64(n)/float64(b.N), "tokens/op")
}

// Literal is a token that every text has in some case, of which the words are true, if it is ASCII.
func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{"": "", "pay": "pay", "HR/Pay.xlsx": "xlsx", "süß a": "a", "Straße": "", "one two": "one", "\u212a9 k": "k"} {
		if got := (Words{Text: text}).Literal(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, words := range map[string]string{`{"a":"PAY.XLSX of anna"}`: "xlsx OF", `{"a":"10` + "\u212a" + `g"}`: "10kg"} {
		w := Words{Text: words}
		r := counterfoil.Record{Event: counterfoil.Event{EventData: counterfoil.JSON(text)}}
		high := strings.IndexFunc(text, func(c rune) bool { return c > 0x7f }) >= 0
		if !Eval(w, &r) || !strings.Contains(strings.ToLower(text), w.Literal()) && !high {
			t.Errorf("%q in %q: %v, literal %q", words, text, Eval(w, &r), w.Literal())
		}
	}
}
