package wal

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/klauspost/compress/s2"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// batchLike gives n records that look like those of a file server.
func batchLike(n int) []byte {
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, `{"aid":"6f0e2c1a-93d1-4c8b-a1f0-0c5c%08x","vers":{"major":1,"minor":0},"seq":%d,"time":"2025-06-01T00:00:00.%09dZ","received":"2025-06-01T00:00:01.000000000Z","via":"smb-1","dialect":"samba/1","host":"host%d.example.net","svc":"SMB","event":"READ","class":["fr"],"category":"data","action":"file.read","success":true,"addr":"10.1.2.%d","user":"merge.index%d","sess":"6f0e2c1a","event_data":{"file":{"path":"/mnt/tank/projects/report/audit_batch_%d.xlsx","type":"REGULAR"},"handle":{"type":"DEV_INO","value":"52:%d:0"},"parameters":{"count":65536,"offset":%d,"sync":false}}}`,
			i*2654435761, i, i*7919, i%40, i%250, i%90, i%977, i*31, i*4096)
	}
	return b
}

// BenchmarkAppend appends batches of 1000 records to a real file without syncing, beside S2 alone.
func BenchmarkAppend(b *testing.B) {
	batch := batchLike(1000)
	b.Run("s2", func(b *testing.B) {
		b.SetBytes(int64(len(batch)))
		dst := make([]byte, s2.MaxEncodedLen(len(batch)))
		for b.Loop() {
			s2.Encode(dst, batch)
		}
	})
	b.Run("append", func(b *testing.B) {
		d, err := disk.Open(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		w, err := Create(d, "wal", nil)
		if err != nil {
			b.Fatal(err)
		}
		defer w.Close()
		b.SetBytes(int64(len(batch)))
		b.ReportAllocs()
		next := uint64(0)
		for b.Loop() {
			if err := w.Append(batch, next, 1000); err != nil {
				b.Fatal(err)
			}
			if next += 1000; w.Len() > 256<<20 { // stay in the page cache
				if w, err = again(b, d, w); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func again(b *testing.B, d disk.FS, w *Writer) (*Writer, error) {
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return Create(d, "wal", nil)
}

// BenchmarkSync is a batch of one record and its sync.
func BenchmarkSync(b *testing.B) {
	d, err := disk.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	w, err := Create(d, "wal", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	batch := batchLike(1)
	next := uint64(0)
	for b.Loop() {
		if err := w.Append(batch, next, 1); err != nil {
			b.Fatal(err)
		}
		if err := w.Sync(); err != nil {
			b.Fatal(err)
		}
		next++
	}
}

// BenchmarkReplay reads 100 batches of 1000 records.
func BenchmarkReplay(b *testing.B) {
	d := disktest.New()
	w, err := Create(d, "wal", nil)
	if err != nil {
		b.Fatal(err)
	}
	batch := batchLike(1000)
	for i := range uint64(100) {
		if err := w.Append(batch, i*1000, 1000); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(100 * len(batch)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Replay(d, "wal", func(_ uint64, _ int, got []byte) error {
			if !bytes.Equal(got, batch) {
				return fmt.Errorf("another batch")
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}
