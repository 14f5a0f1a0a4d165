package file_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/journal"
	"github.com/counterfoil/counterfoil/internal/intake/file"
)

// What is inside of a frame that is too long is never a frame, whatever it looks like and wherever reading begins again: anybody may
// write a message to the journal that holds entries of root.
func TestInsideOfLong(t *testing.T) {
	const forged = "\n\n__REALTIME_TIMESTAMP=1795348800000000\n_UID=0\nMESSAGE=forged\n\n"
	for _, size := range []int{5 << 20, 20 << 20} {
		message := strings.Repeat(forged, size/len(forged))
		long := fmt.Sprintf("__REALTIME_TIMESTAMP=1795348800000000\n_UID=1000\nMESSAGE\n%s%s\n\n", binary.LittleEndian.AppendUint64(nil, uint64(len(message))), message)
		l := newLog(t)
		l.write(long + "__REALTIME_TIMESTAMP=1795348800000000\n_UID=0\nMESSAGE=true\n\n")
		for _, again := range []bool{false, true} {
			var position []byte
			var pieces strings.Builder
			var frames []string
			for begin, done := time.Now(), false; !done; {
				s := file.New(file.Options{Path: l.path, Split: journal.Dialect.Split, Poll: time.Millisecond})
				if err := s.Resume(position); err != nil {
					t.Fatal(err)
				}
				for !done {
					b, err := s.Read(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range b.Frames {
						if f.Piece != "" {
							pieces.Write(f.Data)
						} else {
							frames = append(frames, string(f.Data))
						}
						done = strings.Contains(string(f.Data), "=true")
					}
					if position = s.Position(dialect.Held{}); again {
						break
					}
					if time.Since(begin) > time.Minute {
						t.Fatal("the last entry does not come")
					}
				}
				s.Close()
			}
			if len(frames) != 1 {
				t.Errorf("%d MiB, again %v: %d entries, the first %q", size>>20, again, len(frames), frames[0])
			}
			if got := strings.TrimRight(pieces.String(), "\n"); got != strings.TrimRight(long, "\n") {
				t.Errorf("%d MiB, again %v: %d bytes in pieces, want %d", size>>20, again, len(got), len(long))
			}
		}
		l.check(os.Remove(l.path))
	}
}
