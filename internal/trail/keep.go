package trail

import (
	"hash/maphash"
	"strings"
	"unsafe"

	"github.com/counterfoil/counterfoil"
)

// keeper copies what records say into memory of the trail's own, so that senders may use their buffers again and a word
// that many records share is there once. Owned by the committer.
type keeper struct {
	texts, common arena
	words         []string // those seen lately, each where its hash says
	seed          maphash.Seed
}

// arena is the free end of a piece of memory. What shares a piece goes only when all of it does, so that what lives long
// has an arena of its own.
type arena struct {
	free  []byte
	piece int // bytes of the last
}

const (
	firstPiece = 1 << 10
	mostPiece  = 64 << 10 // bytes of an arena's pieces
	keptWords  = 1 << 12
	longestOne = 80 // bytes of a word that is worth looking for
)

// record makes r's strings the trail's.
func (k *keeper) record(r *counterfoil.Record) {
	for _, s := range [...]*string{&r.Dialect, &r.Host, &r.Service, &r.Name, (*string)(&r.Action), &r.Addr, &r.User, &r.Session,
		&r.Subject.LoginID, &r.Subject.ID, &r.Subject.Name, &r.Subject.Group, &r.Subject.Terminal, &r.Subject.Process,
		&r.Object.Kind, &r.Object.Name, &r.Object.ID, &r.Object.To, (*string)(&r.SvcData)} {
		if *s != "" {
			*s = k.word(*s)
		}
	}
	r.EventData, r.Raw = counterfoil.JSON(k.texts.keep(string(r.EventData))), k.texts.keep(r.Raw)
}

// word keeps a string that is likely to come again.
func (k *keeper) word(s string) string {
	if len(s) > longestOne {
		return k.texts.keep(s)
	}
	if k.words == nil {
		k.words, k.seed = make([]string, keptWords), maphash.MakeSeed()
	}
	w := &k.words[maphash.String(k.seed, s)%keptWords]
	if *w != s {
		*w = k.common.keep(s)
	}
	return *w
}

// keep copies a string.
func (a *arena) keep(s string) string {
	switch {
	case s == "":
		return ""
	case len(s) > mostPiece/8:
		return strings.Clone(s)
	case len(s) > len(a.free):
		a.piece = min(mostPiece, max(firstPiece, 2*a.piece, 2*len(s)))
		a.free = make([]byte, a.piece)
	}
	kept := a.free[:len(s)]
	a.free = a.free[len(s):]
	copy(kept, s)
	return unsafe.String(&kept[0], len(kept)) // nothing writes to what was handed out
}
