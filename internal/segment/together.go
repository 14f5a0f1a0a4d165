package segment

import "github.com/counterfoil/counterfoil/internal/pagefile"

// Together tells that many pages will be read until done is called: the footer and dictionaries are read once then, and small pages some
// at a time.
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
		for _, ahead := range list {
			ahead.Close()
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

// take gives what was read ahead of a column, to be given back with leave; nil if nobody reads many pages.
func (r *Reader) take(name string) *pagefile.Ahead {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == 0 {
		return nil
	}
	list := r.idle[name]
	if len(list) == 0 {
		return new(pagefile.Ahead)
	}
	r.idle[name] = list[:len(list)-1]
	return list[len(list)-1]
}

func (r *Reader) leave(name string, ahead *pagefile.Ahead) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == 0 || ahead == nil {
		return
	}
	if r.idle == nil {
		r.idle = map[string][]*pagefile.Ahead{}
	}
	r.idle[name] = append(r.idle[name], ahead)
}
