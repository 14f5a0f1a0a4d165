package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/counterfoil/counterfoil/internal/background"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// bare is a server that does nothing but what an acknowledgement waits for: it takes a body, appends it to a log whose space was asked for in
// advance, and answers when the log is on stable storage; those that wait together share a sync. What it cannot do in time nobody can who answers after a sync
// over HTTP, in Go, on this machine.
type bare struct {
	log     disk.File
	off     int64
	alloc   int64
	packing chan []byte // bodies; nil: nothing is packed beside

	mu      sync.Mutex
	waiting []*waiter
	wake    chan struct{}
}

type waiter struct {
	body []byte
	done chan error
}

// segmentBytes is what the events of a segment come to, as they are sent.
const segmentBytes = 131072 * 692

// serve serves POST / until it fails. With beside, the bodies of each segment are packed and written to a file as a sealer would, on a thread that gets
// a processor after the others.
func serve(addr, dir string, beside bool) error {
	fs, err := disk.Open(dir)
	if err != nil {
		return err
	}
	const name = "limits.log.tmp"
	f, err := disk.CreateAnew(fs, name)
	if err != nil {
		return err
	}
	defer os.Remove(filepath.Join(dir, name))
	s := &bare{log: f, wake: make(chan struct{}, 1)}
	if beside {
		s.packing = make(chan []byte, 1<<10)
		go s.pack(dir)
	}
	go s.commit()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", l.Addr())
	return http.Serve(l, s)
}

func (s *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	b.Grow(int(max(0, r.ContentLength)) + bytes.MinRead)
	if _, err := io.Copy(&b, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	x := &waiter{b.Bytes(), make(chan error, 1)}
	s.mu.Lock()
	s.waiting = append(s.waiting, x)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if err := <-x.done; err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (s *bare) commit() {
	for range s.wake {
		s.mu.Lock()
		batch := s.waiting
		s.waiting = nil
		s.mu.Unlock()
		err := s.write(batch)
		for _, x := range batch {
			x.done <- err
			if s.packing != nil {
				s.packing <- x.body
			}
		}
	}
}

func (s *bare) write(batch []*waiter) error {
	const chunk = 16 << 20
	for _, x := range batch {
		end := s.off + int64(len(x.body))
		if end > s.alloc {
			s.alloc = end + chunk
			if err := s.log.Preallocate(s.alloc); err != nil {
				return err
			}
		}
		if _, err := s.log.WriteAt(x.body, s.off); err != nil {
			return err
		}
		s.off = end
	}
	return s.log.Sync()
}

// pack packs what was taken, a segment at a time.
func (s *bare) pack(dir string) {
	thread := background.Start()
	defer thread.Close()
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		log.Fatal(err)
	}
	var bodies [][]byte
	var page []byte
	size := 0
	for b := range s.packing { // has room for what comes while one is packed
		if bodies, size = append(bodies, b), size+len(b); size < segmentBytes {
			continue
		}
		thread.Do(func() {
			packed := 0
			for _, b := range bodies {
				page = enc.EncodeAll(b, page[:0])
				packed += len(page)
			}
			err = writeFile(filepath.Join(dir, "limits.sealed.tmp"), packed)
		})
		if err != nil {
			log.Fatal(err)
		}
		bodies, size = nil, 0
	}
}
