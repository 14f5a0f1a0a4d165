package text

import "github.com/counterfoil/counterfoil/internal/bsm"

// wider has the shape with more bits that praudit calls the same.
var wider = map[byte]byte{0x14: 0x74, 0x15: 0x79, 0x24: 0x75, 0x26: 0x77, 0x7a: 0x7c, 0x7b: 0x7d, 0x27: 0x72, 0x2d: 0x71, 0x3e: 0x73, 0x11: 0x78}

// resize makes the record have size bytes, taking tokens for their wider kin where that is what it takes: praudit does not
// say which they were. All tokens of a kind are taken alike. It reports whether it could.
func resize(r *bsm.Record, size int) bool {
	total := 0
	var kinds []byte       // those that have a wider kin
	more := map[byte]int{} // and what all tokens of a kind would add
	for i := range r.Tokens {
		t := &r.Tokens[i]
		total += TokenSize(t)
		if kin, ok := wider[t.ID]; ok && t.ID != bsm.IDFile {
			if more[t.ID] == 0 {
				kinds = append(kinds, t.ID)
			}
			more[t.ID] += headSize(bsm.Shapes[kin]) - headSize(t.Shape)
		}
	}
	for set := range 1 << len(kinds) {
		sum := total
		for i, id := range kinds {
			if set>>i&1 != 0 {
				sum += more[id]
			}
		}
		if sum != size {
			continue
		}
		for i := range r.Tokens {
			t := &r.Tokens[i]
			for j, id := range kinds {
				if t.ID == id && set>>j&1 != 0 {
					t.Shape = bsm.Shapes[wider[id]]
					t.ID = t.Shape.ID
					break
				}
			}
		}
		return true
	}
	return false
}

// TokenSize is how many bytes a token takes, also where it has names for numbers.
func TokenSize(t *bsm.Token) int {
	n := 1
	for i, p := range t.Shape.Parts {
		n += bsm.PartSize(p.Kind, &t.Fields[i])
	}
	return n
}

// headSize is what the parts of a shape take that always have the same size.
func headSize(s *bsm.Shape) (n int) {
	for _, p := range s.Parts {
		n += bsm.FixedSize(p.Kind)
	}
	return n
}
