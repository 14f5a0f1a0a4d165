// Package proc reads CPU time and memory of a process and its descendants from /proc. What has gone counts nothing.
package proc

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const ticksPerSecond = 100 // USER_HZ, the same on every Linux

type stat struct{ parent, ticks int }

func read(pid int) (s stat, ok bool) {
	b, err := os.ReadFile(file(pid, "stat"))
	if err != nil {
		return s, false
	}
	text := string(b)
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+2:]) // the name before may hold anything
	n := func(i int) int { v, _ := strconv.Atoi(f[i]); return v }
	return stat{parent: n(1), ticks: n(11) + n(12) + n(13) + n(14)}, true // its own and its dead children's
}

func file(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

func tree(root int) (pids []int) {
	entries, _ := os.ReadDir("/proc")
	children := map[int][]int{}
	for _, e := range entries {
		if p, err := strconv.Atoi(e.Name()); err == nil {
			if s, ok := read(p); ok {
				children[s.parent] = append(children[s.parent], p)
			}
		}
	}
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		pids = append(pids, queue[0])
		queue = append(queue, children[queue[0]]...)
	}
	return pids
}

// CPU is the user and system time of root and all its descendants, dead ones included, in seconds.
func CPU(root int) (seconds float64) {
	for _, p := range tree(root) {
		if s, ok := read(p); ok {
			seconds += float64(s.ticks) / ticksPerSecond
		}
	}
	return seconds
}

// Memory is the proportional set size (PSS) of the tree in bytes.
func Memory(root int) (bytes int64) {
	for _, p := range tree(root) {
		b, err := os.ReadFile(file(p, "smaps_rollup"))
		if err != nil {
			continue
		}
		if _, after, ok := strings.Cut(string(b), "\nPss:"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
			bytes += kib << 10
		}
	}
	return bytes
}

// Peak looks at Memory twice a second until stop is closed, then sends the largest value seen.
func Peak(root int, stop <-chan struct{}) <-chan int64 {
	out := make(chan int64, 1)
	go func() {
		var most int64
		for {
			most = max(most, Memory(root))
			select {
			case <-stop:
				out <- max(most, Memory(root))
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	return out
}

// Busy is the machine's busy CPU seconds so far. What neighbours used during a measurement is its rise less our own.
func Busy() (seconds float64) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	for i, s := range strings.Fields(line)[1:] {
		const idle, iowait = 3, 4
		if i != idle && i != iowait && i < 8 { // guests are in user time already
			v, _ := strconv.ParseFloat(s, 64)
			seconds += v
		}
	}
	return seconds / ticksPerSecond
}
