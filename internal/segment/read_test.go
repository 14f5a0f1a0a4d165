package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// TestOpenRefusesOtherCodecs flips the bits of a footer that make other codecs of zstd. A column that is said to be LZ4 would be decoded until there is no
// memory left.
func TestOpenRefusesOtherCodecs(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 50 {
		recs = append(recs, counterfoil.Record{Seq: uint64(i), Received: 1, Via: "x",
			Event: counterfoil.Event{Major: 1, Time: 1, Service: "A", Name: "B", User: fmt.Sprint("user", i%7), EventData: counterfoil.JSON(fmt.Sprintf(`{"n":%d}`, i))}})
	}
	var file bytes.Buffer
	if _, err := Write(&file, Meta{}, rowsOf(counterfoil.TrailID{}, recs)); err != nil {
		t.Fatal(err)
	}
	b := file.Bytes()
	footer := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
	refused := map[string]int{}
	for i := 2 * (len(b) - 8 - footer); i < 2*(len(b)-8); i++ {
		bit := byte(2) << (i % 2)
		b[i/2] ^= bit
		if _, err := Open(bytes.NewReader(b), int64(len(b)), NewCache(1<<20)); err != nil {
			if _, codec, ok := strings.Cut(err.Error(), "is compressed with "); ok {
				refused[codec]++
			}
		}
		b[i/2] ^= bit
	}
	if refused["LZ4_RAW"] == 0 || refused["BROTLI"] == 0 {
		t.Errorf("%v", refused)
	}
}
