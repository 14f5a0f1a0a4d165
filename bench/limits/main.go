// limits measures what no program can do better than on this machine, for the events of the benchmark: how fast one core hashes,
// parses and compresses them, how fast the disk says that it has them and the page cache gives a file, and how few bytes they come
// to when nothing has to be found in them.
//
//	limits -in events.jsonl [-n 130000] [-dir DIR]
//	limits -serve 127.0.0.1:28490 [-beside] [-dir DIR]
//
// With -serve it is the server of which an acknowledgement comes as soon as it can: see bare. Send it events with bench/load -peer vl -rate.
// A figure of counterfoil beside one of these says how far it is from the end of the road.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
)

func main() {
	in := flag.String("in", "", "events of bench/gen, JSON Lines")
	n := flag.Int("n", 130000, "how many of them to look at: those of a segment")
	dir := flag.String("dir", ".", "directory on the disk that is measured")
	addr := flag.String("serve", "", "loopback address: take events there, make them durable and do nothing else")
	beside := flag.Bool("beside", false, "with -serve: pack what is taken and write it to files, as a sealer would")
	flag.Parse()
	if *addr != "" {
		fmt.Fprintln(os.Stderr, "limits:", serve(*addr, *dir, *beside))
		os.Exit(3)
	}
	if err := run(os.Stdout, *in, *n, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "limits:", err)
		os.Exit(3)
	}
}

func run(out io.Writer, in string, n int, dir string) error {
	lines, err := read(in, n)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	defer w.Flush()
	if err := cores(w, lines); err != nil {
		return err
	}
	if err := disks(w, dir); err != nil {
		return err
	}
	if err := pageCache(w, in); err != nil {
		return err
	}
	return entropy(w, lines)
}

func read(name string, n int) (lines []string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, counterfoil.MaxMessage+1)
	for len(lines) < n && s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines, s.Err()
}

// rounds is how often a thing is timed; the fastest counts, for the others had neighbours.
const rounds = 5

// rate gives how many of n things a second are done by f.
func rate(n int, f func()) float64 {
	best := time.Duration(1<<63 - 1)
	for range rounds {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return float64(n) / best.Seconds()
}

// cores tells what one core does with the events.
func cores(w io.Writer, lines []string) error {
	p := &jsonl.Parser{}
	var msgs [][]byte
	var commas []int   // where the halves of each part
	var pages [][]byte // the event_data of so many events together
	const pageRows = 2048
	size := 0
	for i, l := range lines {
		e, err := p.Parse(l)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		rec := counterfoil.Record{Event: e, Seq: uint64(i), Received: e.Time, Via: "http/load"}
		msg, comma := counterfoil.AppendRecord(nil, &rec)
		msgs, commas, size = append(msgs, msg), append(commas, comma), size+len(msg)
		if i%pageRows == 0 {
			pages = append(pages, nil)
		}
		pages[len(pages)-1] = append(pages[len(pages)-1], e.EventData...)
	}
	mean := float64(size) / float64(len(msgs))
	fmt.Fprintf(w, "an event as a canonical message\t%.0f\tbytes\n", mean)
	r := rate(len(lines), func() {
		for _, m := range msgs {
			sha256.Sum256(m)
		}
	})
	fmt.Fprintf(w, "SHA-256 of each message once\t%.0f k\trecords/s/core\t%.0f MB/s\n", r/1e3, r*mean/1e6)
	r = rate(len(lines), func() {
		var key counterfoil.SubjectKey
		for i, m := range msgs {
			counterfoil.LeafOf(m, commas[i], key.Salt(uint64(i))).Hash()
		}
	})
	fmt.Fprintf(w, "the leaf of each: a salt, two halves, their node\t%.0f k\trecords/s/core\n", r/1e3)
	r = rate(len(lines), func() {
		var h counterfoil.Hasher
		var leaf counterfoil.Hash
		for i := range msgs {
			k := i % min(len(msgs), 500) // which stay near the processor, as those do that were just made
			h.Leaf(&leaf, msgs[k], commas[k], counterfoil.Salting{Seq: uint64(i)})
		}
		h.Finish()
	})
	fmt.Fprintf(w, "the same, two beside each other\t%.0f k\trecords/s/core\n", r/1e3)
	floor := 1e6 / r // CPU-seconds per million
	r = rate(len(lines), func() {
		p.Reset()
		for _, l := range lines {
			if _, err := p.Parse(l); err != nil {
				panic(err) // it was parsed before
			}
		}
	})
	fmt.Fprintf(w, "parsing each line\t%.0f k\trecords/s/core\t%.0f MB/s\n", r/1e3, r*mean/1e6)
	floor += 1e6 / r
	floor += 1e6 / logging(w, msgs)
	packing, err := unpacking(w, pages, len(lines))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "leaf, parsing, log and event_data, one after the other\t%.2f\tCPU-s per million\n", floor+1e6/packing)
	all := []byte(strings.Join(lines, "\n"))
	for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault} {
		enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1))
		if err != nil {
			return err
		}
		var packed []byte
		r = rate(len(all), func() { packed = enc.EncodeAll(all, packed[:0]) })
		fmt.Fprintf(w, "zstd, level %v, of the lines\t%.0f\tMB/s\t%.1f bytes an event\n", level, r/1e6, float64(len(packed))/float64(len(lines)))
	}
	return nil
}

