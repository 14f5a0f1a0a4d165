package dialect

import (
	"fmt"
	"strings"
	"testing"
)

func TestArena(t *testing.T) {
	var a Arena
	for round := range 3 {
		var got, want []string
		buf := []byte{}
		for i := range 600 {
			buf = append(buf[:0], strings.Repeat(fmt.Sprint(round, i), i%200*(i%200)/9)...)
			got, want = append(got, a.String(buf)), append(want, string(buf))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("round %d: text %d is %.40q, want %.40q", round, i, got[i], want[i])
			}
		}
		a.Reset()
		if len(a.spare) > arenaSpare {
			t.Fatalf("round %d: %d pieces are kept, want at most %d", round, len(a.spare), arenaSpare)
		}
	}
	text := []byte("the same again")
	if n := testing.AllocsPerRun(100, func() { a.String(text); a.Reset() }); n != 0 {
		t.Errorf("%v allocations for a text of memory that was used before", n)
	}
}
