package segment

import "github.com/parquet-go/parquet-go"

// Together tells that many pages will be read until done is called: what reads a column is made once then, and its
// dictionary is read once.
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
		for _, pages := range list {
			pages.Close()
		}
	}
	r.idle = nil
	if r.cache.limit <= onePass {
		return
	}
	r.held = nil
	for name := range r.dicts {
		if r.placesOf(name).dictionary.Load() == nil {
			delete(r.dicts, name)
		}
	}
}

// take gives what has read pages of a column before, nil if there is nothing.
func (r *Reader) take(name string) parquet.Pages {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.idle[name]
	if len(list) == 0 {
		return nil
	}
	r.idle[name] = list[:len(list)-1]
	return list[len(list)-1]
}

// leave keeps it for the next page, if one is likely.
func (r *Reader) leave(name string, pages parquet.Pages) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == 0 {
		return false
	}
	if r.idle == nil {
		r.idle = map[string][]parquet.Pages{}
	}
	r.idle[name] = append(r.idle[name], pages)
	return true
}
