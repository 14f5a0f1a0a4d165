package segment

import "github.com/parquet-go/parquet-go"

// column reads the pages of a column; next is the page that it stands before.
type column struct {
	pages parquet.Pages
	next  int
}

// Together tells that many pages will be read until done is called: what all pages of a column need is read once then, its
// dictionary, and pages that follow one another are read in one go.
func (r *Reader) Together() (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs++
	return r.apart
}

func (r *Reader) apart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs--; r.runs > 0 {
		return
	}
	for _, list := range r.idle {
		for _, c := range list {
			c.pages.Close()
		}
	}
	r.idle = nil
}

// take gives what has read pages of a column before, if there is something.
func (r *Reader) take(name string) column {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.idle[name]
	if len(list) == 0 {
		return column{}
	}
	r.idle[name] = list[:len(list)-1]
	return list[len(list)-1]
}

// leave keeps it for the next page, if one is likely.
func (r *Reader) leave(name string, c column) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == 0 {
		return false
	}
	if r.idle == nil {
		r.idle = map[string][]column{}
	}
	r.idle[name] = append(r.idle[name], c)
	return true
}