// logging tells how fast the messages are packed as the log has them, and gives how many a second.
func logging(w io.Writer, msgs [][]byte) float64 {
	const batch = 5000
	var batches [][]byte
	size, packed := 0, 0
	for b := range slices.Chunk(msgs, batch) {
		batches = append(batches, bytes.Join(b, nil))
		size += len(batches[len(batches)-1])
	}
	var buf []byte
	r := rate(len(msgs), func() {
		packed = 0
		for _, b := range batches {
			buf = s2.Encode(buf[:cap(buf)], b)
			packed += len(buf)
		}
	})
	fmt.Fprintf(w, "S2 of the messages, 5,000 together\t%.0f k\trecords/s/core\t%.0f MB/s, %.1f bytes an event\n", r/1e3, r*float64(size)/float64(len(msgs))/1e6, float64(packed)/float64(len(msgs)))
	return r
}

// unpacking tells how fast event_data is packed, and gives how many records a second, and how fast a text that no index knows can
// be looked for in packed pages.
func unpacking(w io.Writer, pages [][]byte, n int) (packing float64, err error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	defer dec.Close()
	size, packed := 0, make([][]byte, len(pages))
	for _, p := range pages {
		size += len(p)
	}
	packing = rate(n, func() {
		for i, p := range pages {
			packed[i] = enc.EncodeAll(p, packed[i][:0])
		}
	})
	fmt.Fprintf(w, "zstd of event_data, pages of 2,048\t%.0f k\trecords/s/core\t%.0f MB/s\n", packing/1e3, packing*float64(size)/float64(n)/1e6)
	var page []byte
	r := rate(n, func() {
		for _, p := range packed {
			if page, err = dec.DecodeAll(p, page[:0]); err != nil {
				panic(err) // it was packed just now
			}
		}
	})
	fmt.Fprintf(w, "unpacking event_data, pages of 2,048\t%.0f k\trecords/s/core\t%.0f MB/s\n", r/1e3, r*float64(size)/float64(n)/1e6)
	r = rate(n, func() {
		for _, p := range pages {
			if bytes.IndexByte(p, 0) >= 0 {
				panic("JSON has no such byte")
			}
		}
	})
	fmt.Fprintf(w, "looking for a byte in it, unpacked\t%.0f k\trecords/s/core\t%.0f MB/s\n", r/1e3, r*float64(size)/float64(n)/1e6)
	return packing, nil
}

// disks tells how soon something is on stable storage.
func disks(w io.Writer, dir string) error {
	for _, size := range []int{32 << 10, 1 << 20} {
		if err := syncs(w, dir, size); err != nil {
			return err
		}
	}
	return syncsBeside(w, dir)
}

