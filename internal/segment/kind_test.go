package segment

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/counterfoil/counterfoil"
)

// TestColumnsOfAnotherKind: a file in which a column may be null that may not be here, or the reverse, has fewer values than rows, or
// no levels. Reading it says so.
func TestColumnsOfAnotherKind(t *testing.T) {
	for name, node := range map[string]parquet.Node{
		nameSeq:      parquet.Uint(64), // as it should be
		nameSuccess:  parquet.Leaf(parquet.BooleanType),
		nameAID:      parquet.UUID(),
		nameReceived: parquet.Optional(timestamp()),
		namePID:      parquet.Optional(parquet.Int(64)),
		"user":       parquet.Optional(parquet.String()),
		"event_data": parquet.Optional(parquet.String()),
		nameExact:    parquet.Optional(parquet.String()),
	} {
		g := parquet.Group{nameSeq: parquet.Uint(64), nameTime: timestamp(), nameReceived: timestamp(), namePID: parquet.Int(64),
			nameSuccess: parquet.Optional(parquet.Leaf(parquet.BooleanType)), nameAID: parquet.Optional(parquet.UUID()), nameExact: parquet.String()}
		for _, c := range textColumns {
			g[c.name] = parquet.String()
		}
		g[name] = node
		var file bytes.Buffer
		w := parquet.NewWriter(&file, parquet.NewSchema("counterfoil", g), parquet.KeyValueMetadata(keyFormat, "1"), parquet.KeyValueMetadata(keyTrail, strings.Repeat("00", 16)),
			parquet.KeyValueMetadata(keyFirst, "0"), parquet.KeyValueMetadata(keyRows, "1"), parquet.KeyValueMetadata(keyFrontier, ""))
		var row parquet.Row
		for i, path := range w.Schema().Columns() {
			v := parquet.ValueOf("")
			switch col := g[path[0]]; {
			case col.Optional():
				v = parquet.Value{}
			case col.Type().Kind() == parquet.Int64:
				v = parquet.Int64Value(0)
			case col.Type().Kind() == parquet.Boolean:
				v = parquet.BooleanValue(true)
			case col.Type().Kind() == parquet.FixedLenByteArray:
				v = parquet.FixedLenByteArrayValue(make([]byte, 16))
			}
			row = append(row, v.Level(0, 0, i))
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var rec counterfoil.Record
		r, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), NewCache(1<<20))
		if err == nil {
			err = r.Block(0).Record(0, &rec)
		}
		if (err == nil) != (name == nameSeq) || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %+v, %v", name, rec, err)
		}
	}
}
