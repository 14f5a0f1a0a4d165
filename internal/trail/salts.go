package trail

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// saltsFile has the salts of records that were under hold when their user was forgotten: the key that they came from is gone, and
// these records are to be proved still. A line for each, the number and the salt in hexadecimal.
const saltsFile = "keys/salts"

func saltsText(salts map[uint64]counterfoil.Salt) []byte {
	var b []byte
	for _, seq := range slices.Sorted(maps.Keys(salts)) {
		s := salts[seq]
		b = fmt.Appendf(b, "%d %x\n", seq, s[:])
	}
	return b
}

func readSalts(fsys disk.FS) (map[uint64]counterfoil.Salt, error) {
	data, err := disk.ReadFile(fsys, saltsFile, 1<<32)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	salts := map[uint64]counterfoil.Salt{}
	for l := range strings.Lines(string(data)) {
		var seq uint64
		var text string
		_, err := fmt.Sscanf(l, "%d %s\n", &seq, &text)
		raw, herr := hex.DecodeString(text)
		if errors.Join(err, herr) != nil || len(raw) != len(counterfoil.Salt{}) {
			return nil, fmt.Errorf("%s: %.60q is no number and salt", saltsFile, l)
		}
		salts[seq] = counterfoil.Salt(raw)
	}
	if string(saltsText(salts)) != string(data) {
		return nil, fmt.Errorf("%s: is not in its one form", saltsFile)
	}
	return salts, nil
}

// keepSalts makes salts those of the records that outlived their user's key.
func (t *Trail) keepSalts(salts map[uint64]counterfoil.Salt) error {
	t.committing.Lock()
	defer t.committing.Unlock()
	if maps.Equal(salts, t.subjects.kept) {
		return nil
	}
	if err := disk.WriteFile(t.fs, saltsFile, saltsText(salts)); err != nil {
		return err
	}
	t.subjects.kept = salts
	return nil
}

// salter gives salts beside the committer, whom it asks for each user once. While one is used nobody is forgotten by another: the
// caller holds retiring.
type salter struct {
	t   *Trail
	now subjects // as it was when the salter was made; of the keys those that were asked for
}

func (t *Trail) salter() *salter {
	t.committing.Lock()
	defer t.committing.Unlock()
	return &salter{t, subjects{keys: map[string]counterfoil.SubjectKey{}, kept: t.subjects.kept, going: t.subjects.going}}
}

func (s *salter) salt(rec *counterfoil.Record) (counterfoil.Salt, error) {
	if _, ok := s.now.keys[rec.User]; !ok && !rec.IsForgotten() {
		s.t.committing.Lock()
		if key, ok := s.t.subjects.keys[rec.User]; ok {
			s.now.keys[strings.Clone(rec.User)] = key
		}
		s.t.committing.Unlock()
	}
	return s.now.salt(rec)
}

func (s *salter) leaf(rec *counterfoil.Record) (counterfoil.Leaf, error) {
	salt, err := s.salt(rec)
	if err != nil {
		return counterfoil.Leaf{}, errNoSalt(rec.Seq, err)
	}
	msg, comma := counterfoil.AppendRecord(nil, rec)
	return counterfoil.LeafOf(msg, comma, salt), nil
}

func (s *salter) leafHash(rec *counterfoil.Record) (counterfoil.Hash, error) {
	l, err := s.leaf(rec)
	return l.Hash(), err
}