// syncsBeside tells how soon a log is on stable storage while other files are written as a sealer writes them: 10 MB in pieces every half a second.
func syncsBeside(w io.Writer, dir string) (err error) {
	const every, runs = 2500 * time.Microsecond, 8000 // 20 s
	log, err := os.Create(filepath.Join(dir, "limits.tmp"))
	if err != nil {
		return err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	done, sealed := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			if err := writeFile(filepath.Join(dir, "limits.other.tmp"), 10<<20); err != nil {
				sealed <- err
				return
			}
			select {
			case <-done:
				sealed <- nil
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	defer func() {
		close(done)
		err = errors.Join(err, <-sealed)
	}()
	took, record := make([]time.Duration, 0, runs), make([]byte, 36<<10)
	for tick := time.NewTicker(every); len(took) < runs; <-tick.C {
		if _, err := log.Write(record); err != nil {
			return err
		}
		start := time.Now()
		if err := log.Sync(); err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	return percentiles(w, "fsync of 36 kB every 2.5 ms beside a sealer's files", took)
}

// writeFile writes a file of so many bytes, waits for the disk after each half a megabyte, and removes it.
func writeFile(name string, size int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer os.Remove(name)
	defer f.Close()
	piece := make([]byte, 512<<10)
	for n := 0; n < size; n += len(piece) {
		if _, err := f.Write(piece); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return nil
}

func syncs(w io.Writer, dir string, size int) error {
	f, err := os.Create(filepath.Join(dir, "limits.tmp"))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	for range 500 {
		if _, err := f.Write(make([]byte, size)); err != nil {
			return err
		}
		start := time.Now()
		if err := f.Sync(); err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	return percentiles(w, fmt.Sprintf("fsync of %d kB in %s", size>>10, dir), took)
}

func percentiles(w io.Writer, what string, took []time.Duration) error {
	slices.Sort(took)
	at := func(thousandths int) float64 { return float64(took[len(took)*thousandths/1000].Microseconds()) / 1e3 }
	_, err := fmt.Fprintf(w, "%s\t%.2f\tms (median)\t%.2f ms (99 of 100), %.2f (999 of 1,000)\n", what, at(500), at(990), at(999))
	return err
}

// pageCache tells how fast a file is read that is in memory already.
func pageCache(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	buf, size := make([]byte, 1<<20), 0
	const most = 256 << 20
	r := 0.0
	for range rounds { // the first brings it there
		size = 0
		start := time.Now()
		for size < most {
			n, err := f.ReadAt(buf, int64(size))
			if size += n; err == io.EOF {
				break
			} else if err != nil {
				return err
			}
		}
		r = max(r, float64(size)/time.Since(start).Seconds())
	}
	_, err = fmt.Fprintf(w, "reading from the page cache\t%.1f\tGB/s/core\n", r/1e9)
	return err
}

// entropy tells how few bytes an event comes to: each field by itself, all its values one behind the other, packed as tightly as
// zstd does in one piece. To read one value of it is to unpack all of them.
func entropy(w io.Writer, lines []string) error {
	columns := map[string]*bytes.Buffer{}
	for _, l := range lines {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal([]byte(l), &fields); err != nil {
			return err
		}
		for k, v := range fields {
			if columns[k] == nil {
				columns[k] = &bytes.Buffer{}
			}
			columns[k].Write(append(v, '\n'))
		}
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(zstd.MaxWindowSize))
	if err != nil {
		return err
	}
	sum := 0.0
	names := []string{}
	size := map[string]float64{}
	for k, b := range columns {
		data := b.Bytes()
		packed := float64(len(enc.EncodeAll(data, nil)))
		if k == "aid" {
			packed = float64(16 * bytes.Count(data, []byte("\n"))) // 122 bits of chance, 32 digits
		}
		size[k] = packed / float64(len(lines))
		sum += size[k]
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b string) int { return int(1000 * (size[b] - size[a])) })
	fmt.Fprintf(w, "all fields, packed in one piece each\t%.1f\tbytes an event\n", sum)
	for _, k := range names {
		fmt.Fprintf(w, "  %s\t%.2f\n", k, size[k])
	}
	return nil
}
