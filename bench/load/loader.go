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
	work chan [][]byte

	mu      sync.Mutex // guards below
	took    []time.Duration
	leftOut int // events that the server's policy did not keep
	err     error
}

// read cuts r into batches and gives the number of lines.
func (l *loader) read(r io.Reader, batch int) (n int, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<20), 1<<20)
	var lines [][]byte
	var arena []byte
	for s.Scan() {
		if len(lines) == 0 {
			if l.failed() {
				return n, nil
			}
			arena = make([]byte, 0, batch*760) // a little more than they have; append moves what does not fit
		}
		at := len(arena)
		arena = append(arena, s.Bytes()...)
		lines = append(lines, arena[at:len(arena):len(arena)])
		if n++; len(lines) == batch {
			l.work <- lines
			lines = nil
		}
	}
	if len(lines) > 0 {
		l.work <- lines
	}
	return n, s.Err()
}

func (l *loader) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil
}

func (l *loader) send(send func(lines [][]byte) error) {
	for lines := range l.work {
		if l.failed() {
			continue
		}
		begin := time.Now()
		err := send(lines)
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
