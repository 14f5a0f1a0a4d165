// Package ferretdb compares the MongoDB grammar with a second implementation: FerretDB, in this process, on SQLite,
// asked by MongoDB's driver over loopback. Both see the same random documents and filters.
package ferretdb

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	dialectmongo "github.com/counterfoil/counterfoil/internal/dialect/mongo"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/mongoq"
)

const (
	documents = 300
	filters   = 1500
)

// start runs FerretDB until the test ends and gives a collection of it.
func start(t *testing.T) *mongo.Collection {
	t.Helper()
	f, err := ferretdb.New(&ferretdb.Config{Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:0"}, Handler: "sqlite", SQLiteURL: "file:" + t.TempDir() + "/",
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	c, err := mongo.Connect(ctx, options.Client().ApplyURI(f.MongoDBURI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Disconnect(context.Background()); err != nil {
			t.Errorf("disconnect: %v", err)
		}
		stop()
		<-done
	})
	return c.Database("d").Collection("c")
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

var keys = []string{"a", "b", "c", "0", "1"}

// randomValue makes a value. FerretDB keeps no array within an array.
func randomValue(rng *rand.Rand, depth int, inArray bool) any {
	switch n := rng.IntN(14); {
	case n == 0 && depth > 0:
		return randomDocument(rng, depth-1)
	case n <= 3 && depth > 0 && !inArray:
		list := bson.A{}
		for range rng.IntN(4) {
			list = append(list, randomValue(rng, depth-1, true))
		}
		return list
	case n == 4:
		return nil
	case n == 5:
		return rng.IntN(2) == 0
	case n == 6:
		return pick(rng, 1.5, 2.0, -3.25, 5.0)
	case n == 7:
		return pick[int64](rng, 1, 5, 1<<40, 1<<53+1)
	case n == 8:
		return primitive.DateTime(pick[int64](rng, 0, 1714979289123, 1714979289124))
	case n == 9:
		return primitive.ObjectID{1, 2, 3, byte(rng.IntN(3))}
	case n == 10:
		return primitive.Binary{Subtype: 0, Data: []byte{byte(rng.IntN(4)), 5}}
	case n <= 12:
		return pick(rng, "", "a", "ab", "B", "tim", "x\ny", "5", "é")
	}
	return int32(rng.IntN(7) - 1)
}

func randomDocument(rng *rand.Rand, depth int) bson.D {
	d := bson.D{}
	for _, k := range keys[:3] {
		if rng.IntN(3) > 0 {
			d = append(d, bson.E{Key: k, Value: randomValue(rng, depth, false)})
		}
	}
	return d
}

// literal writes a value to compare with as extended JSON.
func literal(rng *rand.Rand) string {
	return pick(rng, `1`, `2`, `5`, `0`, `-1`, `1.5`, `5.0`, `{"$numberLong":"9007199254740993"}`, `1099511627776`, `"a"`, `"ab"`, `"tim"`, `""`, `"5"`, `true`, `false`, `null`,
		`{"$date":"2024-05-06T07:08:09.123Z"}`, `{"$oid":"010203010000000000000000"}`, `[]`, `[1]`, `["a",5]`, `{}`, `{"a":1}`, `{"a":"a","b":1}`)
}

func scalar(rng *rand.Rand) string {
	for {
		if s := literal(rng); s[0] != '[' && (s[0] != '{' || strings.HasPrefix(s, `{"$`)) {
			return s
		}
	}
}

func regex(rng *rand.Rand) string {
	return `{"$regex":"` + pick(rng, "^a", "b$", "^$", "i", "^[a-t]+$", "(?i)b", "x.y") + `","$options":"` + pick(rng, "", "", "i", "s") + `"}`
}

// condition is a filter as a tree. FerretDB and we are compared on its leaves, and on the whole.
type condition struct {
	op         string // "$and", "$or", "$nor", "$not"; "" for a leaf
	of         []condition
	path, test string // of a leaf, {path: test}
}

func (c condition) text() string {
	switch c.op {
	case "":
		return `{"` + c.path + `":` + c.test + `}`
	case "$not":
		return `{"` + c.of[0].path + `":{"$not":` + c.of[0].test + `}}`
	}
	return `{"` + c.op + `":[` + c.of[0].text() + "," + c.of[1].text() + `]}`
}

// leaves lists the leaves.
func (c condition) leaves() (list []condition) {
	if c.op == "" {
		return []condition{c}
	}
	for _, sub := range c.of {
		list = append(list, sub.leaves()...)
	}
	return list
}

// answer gives what follows from the answers of the leaves.
func (c condition) answer(leaf func(condition) bool) bool {
	switch c.op {
	case "$and":
		return c.of[0].answer(leaf) && c.of[1].answer(leaf)
	case "$or":
		return c.of[0].answer(leaf) || c.of[1].answer(leaf)
	case "$nor":
		return !c.of[0].answer(leaf) && !c.of[1].answer(leaf)
	case "$not":
		return !c.of[0].answer(leaf)
	}
	return leaf(c)
}

// operator makes a document of one operator.
func operator(rng *rand.Rand) string {
	switch rng.IntN(16) {
	case 0:
		return `{"$exists":` + pick(rng, "true", "false") + `}`
	case 1:
		return `{"$in":[` + scalar(rng) + "," + literal(rng) + `]}`
	case 2:
		return `{"$nin":[` + scalar(rng) + "," + scalar(rng) + `]}`
	case 3:
		return `{"$size":` + pick(rng, "0", "1", "2") + `}`
	case 4:
		return `{"$type":` + pick(rng, `"string"`, `"array"`, `"object"`, `"number"`, `"null"`, `"bool"`, `"date"`, `"objectId"`, `"binData"`, `["string","null"]`) + `}`
	case 5:
		return `{"$mod":[` + pick(rng, "2", "3") + "," + pick(rng, "0", "1") + `]}`
	case 6:
		return `{"$all":[` + scalar(rng) + "," + scalar(rng) + `]}`
	case 7:
		return regex(rng)
	case 8:
		return `{"$ne":` + literal(rng) + `}`
	case 9:
		return `{"$elemMatch":` + pick(rng, `{"$gt":0,"$lt":5}`, `{"$eq":"a"}`, `{"$in":[1,"a"]}`, `{"a":1}`, `{"a":{"$gt":0},"b":{"$exists":true}}`, `{"b":null}`) + `}`
	case 10:
		return `{"$bits` + pick(rng, "AllSet", "AnySet", "AllClear", "AnyClear") + `":` + pick(rng, "1", "5", "[0,2]") + `}`
	}
	return `{"` + pick(rng, "$gt", "$gte", "$lt", "$lte", "$eq") + `":` + scalar(rng) + `}`
}

func randomFilter(rng *rand.Rand, depth int) condition {
	if depth > 0 && rng.IntN(4) == 0 {
		return condition{op: pick(rng, "$and", "$or", "$nor"), of: []condition{randomFilter(rng, depth-1), randomFilter(rng, depth-1)}}
	}
	path := "param"
	for range 1 + rng.IntN(3) {
		path += "." + pick(rng, keys[:3+rng.IntN(3)]...)
	}
	if rng.IntN(3) == 0 {
		return condition{path: path, test: literal(rng)}
	}
	leaf := condition{path: path, test: operator(rng)}
	if rng.IntN(12) == 0 {
		return condition{op: "$not", of: []condition{leaf}}
	}
	return leaf
}

// record is what the mongo room makes of a message with this param.
func record(t *testing.T, id int, param bson.D) *counterfoil.Record {
	t.Helper()
	b, err := bson.Marshal(bson.D{{Key: "atype", Value: "authCheck"}, {Key: "param", Value: param}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := dialectmongo.Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	events, err := d.Decode(nil, dialect.Frame{Data: b, Received: 1})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	return &counterfoil.Record{Event: events[0], Seq: uint64(id)}
}

// TestAgainstFerretDB: FerretDB and we find the same, but for leaves of which a class in classes.go says by what the filter asks and
// by the shape of the document why FerretDB departs from the reference; there our answer is what the reference says, told by an
// oracle of its own. Whole filters follow from their leaves, on both sides.
func TestAgainstFerretDB(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	rng := rand.New(rand.NewPCG(5, 4))
	both := &comparison{T: t, ctx: ctx, theirs: c, known: map[string]*answers{}, classed: map[string]int{}, refused: map[string]int{}}
	var docs []any
	for i := range documents {
		param := randomDocument(rng, 2)
		docs = append(docs, bson.D{{Key: "_id", Value: int32(i)}, {Key: "param", Value: param}})
		both.docs, both.records = append(both.docs, bson.D{{Key: "param", Value: param}}), append(both.records, record(t, i, param))
	}
	if _, err := c.InsertMany(ctx, docs); err != nil {
		t.Fatal(err)
	}
	for range filters {
		both.whole(randomFilter(rng, 2))
	}
	t.Logf("%d filters and %d leaves of them compared on %d documents, %d hits; FerretDB refused: %v; answers of leaves that differ, by class: %v",
		both.compared, len(both.known), documents, both.found, both.refused, both.classed)
	if both.compared < filters/2 || both.found < both.compared {
		t.Error("the test sees too little")
	}
	for _, k := range classes {
		if both.classed[k.name] == 0 {
			t.Errorf("nothing differs of the class %q any more: take it out", k.name)
		}
	}
}

// comparison asks both.
type comparison struct {
	*testing.T
	ctx     context.Context
	theirs  *mongo.Collection
	docs    []bson.D
	records []*counterfoil.Record
	known   map[string]*answers // of leaves, by their text

	compared, found  int
	classed, refused map[string]int
}

// answers are what both say of every document.
type answers struct{ ours, theirs []bool }

// ask gives the answers to a filter; nil where FerretDB refuses it.
func (c *comparison) ask(text string) *answers {
	ids, err := find(c.ctx, c.theirs, text)
	q, ourErr := mongoq.Parse(text)
	if ourErr != nil {
		c.Errorf("%s is refused here: %v; FerretDB says %v", text, ourErr, err)
	}
	if err != nil || ourErr != nil {
		c.refused[fmt.Sprintf("%.60s", fmt.Sprint(err))]++
		return nil
	}
	a := &answers{}
	for i, r := range c.records {
		a.ours, a.theirs = append(a.ours, filter.Eval(q.Expr, r)), append(a.theirs, slices.Contains(ids, int32(i)))
	}
	return a
}

// whole compares a filter, and its leaves that were not yet.
func (c *comparison) whole(x condition) {
	for _, leaf := range x.leaves() {
		if _, asked := c.known[leaf.text()]; asked {
			continue
		}
		a := c.ask(leaf.text())
		if c.known[leaf.text()] = a; a != nil {
			c.leaf(leaf, a)
		}
	}
	a := c.ask(x.text())
	if a == nil {
		return
	}
	c.compared++
	for i := range c.docs {
		if a.ours[i] {
			c.found++
		}
		if slices.ContainsFunc(x.leaves(), func(l condition) bool { return c.known[l.text()] == nil }) {
			continue
		}
		ours := x.answer(func(l condition) bool { return c.known[l.text()].ours[i] })
		theirs := x.answer(func(l condition) bool { return c.known[l.text()].theirs[i] })
		if ours != a.ours[i] || theirs != a.theirs[i] {
			c.Errorf("%s of %v: %v here and %v there, by its leaves %v and %v", x.text(), c.docs[i], a.ours[i], a.theirs[i], ours, theirs)
		}
	}
}

// leaf gives each difference to the one class that has it.
func (c *comparison) leaf(x condition, a *answers) {
	for i := range c.docs {
		if a.ours[i] == a.theirs[i] {
			continue
		}
		test, err := testOf(x)
		if err != nil {
			c.Fatal(err)
		}
		k := slices.IndexFunc(classes, func(k class) bool { return k.has(test, c.docs[i]) })
		if k < 0 {
			c.Errorf("%s of %v: %v here, %v there", x.text(), c.docs[i], a.ours[i], a.theirs[i])
			continue
		}
		c.classed[classes[k].name]++
		if want := test.holds(c.docs[i]); want != a.ours[i] {
			c.Errorf("%s of %v (%s): %v here, by the reference %v", x.text(), c.docs[i], classes[k].name, a.ours[i], want)
		}
	}
}

func find(ctx context.Context, c *mongo.Collection, text string) (ids []int32, err error) {
	var doc bson.D
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		return nil, err
	}
	cursor, err := c.Find(ctx, doc, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID int32 `bson:"_id"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids, nil
}
