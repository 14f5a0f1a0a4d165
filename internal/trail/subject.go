package trail

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

const subjectsFile = "keys/subjects"

// subjects are the secrets of the users whose records the trail holds: one random key each, from which the salts of
// their leaves are derived. The file has a line for each write that brought new users,
// {"crc":"<CRC-32C of the array>","keys":[{"key":…,"user":…},…]}, and only grows, so that a power cut can tear the last
// line only, whose users no acknowledged record has.
type subjects struct {
	keys    map[string]counterfoil.SubjectKey
	kept    map[uint64]counterfoil.Salt // of records that outlived their user's key; replaced, never changed
	going   *forgetting                 // whose key is about to be destroyed; nil: nobody's. Replaced, never changed
	pending []string                    // users whose keys are not in the file yet
	size    int64                       // bytes of the file that hold whole lines
	dirty   bool                        // there may be something behind them
	last    []byte                      // the last whole line that was read, of which nobody knows whether it was synced
	file    disk.File
}

var errNoKey = errors.New("has no key for user")

// errNoSalt says which record lacks one.
func errNoSalt(seq uint64, err error) error {
	return fmt.Errorf("record %d: %s %w", seq, subjectsFile, err)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// of gives the key of a user, a new one for a new user, which is durable only after flush.
func (s *subjects) of(user string) counterfoil.SubjectKey {
	key, ok := s.keys[user]
	if !ok {
		rand.Read(key[:])
		user = strings.Clone(user) // it may be a piece of a whole request, which must not stay in memory for it
		s.keys[user] = key
		s.pending = append(s.pending, user)
	}
	return key
}

// salt gives the salt of a record that is in the trail: a missing key is damage. A record that was forgotten has none.
func (s *subjects) salt(r *counterfoil.Record) (counterfoil.Salt, error) {
	salting, err := s.salting(r)
	if err != nil {
		return counterfoil.Salt{}, err
	}
	return salting.Salt(), nil
}

// salting is salt before it is made.
func (s *subjects) salting(r *counterfoil.Record) (counterfoil.Salting, error) {
	if r.IsForgotten() {
		return counterfoil.Salting{Given: &counterfoil.Salt{}}, nil
	}
	if salt, ok := s.kept[r.Seq]; ok {
		return counterfoil.Salting{Given: &salt}, nil
	}
	key, ok := s.keys[r.User]
	if g := s.going; g != nil && g.User == r.User && r.Seq < g.Before {
		key, ok = g.key, g.hasKey
	}
	if !ok {
		return counterfoil.Salting{}, fmt.Errorf("%w %q", errNoKey, r.User)
	}
	return counterfoil.Salting{Key: key, Seq: r.Seq}, nil
}

// flush makes new keys durable. It must have returned before a leaf made with one of them is.
func (s *subjects) flush(fsys disk.FS) error {
	if len(s.pending) == 0 {
		return nil
	}
	if s.file == nil {
		f, err := fsys.Open(subjectsFile, true)
		if errors.Is(err, fs.ErrNotExist) {
			if f, err = fsys.Create(subjectsFile); err == nil {
				err = fsys.SyncDir("keys")
			}
		}
		if err != nil {
			return err
		}
		s.file = f
	}
	if s.dirty {
		if err := s.file.Truncate(s.size); err != nil {
			return err
		}
	}
	line := append(subjectLine(s.pending, s.keys), '\n')
	s.dirty = true
	if _, err := s.file.WriteAt(line, s.size); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.size += int64(len(line))
	s.dirty = false
	s.pending = s.pending[:0]
	return nil
}

func subjectLine(users []string, keys map[string]counterfoil.SubjectKey) []byte {
	var b counterfoil.Builder
	b.Array("")
	for _, u := range users {
		k := keys[u]
		b.Object("")
		b.String("key", hex.EncodeToString(k[:]))
		b.String("user", u)
		b.End()
	}
	b.End()
	list := b.JSON()
	return fmt.Appendf(nil, `{"crc":"%08x","keys":%s}`, crc32.Checksum([]byte(list), castagnoli), list)
}

// load reads what salts come from. A last line of the keys that a power cut tore is left out; the next flush cuts it off.
func (s *subjects) load(fsys disk.FS, id *identity) error {
	if err := s.loadKeys(fsys); err != nil {
		return err
	}
	s.last = bytes.Clone(s.last) // not the whole file with it
	// The others come behind the keys: whose key is gone from the file by then is found there, or was forgotten meanwhile.
	var err error
	if s.going, err = readForgetting(fsys, id); err == nil {
		s.kept, err = readSalts(fsys)
	}
	// A key that is about to be destroyed and stands in the file still is not that of records to come.
	if g := s.going; g != nil && g.hasKey && s.keys[g.User] == g.key {
		delete(s.keys, g.User)
	}
	return err
}

func (s *subjects) loadKeys(fsys disk.FS) error {
	s.keys, s.size, s.last = map[string]counterfoil.SubjectKey{}, 0, nil
	data, err := disk.ReadFile(fsys, subjectsFile, 1<<40)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for n := 1; len(data) > 0; n++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			s.dirty = true // its keys are not there, though they may be readable: they are about to be cut off
			return nil
		}
		switch err := s.parseLine(string(line)); {
		case err != nil && len(rest) == 0:
			s.dirty = true
			return nil
		case err != nil:
			return fmt.Errorf("%s, line %d: %w", subjectsFile, n, err)
		}
		s.last = data[:len(line)+1]
		s.size += int64(len(s.last))
		data = rest
	}
	return nil
}

// settle makes the last line that was read durable: who wrote it may have been killed before it was, or its sync may have failed,
// after which no other writes it.
func (s *subjects) settle(fsys disk.FS) error {
	if len(s.last) == 0 {
		return nil
	}
	f, err := fsys.Open(subjectsFile, true)
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(s.last, s.size-int64(len(s.last))); err == nil {
		err = f.Sync()
	}
	s.last = nil
	return errors.Join(err, f.Close())
}

func (s *subjects) parseLine(line string) error {
	j, err := counterfoil.Canonical(line)
	if err != nil {
		return err
	}
	var users []string
	keys := map[string]counterfoil.SubjectKey{}
	for e := range j.Member("keys").Elements() {
		raw, err := hex.DecodeString(e.Member("key").Text())
		if err != nil || len(raw) != len(counterfoil.SubjectKey{}) {
			return errors.New("has a key that is not 32 bytes in hexadecimal")
		}
		u := e.Member("user").Text()
		users = append(users, u)
		keys[u] = counterfoil.SubjectKey(raw)
	}
	if string(subjectLine(users, keys)) != line {
		return errors.New("is damaged: its checksum does not fit")
	}
	for u, k := range keys {
		s.keys[u] = k
	}
	return nil
}

// rewrite writes the keys anew, in the order of their users, without those that are no longer among them.
func (s *subjects) rewrite(fsys disk.FS) error {
	var data []byte
	for users := range slices.Chunk(slices.Sorted(maps.Keys(s.keys)), 4096) {
		data = append(append(data, subjectLine(users, s.keys)...), '\n')
	}
	if err := disk.WriteFile(fsys, subjectsFile, data); err != nil {
		return err // if the disk is full, the file that is open is the one in place
	}
	s.size, s.dirty, s.pending = int64(len(data)), false, nil
	return s.close()
}

func (s *subjects) close() error {
	f := s.file
	if f == nil {
		return nil
	}
	s.file = nil
	return f.Close()
}
