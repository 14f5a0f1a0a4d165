package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// loader hands batches of lines to senders. After an error the senders drop what is left.
type loader struct {
	work chan batch
	rate float64 // events a second that are due; 0: as many as the server takes

	mu      sync.Mutex // guards below
	took    []time.Duration
	leftOut int // events that the server's policy did not keep
	err     error
}

// batch is lines, and when they are to be sent: what waits for a sender behind that has waited for the server.
type batch struct {
	lines [][]byte
	due   time.Time
}

// readAhead is how many bytes are read before they are due, about: to wait for the file is not to wait for the server.
const readAhead = 32 << 20

// lineRoom is a little more than a line has.
const lineRoom = 760

// pace hands batches over when they are due.
func (l *loader) pace(from <-chan batch) {
	defer close(l.work)
	for b := range from {
		time.Sleep(time.Until(b.due))
		l.work <- b
	}
}

// read cuts r into batches, gives the number of lines, and closes work when all are handed over.
func (l *loader) read(r io.Reader, size int) (n int, err error) {
	to := l.work
	if l.rate > 0 {
		to = make(chan batch, readAhead/(size*lineRoom))
		go l.pace(to)
	}
	defer close(to)
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<20), 1<<20)
	var lines [][]byte
	var arena []byte
	begin := time.Now()
	give := func() {
		b := batch{lines: lines}
		if l.rate > 0 {
			b.due = begin.Add(time.Duration(float64(n-len(lines)) / l.rate * 1e9))
		}
		to <- b
		lines = nil
	}
	for s.Scan() {
		if len(lines) == 0 {
			if l.failed() {
				return n, nil
			}
			arena = make([]byte, 0, size*lineRoom) // append moves what does not fit
		}
		at := len(arena)
		arena = append(arena, s.Bytes()...)
		lines = append(lines, arena[at:len(arena):len(arena)])
		if n++; len(lines) == size {
			give()
		}
	}
	if len(lines) > 0 {
		give()
	}
	return n, s.Err()
}

func (l *loader) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil
}

func (l *loader) send(send func(lines [][]byte) error) {
	for b := range l.work {
		if l.failed() {
			continue
		}
		begin := b.due
		if begin.IsZero() {
			begin = time.Now()
		}
		err := send(b.lines)
		l.mu.Lock()
		l.took = append(l.took, time.Since(begin))
		l.err = errors.Join(l.err, err)
		l.mu.Unlock()
	}
}

// newSender gives a function that POSTs a batch over a connection of its own, for one goroutine.
func (l *loader) newSender(url, token string, render func(b, line []byte) []byte) func(lines [][]byte) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	var body []byte
	return func(lines [][]byte) error {
		body = body[:0]
		for _, line := range lines {
			body = render(body, line)
		}
		req, err := http.NewRequest("POST", url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		if resp.StatusCode/100 != 2 {
			return fmt.Errorf("%s: %.500s", resp.Status, answer)
		}
		var taken struct {
			LeftOut int `json:"left_out"`
		}
		if err := json.Unmarshal(answer, &taken); err != nil {
			return nil // another peer's answer
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.leftOut += taken.LeftOut
		return nil
	}
}
