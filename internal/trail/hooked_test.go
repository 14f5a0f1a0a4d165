package trail

import (
	"github.com/counterfoil/counterfoil/internal/disk"
)

// hooked is a disk of which calls fail that a test chooses. A hook that is nil lets everything pass.
type hooked struct {
	disk.FS
	create  func(name string) error
	renamed func(to string) error // after it was done
}

func (h *hooked) Create(name string) (disk.File, error) {
	if h.create != nil {
		if err := h.create(name); err != nil {
			return nil, err
		}
	}
	return h.FS.Create(name)
}

func (h *hooked) Rename(from, to string) error {
	err := h.FS.Rename(from, to)
	if err == nil && h.renamed != nil {
		err = h.renamed(to)
	}
	return err
}
