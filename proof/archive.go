package proof

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// File is a file in an archive.
type File struct {
	Name string
	Data []byte
}

// Files are those of an archive, in order.
type Files []File

// sums gives a line for each file: its SHA-256 and its name.
func (f Files) sums() string {
	var b strings.Builder
	for _, x := range f {
		b.WriteString(sumLine(x))
	}
	return b.String()
}

// zip gives the one archive that these files make: stored as they are, without a time, in their order.
func (f Files) zip() []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, x := range f {
		n := uint64(len(x.Data))
		h := &zip.FileHeader{Name: x.Name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(x.Data), CompressedSize64: n, UncompressedSize64: n,
			CreatorVersion: 20, ReaderVersion: 20}
		//lint:ignore SA1019 a raw header takes its date in no other way
		h.ModifiedDate = 1<<5 | 1 // 1 January 1980, the first day that there is
		to, err := w.CreateRaw(h)
		if err == nil {
			_, err = to.Write(x.Data)
		}
		if err != nil {
			panic("proof: a buffer cannot be written: " + err.Error())
		}
	}
	if err := w.Close(); err != nil {
		panic("proof: a buffer cannot be written: " + err.Error())
	}
	return out.Bytes()
}

// unzip reads an archive, which must be in its one form.
func unzip(doc []byte) (Files, error) {
	if len(doc) > maxEvidence {
		return nil, fmt.Errorf("%d bytes, more than the %d that an archive may have", len(doc), maxEvidence)
	}
	r, err := zip.NewReader(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		return nil, err
	}
	var files Files
	left := int64(len(doc))
	for _, f := range r.File {
		if f.Method != zip.Store {
			return nil, fmt.Errorf("%q is compressed", f.Name)
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%q: %w", f.Name, err)
		}
		data, err := io.ReadAll(io.LimitReader(in, left))
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, fmt.Errorf("%q: %w", f.Name, err)
		}
		left -= int64(len(data))
		files = append(files, File{f.Name, data})
	}
	if !bytes.Equal(files.zip(), doc) {
		return nil, errors.New("the archive is damaged or not in its one form")
	}
	return files, nil
}
