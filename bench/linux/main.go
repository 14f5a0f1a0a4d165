// Command linux decodes a Linux audit log from standard input to canonical messages on standard output, as a peer does
// to its JSON: the work that bench/linux/run.sh compares. On standard error it prints how many records came in, how many
// are in the raw of an event, and how many events that made; it fails if the first two differ.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/linux"
)

func main() {
	log.SetFlags(0)
	d, err := linux.Dialect.Decode(nil)
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	var records, kept, events, unparsed int
	var batch []counterfoil.Event
	var msg []byte
	write := func() {
		for i := range batch {
			kept += strings.Count(batch[i].Raw, "\n") + 1
			msg = append(counterfoil.AppendEvent(msg[:0], &batch[i]), '\n')
			if _, err := out.Write(msg); err != nil {
				log.Fatal(err)
			}
		}
		events += len(batch)
		clear(batch)
		batch = batch[:0]
		d.(dialect.Reuser).Reuse()
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<16), 1<<24)
	in.Split(linux.Dialect.Split)
	pos := int64(0)
	for in.Scan() {
		f := dialect.Frame{Data: in.Bytes(), Pos: pos, Received: 1}
		if pos += int64(len(f.Data)) + 1; len(f.Data) == 0 {
			continue
		}
		records++
		if batch, err = d.Decode(batch, f); err != nil {
			unparsed++ // it is an event all the same
		}
		if len(batch) >= 256 {
			write()
		}
	}
	if err := in.Err(); err != nil {
		log.Fatal(err)
	}
	batch = d.Flush(batch, time.Time{})
	write()
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "records=%d kept=%d events=%d unparsed=%d\n", records, kept, events, unparsed)
	if kept != records {
		os.Exit(1)
	}
}
