package segment

import "fmt"

// rowsBySeq are the rows of a segment by number: record First+i is in row rowsBySeq[i]-1, or not there where that is 0.
type rowsBySeq []uint32

// RowOf gives the page, and the row in it, of the record with a number; ok is false if the segment does not have it. Rows are in
// another order than numbers: the first question reads the numbers of all.
func (r *Reader) RowOf(seq uint64) (page, row int, ok bool, err error) {
	if seq < r.First || seq > r.Last {
		return 0, 0, false, nil
	}
	rows, _ := r.rows.get().(rowsBySeq)
	if rows == nil {
		if rows, err = r.readRows(); err != nil {
			return 0, 0, false, err
		}
		r.cache.put(&r.rows, &cached{v: rows, size: int64(4 * len(rows))})
	}
	i := int(rows[seq-r.First]) - 1
	return i / r.PageRows, i % r.PageRows, i >= 0, nil
}

func (r *Reader) readRows() (rowsBySeq, error) {
	if r.Last-r.First >= MaxRows {
		return nil, fmt.Errorf("has the numbers %d to %d, more than a segment can have", r.First, r.Last)
	}
	rows := make(rowsBySeq, r.Last-r.First+1)
	defer r.Together()()
	for p := range r.Pages() {
		seqs, err := r.Block(p).Seq()
		if err != nil {
			return nil, err
		}
		for i, s := range seqs {
			if seq := uint64(s); seq >= r.First && seq <= r.Last {
				rows[seq-r.First] = uint32(p*r.PageRows + i + 1)
			}
		}
	}
	return rows, nil
}
