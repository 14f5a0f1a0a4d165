package segment

// Dict holds the values of a column that has a dictionary, by their codes. One that is read from a file holds them in one piece of memory, without a pointer to each: a
// trail has many, a thousand values in each of a thousand files, which the collector would have to follow again and again.
type Dict struct {
	values []string // as they are in memory already; or
	all    string   // one after the other, code i
	bounds []uint32 // from bounds[i] to bounds[i+1]

	numbers []int64 // of a column of numbers, in place of texts
}

// NewDict gives one of values that are in memory already. They must not change.
func NewDict(values ...string) *Dict { return &Dict{values: values} }

// Len is how many values there are; none where there is no dictionary.
func (d *Dict) Len() int {
	if d == nil {
		return 0
	}
	if d.values != nil {
		return len(d.values)
	}
	return max(0, len(d.bounds)-1)
}

// At gives the value of a code.
func (d *Dict) At(code uint32) string {
	if d.values != nil {
		return d.values[code]
	}
	return d.all[d.bounds[code]:d.bounds[code+1]]
}

// Is reports whether another, which may be nil, is known to be the same: what is known of one's codes holds for the other's.
func (d *Dict) Is(other *Dict) bool {
	if d == other || d == nil || other == nil {
		return d == other
	}
	n := len(d.values)
	return n > 0 && n == len(other.values) && (&d.values[0] == &other.values[0] || n == 1 && d.values[0] == other.values[0])
}

// Words gives all values, by their codes. They are not to be changed.
func (d *Dict) Words() []string {
	if d != nil && d.values != nil {
		return d.values
	}
	words := make([]string, d.Len())
	for i := range words {
		words[i] = d.At(uint32(i))
	}
	return words
}

// size is about how many bytes one that is read from a file takes.
func (d *Dict) size() int64 { return int64(len(d.all) + 4*len(d.bounds) + 8*len(d.numbers)) }
