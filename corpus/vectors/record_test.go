package vectors

import (
	"testing"

	cf "github.com/counterfoil/counterfoil"
)

// key is the subject key of every vector: the bytes 0 to 31.
func key() (k cf.SubjectKey) {
	for i := range k {
		k[i] = byte(i)
	}
	return k
}

func records() []cf.Record {
	aid := cf.AID{0x6f, 0x0e, 0x2c, 0x1a, 0x93, 0xd1, 0x4c, 0x8b, 0xa1, 0xf0, 0x0c, 0x5c, 0x8f, 0x6f, 0x2b, 0x91}
	const at = cf.Time(1795348800123456789) // 2026-11-22T12:00:00.123456789Z
	full := cf.Record{Seq: 1, Received: at + 6543211, Via: "smb-1", Event: cf.Event{AID: aid, Major: 1, Time: at, Dialect: "samba/1", Host: "nas1",
		Service: "SMB", Name: "RENAME", Class: cf.ClassFileCreate | cf.ClassFileDelete, Category: cf.CategoryData, Action: cf.FileRename,
		Outcome: cf.Failure, Addr: "10.0.0.7", User: "anna", Session: "6f",
		Subject: cf.Subject{LoginID: "3000", ID: "0", Name: "root", Group: "0", Terminal: "pts/1", PID: 77, Process: "/usr/bin/mv"},
		Object:  cf.Object{Kind: "file", Name: "/hr/a", ID: "58:133:0", To: "/hr/b"},
		SvcData: `{"share":"hr"}`, EventData: `{"a":1,"b":[true,null,"x"]}`, Raw: "RENAME /hr/a /hr/b"}}
	least := cf.Record{Event: cf.Event{AID: aid, Major: 1, Time: 1, Service: "A", Name: "B"}, Received: 1}
	change := func(seq uint64, f func(r *cf.Record)) cf.Record {
		r := least
		r.Seq = seq
		f(&r)
		return r
	}
	return []cf.Record{
		least,
		full,
		change(2, func(r *cf.Record) {
			r.User, r.Outcome = "quote \" backslash \\ slash / \b\t\n\f\r \x00\x1f\x7f", cf.Success
		}),
		change(3, func(r *cf.Record) { r.User = "é 😀 \u2028 <&>" }),
		change(4, func(r *cf.Record) { r.User = "\xff a\xc3(\xed\xa0\x80 \xf0\x9f\x98" }),
		change(5, func(r *cf.Record) { r.Raw = "\x00\x01\xfe\xff" }),
		change(6, func(r *cf.Record) { r.Raw = "text with \x00 and é is text" }),
		change(7, func(r *cf.Record) { r.Time, r.Received = -1, -9214560000000000000 }),
		change(8, func(r *cf.Record) { r.EventData, r.SvcData = `"a string"`, `""` }),
		change(9, func(r *cf.Record) {
			r.EventData = `{"":{},"A":[],"B":[[]],"a":9007199254740992,"b":-0.5,"c":1e-7,"é":"1e+21"}`
		}),
		change(10, func(r *cf.Record) { r.Class, r.Category = cf.AllClasses, cf.CategoryAdmin }),
		change(11, func(r *cf.Record) { r.Subject.PID, r.Object.To = 1, "x" }),
		change(1<<53, func(r *cf.Record) { r.Major, r.Minor = 2, 13 }),
	}
}

type recordVector struct {
	SubjectKey string `json:"subject_key"` // hexadecimal, as are all below but the messages
	Message    string `json:"message"`
	Comma      int    `json:"comma"` // index of the byte between the halves
	OpenHalf   string `json:"open_half"`
	HiddenHalf string `json:"hidden_half"`
	Salt       string `json:"salt"`
	Open       string `json:"open"`
	Hidden     string `json:"hidden"`
	Leaf       string `json:"leaf"`
}

func TestRecords(t *testing.T) {
	var out []recordVector
	for _, r := range records() {
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		msg, comma := cf.AppendRecord(nil, &r)
		if again, err := cf.ParseRecord(string(msg)); err != nil || again != r {
			t.Fatalf("%s: %v", msg, err)
		}
		salt := key().Salt(r.Seq)
		l := cf.LeafOf(msg, comma, salt)
		h, k := l.Hash(), key()
		out = append(out, recordVector{hexed(k[:]), string(msg), comma, string(msg[:comma]) + "}", "{" + string(msg[comma+1:]),
			hexed(salt[:]), hexed(l.Open[:]), hexed(l.Hidden[:]), hexed(h[:])})
	}
	golden(t, "records.json", out)
}

// TestForgotten has what is left of records whose hidden half was forgotten: their leaves are those of records.json.
func TestForgotten(t *testing.T) {
	type vector struct {
		Message string `json:"message"`
		Comma   int    `json:"comma"`
		Leaf    string `json:"leaf"`
	}
	var out []vector
	for _, r := range records() {
		msg, comma := cf.AppendRecord(nil, &r)
		whole := cf.LeafOf(msg, comma, key().Salt(r.Seq))
		left := r.Forget(whole.Hidden)
		msg, comma = cf.AppendRecord(nil, &left)
		if again, err := cf.ParseRecord(string(msg)); err != nil || again != left {
			t.Fatalf("%s: %v", msg, err)
		}
		l := cf.LeafOf(msg, comma, cf.Salt{})
		if l != whole {
			t.Errorf("%s: its leaf is another", msg)
		}
		h := l.Hash()
		out = append(out, vector{string(msg), comma, hexed(h[:])})
	}
	golden(t, "forgotten.json", out)
}

// TestCanonical has data in any JSON form and its canonical form, or the error.
func TestCanonical(t *testing.T) {
	type vector struct {
		In    string `json:"in"`
		Out   string `json:"out,omitempty"`
		Error string `json:"error,omitempty"`
	}
	var out []vector
	for _, in := range []string{
		` { "b" : 1 , "a" : [ ] } `, `{"a":{"d":{},"c":"x"},"B":null}`, `{"é":1,"z":2,"a":3}`, `{"a":1,"A":2,"":3}`, `{"a\u0062":1}`,
		`"\u0041\/\u00e9\n\u0000\u001f"`, `"\ud83d\ude00"`, `"\udcff"`, `"\udcc3\udca4"`, `"\ud800x"`, "\"\x7f\u2028\"",
		`0`, `-0`, `0.0`, `1.50`, `1e3`, `1E+3`, `100000000000000000000`, `9007199254740992`, `9007199254740993`, `-9007199254740992`, `1e400`, `1e-400`,
		`0.1`, `0.1234567890123456789`, `1e-6`, `1e-7`, `12345.678`, `1e21`, `1.7976931348623157e308`, `5e-324`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `01`, `1.`, `.5`, `+1`, `NaN`, `nul`, `[1,]`, `{} {}`, `"\x"`, "\"\n\"", ``,
	} {
		v := vector{In: in}
		if c, err := cf.Canonical(in); err != nil {
			v.Error = err.Error()
		} else {
			v.Out = string(c)
		}
		out = append(out, v)
	}
	golden(t, "canonical.json", out)
}

// TestAIDs has the identifiers that a trail derives.
func TestAIDs(t *testing.T) {
	type vector struct {
		Trail string `json:"trail"`
		Seq   uint64 `json:"seq"`
		AID   string `json:"aid"`
	}
	id := cf.TrailID{0xa0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	var out []vector
	for _, seq := range []uint64{0, 1, 2, 255, 1 << 32, 1 << 53} {
		out = append(out, vector{hexed(id[:]), seq, cf.DeriveAID(id, seq).String()})
	}
	golden(t, "aids.json", out)
}
