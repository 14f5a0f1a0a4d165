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

// operator makes a document of one operator.
func operator(rng *rand.Rand, depth int) string {
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
		if depth > 0 {
			return `{"$not":` + operator(rng, depth-1) + `}`
		}
	case 10:
		if depth > 0 {
			return `{"$elemMatch":` + pick(rng, `{"$gt":0,"$lt":5}`, `{"$eq":"a"}`, `{"$in":[1,"a"]}`, `{"a":1}`, `{"a":{"$gt":0},"b":{"$exists":true}}`, `{"b":null}`) + `}`
		}
	case 11:
		return `{"$bits` + pick(rng, "AllSet", "AnySet", "AllClear", "AnyClear") + `":` + pick(rng, "1", "5", "[0,2]") + `}`
	}
	return `{"` + pick(rng, "$gt", "$gte", "$lt", "$lte", "$eq") + `":` + scalar(rng) + `}`
}

func randomFilter(rng *rand.Rand, depth int) string {
	if depth > 0 && rng.IntN(4) == 0 {
		return `{"` + pick(rng, "$and", "$or", "$nor") + `":[` + randomFilter(rng, depth-1) + "," + randomFilter(rng, depth-1) + `]}`
	}
	path := "param"
	for range 1 + rng.IntN(3) {
		path += "." + pick(rng, keys[:3+rng.IntN(3)]...)
	}
	if rng.IntN(3) == 0 {
		return `{"` + path + `":` + literal(rng) + `}`
	}
	return `{"` + path + `":` + operator(rng, 1) + `}`
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

func TestAgainstFerretDB(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	rng := rand.New(rand.NewPCG(5, 4))
	var docs []any
	var records []*counterfoil.Record
	for i := range documents {
		param := randomDocument(rng, 2)
		docs = append(docs, bson.D{{Key: "_id", Value: int32(i)}, {Key: "param", Value: param}})
		records = append(records, record(t, i, param))
	}
	if _, err := c.InsertMany(ctx, docs); err != nil {
		t.Fatal(err)
	}
	compared, found := 0, 0
	refused, seen := map[string]int{}, map[string]int{} // by reason
	for range filters {
		text := randomFilter(rng, 2)
		theirs, err := find(ctx, c, text)
		q, ourErr := mongoq.Parse(text)
		if err != nil || ourErr != nil {
			if ourErr != nil {
				t.Errorf("%s is refused here: %v; FerretDB says %v", text, ourErr, err)
			}
			refused[reasonOf(err)]++
			continue
		}
		compared++
		for i, r := range records {
			ours := filter.Eval(q.Expr, r)
			if ours {
				found++
			}
			if ours == slices.Contains(theirs, int32(i)) {
				continue
			}
			why := different(text, r.EventData)
			if seen[why]++; why == "" && seen[why] < 30 {
				t.Errorf("%s of %s: %v here, %v there", text, r.EventData.Member("param"), ours, !ours)
			}
		}
	}
	t.Logf("%d filters compared on %d documents, %d hits; FerretDB refused: %v; known differences: %v", compared, documents, found, refused, seen)
	if compared < filters/2 || found < compared {
		t.Error("the test sees too little")
	}
}

func reasonOf(err error) string {
	if err == nil {
		return "nothing"
	}
	return fmt.Sprintf("%.60s", err)
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

// different says why FerretDB is known to answer a filter of a document another way. In all of them the reference is with
// us: MongoDB's matcher looks at the elements of an array at the end of every path, sees nothing, and so no null, below
// an array whose elements are no documents, and something missing in each element that is one.
func different(text string, data counterfoil.JSON) string {
	switch array := strings.Contains(string(data), "["); {
	case array && (strings.Contains(text, `"$mod"`) || strings.Contains(text, `"$bits`)):
		return "$mod and $bits… do not look into arrays there"
	case array && strings.Contains(text, "null"):
		return "what is missing below an array is null there, and within $elemMatch is not"
	}
	return ""
}
