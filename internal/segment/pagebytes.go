package segment

import "fmt"

// PageBytes gives what each page takes of the file, all columns together. What belongs to no page, such as dictionaries, is
// shared by the rows.
func (r *Reader) PageBytes() ([]float64, error) {
	foot, err := r.footer()
	if err != nil {
		return nil, err
	}
	bytes := make([]float64, r.Pages())
	rest := float64(r.Size)
	for name, chunk := range foot.chunks {
		x, err := chunk.OffsetIndex()
		if err != nil || x.NumPages() != len(bytes) {
			return nil, fmt.Errorf("column %s: its index of pages is missing or wrong: %w", name, err)
		}
		for p := range bytes {
			n := float64(x.CompressedPageSize(p))
			bytes[p] += n
			rest -= n
		}
	}
	for p := range bytes {
		lo, hi := r.rowsOf(p)
		bytes[p] += rest * float64(hi-lo) / float64(r.Rows)
	}
	return bytes, nil
}
