//go:build !linux

package disk

import "os"

func sync(f *os.File) error { return f.Sync() }

func expect(*os.File, int64, int64) {}

func settle(*os.File, int64, int64) error { return nil }

// preallocate only makes the file longer: ZFS, where FreeBSD keeps most trails, has no other way.
func preallocate(f *os.File, _, size int64) error { return f.Truncate(size) }

func remove(name string) error { return os.Remove(name) }
