package filter

// Loss is a part of a filter that a grammar has no words for, or only nearly the same.
type Loss struct {
	Part   string // as the filter has it
	Why    string
	Nearly bool // the words it has mean nearly the same
}

func (l Loss) String() string { return l.Part + ": " + l.Why }
