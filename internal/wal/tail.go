package wal

import (
	"bytes"
)

// end decides what the end of the good frames at off is: the file's end, a tear, or damage. See the package comment.
func (r *reader) end(off int64, reason string) error {
	zeros, later, err := r.scan(off)
	switch {
	case err != nil:
		return err
	case zeros:
		return nil
	case later > 0:
		return r.corrupt(off, "%s, though the frame at byte %d says that it had been synced", reason, later)
	}
	torn, err := r.hasHole(off)
	if err != nil {
		return err
	}
	if !torn {
		return r.corrupt(off, "%s, though no sector of it is missing", reason)
	}
	r.tail.Torn = &TornError{r.name, off, reason}
	return nil
}

// scan reads what lies behind off: is it all zero, and where is a frame that knows that off was synced (0: nowhere)?
func (r *reader) scan(off int64) (zeros bool, later int64, err error) {
	const step = 1 << 20
	zeros = true
	buf := make([]byte, step+headSize)
	for at := off; at < r.size; at += step {
		b := buf[:min(int64(len(buf)), r.size-at)]
		if err := r.read(b, at); err != nil {
			return false, 0, err
		}
		if allZero(b) {
			continue
		}
		zeros = false
		for i := 0; i+headSize <= len(b) && i < step; i += sector {
			if !hasMagic(b[i:]) {
				continue
			}
			if h, ok := parseHead(b[i:], r.tail.seed); ok && h.durable > off && at+int64(i) > off {
				return false, at + int64(i), nil
			}
		}
	}
	return zeros, 0, nil
}

// hasHole tells whether a sector of the bad frame at off was never written: it reads as zeros, or lies past the file's end.
func (r *reader) hasHole(off int64) (bool, error) {
	end := off + sector
	if end <= r.size {
		if err := r.read(r.head[:], off); err != nil {
			return false, err
		}
		if h, ok := parseHead(r.head[:], r.tail.seed); ok {
			end = off + frameLen(int(h.stored))
		}
	}
	if end > r.size {
		return true, nil
	}
	var buf [sector]byte
	for at := off; at < end; at += sector {
		if err := r.read(buf[:], at); err != nil {
			return false, err
		}
		if allZero(buf[:]) {
			return true, nil
		}
	}
	return false, nil
}

func allZero(b []byte) bool {
	// A slice that equals itself moved by one byte has one value throughout.
	return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1])
}
