package trail

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// checkDigest compares the file with the digest in its seal.
func (s *Sealed) checkDigest() error {
	f, err := s.place.fs.Open(s.place.file(s.base+".parquet"), false)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size != s.Bytes {
		return fmt.Errorf("has %d bytes, %s says %d", size, s.sealName(), s.Bytes)
	}
	got, err := digestOf(f, size)
	if err != nil {
		return err
	}
	if got != s.Digest {
		return s.locate(got)
	}
	return nil
}

// digestOf gives the SHA-256 of the first size bytes of a file.
func digestOf(f io.ReaderAt, size int64) (counterfoil.Hash, error) {
	h := sha256.New()
	_, err := io.Copy(h, io.NewSectionReader(f, 0, size))
	return counterfoil.Hash(h.Sum(nil)), err
}

// locate says as closely as the columns allow where a damaged file is damaged.
func (s *Sealed) locate(got counterfoil.Hash) error {
	s.cache = segment.NewCache(1 << 20)
	defer s.close()
	err := s.each(func(*counterfoil.Record) error { return nil })
	detail := "its columns can still be read"
	if err != nil {
		detail = strings.TrimPrefix(err.Error(), s.Name()+": ")
	}
	return fmt.Errorf("its digest is %x…, %s says %x…; %s", got[:4], s.sealName(), s.Digest[:4], detail)
}
