package segment

// PageBytes gives what each page takes of the file, all columns together. What belongs to no page, such as dictionaries, is
// shared by the rows.
func (r *Reader) PageBytes() ([]float64, error) {
	foot, err := r.footer()
	if err != nil {
		return nil, err
	}
	bytes := make([]float64, r.Pages())
	rest := float64(r.Size)
	for i := range foot.Columns {
		c := &foot.Columns[i]
		if _, err := r.placed(foot, c.Name); err != nil {
			return nil, err
		}
		for p := range bytes {
			_, n := c.Page(p)
			bytes[p] += float64(n)
			rest -= float64(n)
		}
	}
	for p := range bytes {
		lo, hi := r.rowsOf(p)
		bytes[p] += rest * float64(hi-lo) / float64(r.Rows)
	}
	return bytes, nil
}
