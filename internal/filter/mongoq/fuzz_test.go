package mongoq_test

import (
	"errors"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/mongoq"
)

var seeds = []string{`{}`, ``, `[]`, `{ atype: "authCheck", "param.command": { $in: [ "find", /^x/i, null ] }, "param.ns": /^test\\./ } }`,
	`{users: {$elemMatch: {user: "tim", $or: [{db: "a"}, {db: {$ne: "b"}}]}}}`, `{"param.x": {$elemMatch: {$gt: 5, $lt: 8, $in: [/a/, 1]}}}`,
	`{ts: {$gte: Date(1714979289123), $lt: new Date(5)}, time: {$date: "2024-05-06T07:08:09Z"}}`, `{user: {$not: /a$/}, success: false, seq: {$gt: 5}}`,
	`{"param.a": {$mod: [4, 1], $size: 2, $type: ["int", 2, "number"], $all: [1, [2], {a: NumberLong("9007199254740993")}], $bitsAnyClear: [0, 5]}}`,
	`{$nor: [{class: "fd"}, {user: null, host: {$exists: false}}], $comment: 1, $and: [{result: {$ne: 0}}]}`, `{"event_data.file.path": {$regex: "(?=a)b", $options: "x"}}`,
	`{"param.v": {$eq: {a: UUID("00112233-4455-6677-8899-aabbccddeeff"), b: [NaN, -Infinity, 1e400, .5]}, $nin: [{$oid: "0123456789abcdef01234567"}, {$minKey: 1}, Timestamp(1, 2), {$regex: "a", $options: "i"}]}}`,
	`{"users.0.user": {$not: {$gt: "a", $ne: {x: 1}}}, result: {$gte: {$numberDecimal: "1.50"}}}`, `{class: {$size: 2}, "user.x": null, vers: {$type: "string"}, "param.a": {$not: {$in: []}}}`,
	`{"param.a": {$elemMatch: {$not: {$in: [1, /x/]}, $exists: true, $elemMatch: {$eq: 1}}}, roles: {$elemMatch: {$nor: [{}]}}, "param.b": {$eq: {$ref: "a", $id: 1}}}`}

// FuzzParse: no text makes the parser panic, and what it gives prints as a text that gives the same tree, without loss.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	records := filtertest.Records()
	records = append(records, counterfoil.Record{Event: counterfoil.Event{Name: "X", Service: "MONGODB",
		EventData: `{"atype":"authCheck","param":{"a":[1,[2,"x"],{"b":null}],"x":"9007199254740993"},"result":0,"users":[{"db":"a","user":"tim"}]}`}})
	f.Fuzz(func(t *testing.T, text string) {
		q, err := mongoq.Parse(text)
		if err != nil {
			var e *filter.SyntaxError
			if !errors.As(err, &e) || e.Column < 1 || e.Column > len([]rune(text))+1 || e.Code == 0 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		printed, losses := mongoq.Print(q.Expr)
		again, err := mongoq.Parse(printed)
		if err != nil || len(losses) > 0 || !filter.Equal(again.Expr, q.Expr) {
			t.Fatalf("%q prints as\n%s\nwhich reads as %#v\nnot        %#v\n%v %v", text, printed, again.Expr, q.Expr, err, losses)
		}
		for i := range records {
			if r := &records[i]; filter.Eval(q.Expr, r) && !filter.MayMatch(q.Expr, filtertest.Block(r)) {
				t.Fatalf("%q: MayMatch hides record %d", text, i)
			}
		}
	})
}
