package trail

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/merkle"
)

// piece is what is known of some records for the tree: the leaf of one, or the node above several that have expired.
type piece struct {
	first uint64 // number of the first of its records
	merkle.Node
}

func (p *piece) end() uint64 { return p.first + 1<<p.Level }

// collapse puts what expired together as far up as a tree goes, no higher than tiles need. pieces are in order; what
// stands before a cut is not joined with what stands behind it.
func collapse(pieces []piece, cuts ...uint64) (out []piece) {
	for _, p := range pieces {
		out = append(out, p)
		for n := len(out); n > 1; n-- {
			a, b := &out[n-2], &out[n-1]
			if a.Level != b.Level || a.Level == merkle.MaxLevel || a.end() != b.first || a.first&(1<<(a.Level+1)-1) != 0 || within(cuts, b.first) {
				break
			}
			a.Level, a.Hash = a.Level+1, counterfoil.NodeHash(a.Hash, b.Hash)
			out = out[:n-1]
		}
	}
	return out
}

func within(list []uint64, x uint64) bool {
	for _, v := range list {
		if v == x {
			return true
		}
	}
	return false
}

// marshalPieces gives pieces of the records from first on as the file has them.
func marshalPieces(first uint64, pieces []piece) (b []byte) {
	for _, p := range pieces {
		b = binary.AppendUvarint(b, p.first-first)
		b = append(b, byte(p.Level))
		b = append(b, p.Hash[:]...)
		first = p.end()
	}
	return b
}

var errPieces = errors.New("its hashes are not in their one form")

// parsePieces reads pieces of the records first to last.
func parsePieces(b []byte, first, last uint64) (out []piece, err error) {
	for next := first; len(b) > 0; {
		gap, n := binary.Uvarint(b)
		if n <= 0 || len(b) < n+33 || gap > last-first || next+gap > last {
			return nil, errPieces
		}
		p := piece{first: next + gap, Node: merkle.Node{Level: int(b[n]), Hash: counterfoil.Hash(b[n+1 : n+33])}}
		if p.Level > merkle.MaxLevel || p.first&(1<<p.Level-1) != 0 || p.end() > last+1 {
			return nil, errPieces
		}
		out, b, next = append(out, p), b[n+33:], p.end()
	}
	return out, nil
}

// leaves collects the leaves of a range of records, in any order.
type leaves struct {
	first uint64
	hash  []counterfoil.Hash
	have  []bool
}

func newLeaves(first, last uint64) *leaves {
	n := last - first + 1
	return &leaves{first, make([]counterfoil.Hash, n), make([]bool, n)}
}

func (l *leaves) add(seq uint64, h counterfoil.Hash) error {
	to, err := l.place(seq)
	if err == nil {
		*to = h
	}
	return err
}

// place gives where the leaf of a record belongs, which is there from then on.
func (l *leaves) place(seq uint64) (*counterfoil.Hash, error) {
	i := seq - l.first
	if seq < l.first || i >= uint64(len(l.hash)) {
		return nil, fmt.Errorf("holds record %d", seq)
	}
	if l.have[i] {
		return nil, fmt.Errorf("record %d is there twice", seq)
	}
	l.have[i] = true
	return &l.hash[i], nil
}

// pieces gives the leaves in order.
func (l *leaves) pieces() (out []piece) {
	for i, ok := range l.have {
		if ok {
			out = append(out, piece{l.first + uint64(i), merkle.Node{Hash: l.hash[i]}})
		}
	}
	return out
}

// with gives the leaves and what expired of the same range, in order. Every number must be there once.
func (l *leaves) with(gone []piece) (out []piece, err error) {
	end := l.first + uint64(len(l.hash))
	for next := l.first; next < end; {
		switch {
		case len(gone) > 0 && (gone[0].first < next || gone[0].first == next && l.any(next, gone[0].end())):
			return nil, fmt.Errorf("record %d, or one of those behind it, is there though it has expired", next)
		case l.have[next-l.first]:
			out = append(out, piece{next, merkle.Node{Hash: l.hash[next-l.first]}})
			next++
		case len(gone) > 0 && gone[0].first == next:
			out = append(out, gone[0])
			next, gone = gone[0].end(), gone[1:]
		default:
			return nil, fmt.Errorf("record %d is missing", next)
		}
	}
	return out, nil
}

// any reports whether a leaf of the records from from on and before to is there.
func (l *leaves) any(from, to uint64) bool {
	for _, have := range l.have[from-l.first : min(to-l.first, uint64(len(l.have)))] {
		if have {
			return true
		}
	}
	return false
}

// merge gives two lists of pieces as one, in order.
func merge(a, b []piece) (out []piece) {
	for len(a) > 0 && len(b) > 0 {
		if a[0].first < b[0].first {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
