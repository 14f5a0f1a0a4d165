package disktest

import (
	"errors"
	"io"
	"io/fs"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// file is an open file of a Memory. Its fields but closed never change; closed is guarded by d.mu.
type file struct {
	d      *Memory
	n      *node
	name   string
	write  bool
	closed bool
}

func (f *file) change(op string) error {
	if f.closed {
		return fault(op, f.name, fs.ErrClosed)
	}
	if !f.write && op != "sync" && op != "settle" {
		return fault(op, f.name, fs.ErrPermission)
	}
	return f.d.change(op, f.name)
}

func (f *file) look(op string) error {
	if f.closed {
		return fault(op, f.name, fs.ErrClosed)
	}
	return f.d.look(op, f.name)
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.look("read"); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fault("read", f.name, errors.New("negative offset"))
	}
	n := int(max(0, min(int64(len(p)), f.n.size-off)))
	for i := 0; i < n; {
		at := off + int64(i)
		in := int(at % Block)
		m := min(n-i, Block-in)
		if b := f.n.blocks[at/Block]; b != nil {
			copy(p[i:i+m], b[in:])
		} else {
			clear(p[i : i+m])
		}
		i += m
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes as much as there is space for.
func (f *file) WriteAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.change("write"); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fault("write", f.name, errors.New("negative offset"))
	}
	free := (f.d.limit - f.d.used()) / Block
	n := 0
	for n < len(p) {
		at := off + int64(n)
		b, in := at/Block, int(at%Block)
		if f.n.blocks[b] == nil && b >= f.n.reserved {
			if free <= 0 {
				f.n.resize(max(f.n.size, off+int64(n)))
				return n, fault("write", f.name, disk.ErrFull)
			}
			free--
		}
		block := make([]byte, Block)
		copy(block, f.n.blocks[b])
		m := copy(block[in:], p[n:])
		f.n.put(b, block)
		n += m
	}
	if len(p) > 0 {
		f.n.resize(max(f.n.size, off+int64(n)))
	}
	return n, nil
}

// put changes a block; nil makes it zero.
func (n *node) put(b int64, block []byte) {
	n.versions[b] = append(n.versions[b], block)
	delete(n.lost, b)
	if block == nil {
		delete(n.blocks, b)
		return
	}
	n.blocks[b] = block
}

func (n *node) resize(size int64) {
	if size != n.size {
		n.size = size
		n.sizes = append(n.sizes, size)
	}
}

func (f *file) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.change("truncate"); err != nil {
		return err
	}
	if size < 0 {
		return fault("truncate", f.name, fs.ErrInvalid)
	}
	whole := (size + Block - 1) / Block
	for b, old := range f.n.blocks {
		switch in := size - b*Block; {
		case b >= whole:
			f.n.put(b, nil)
		case in < Block:
			block := make([]byte, Block)
			copy(block, old[:in])
			f.n.put(b, block)
		}
	}
	f.n.reserved = min(f.n.reserved, whole)
	f.n.resize(size)
	return nil
}

func (f *file) Preallocate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.change("preallocate"); err != nil {
		return err
	}
	if size <= f.n.size {
		return nil
	}
	was := f.n.reserved
	f.n.reserved = max(was, (size+Block-1)/Block)
	if f.d.used() > f.d.limit {
		f.n.reserved = was
		return fault("preallocate", f.name, disk.ErrFull)
	}
	f.n.resize(size)
	return nil
}

func (f *file) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.change("sync"); err != nil {
		return err
	}
	f.n.settle()
	return nil
}

// Settle changes nothing: what was written may survive without it, and need not with it.
func (f *file) Settle(int64, int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return f.change("settle")
}

// settle makes what programs see what survives.
func (n *node) settle() {
	if n.synced.blocks == nil {
		n.synced.blocks = map[int64][]byte{}
	}
	for b := range n.versions {
		if n.lost[b] {
			continue
		}
		if block := n.blocks[b]; block != nil {
			n.synced.blocks[b] = block
		} else {
			delete(n.synced.blocks, b)
		}
		delete(n.versions, b)
	}
	n.synced.size = n.size
	n.sizes = nil
}

// lose is what a Sync that fails does on Linux: programs see what was written as before, and no later Sync writes it.
func (f *file) lose() {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.n.lost == nil {
		f.n.lost = map[int64]bool{}
	}
	for b := range f.n.versions {
		f.n.lost[b] = f.n.blocks[b] != nil // what is cut off is not among what a file has to write
	}
}

func (f *file) Size() (int64, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.look("size"); err != nil {
		return 0, err
	}
	return f.n.size, nil
}

func (f *file) Close() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.closed {
		return fault("close", f.name, fs.ErrClosed)
	}
	f.closed = true
	return nil
}
