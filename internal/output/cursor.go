package output

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// dir is where cursors are kept, below the data directory: output/NAME.cursor, one JSON object.
const dir = "output"

// cursor is how far an output is.
type cursor struct {
	Version int    `json:"version"`
	Trail   string `json:"trail"`            // identity of the trail, in hex
	Next    uint64 `json:"next"`             // number of the first record that is not delivered
	Format  string `json:"format,omitempty"` // in which the last one was delivered
	Mark    []byte `json:"mark,omitempty"`   // of the sink, behind the record before Next
	Sum     string `json:"sum,omitempty"`    // CRC-32C of the same without it; cursors of before have none
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summed gives the cursor with its sum.
func (c cursor) summed() (cursor, error) {
	c.Sum = ""
	text, err := json.Marshal(&c)
	c.Sum = fmt.Sprintf("%08x", crc32.Checksum(text, castagnoli))
	return c, err
}

const cursorVersion = 1

func cursorName(output string) string { return dir + "/" + output + ".cursor" }

// readCursor gives the cursor that was kept for an output of a trail; false if there is none.
func readCursor(fsys disk.FS, output string, id counterfoil.TrailID) (c cursor, ok bool, err error) {
	name := cursorName(output)
	text, err := disk.ReadFile(fsys, name, 1<<16)
	if errors.Is(err, fs.ErrNotExist) {
		return cursor{Version: cursorVersion, Trail: hex.EncodeToString(id[:])}, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("read the cursor: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, false, fmt.Errorf("read the cursor %s: it is damaged: %w", name, err)
	}
	want, err := c.summed()
	switch {
	case err != nil:
	case c.Sum != "" && c.Sum != want.Sum:
		err = fmt.Errorf("read the cursor %s: it is damaged: its sum does not fit", name)
	case c.Version != cursorVersion:
		err = fmt.Errorf("read the cursor %s: it is of version %d, this program knows %d", name, c.Version, cursorVersion)
	case c.Trail != hex.EncodeToString(id[:]):
		err = fmt.Errorf("read the cursor %s: it is that of another trail; remove it to begin anew", name)
	}
	return c, err == nil, err
}

// keep makes the cursor durable.
func (c *cursor) keep(fsys disk.FS, output string) error {
	if len(c.Mark) > MaxMark {
		return fmt.Errorf("keep the cursor: a mark of %d bytes, at most %d are allowed", len(c.Mark), MaxMark)
	}
	sum, err := c.summed()
	if err != nil {
		return fmt.Errorf("keep the cursor: %w", err)
	}
	text, err := json.Marshal(&sum)
	if err != nil {
		return fmt.Errorf("keep the cursor: %w", err)
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return fmt.Errorf("keep the cursor: %w", err)
	}
	return disk.WriteFile(fsys, cursorName(output), append(text, '\n'))
}
