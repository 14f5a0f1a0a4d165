// Package result is what load and query measure, as JSON lines that report reads: {"kind":"load",…} and {"kind":"query",…}.
package result

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Line is one measurement; the field that is not nil says of what.
type Line struct {
	Peer  string `json:"peer"`
	Load  *Load  `json:"load,omitempty"`
	Disk  *Disk  `json:"disk,omitempty"`
	Query *Query `json:"query,omitempty"`
}

// Load is one run of the loader.
type Load struct {
	Events     int     `json:"events"`
	Seconds    float64 `json:"seconds"`            // until the last acknowledgement
	Settled    float64 `json:"settled"`            // and until the server had no more to do
	AckP50     float64 `json:"ack_p50_ms"`         // of a batch
	AckP99     float64 `json:"ack_p99_ms"`         //
	AckMax     float64 `json:"ack_max_ms"`         //
	CPU        float64 `json:"cpu_s"`              // of the server, until it was settled
	CPUAck     float64 `json:"cpu_ack_s"`          // until the last acknowledgement
	LoaderCPU  float64 `json:"loader_cpu_s"`       //
	PeakPSS    int64   `json:"peak_pss"`           // bytes
	Neighbours float64 `json:"neighbours"`         // cores that others used meanwhile
	LeftOut    int     `json:"left_out,omitempty"` // events that the server's policy did not keep
}

// Disk is the size of all that the server keeps.
type Disk struct {
	Events int   `json:"events"`
	Bytes  int64 `json:"bytes"`
}

// Query is one query: a cold run, then the median of warm ones.
type Query struct {
	ID         string  `json:"id"`
	Rows       int     `json:"rows"`
	Cold       float64 `json:"cold_ms"`
	Warm       float64 `json:"warm_ms"`
	Least      float64 `json:"least_ms"`
	CPU        float64 `json:"cpu_ms"`     // of the server, of a warm run
	Neighbours float64 `json:"neighbours"` // cores
}

// Append adds a line to a file.
func Append(name string, l Line) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(b, '\n')); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// Read gives the lines of a file.
func Read(name string) (lines []Line, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		var l Line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, len(lines)+1, err)
		}
		lines = append(lines, l)
	}
	return lines, s.Err()
}
