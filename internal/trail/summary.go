package trail

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// Summary is what a trail takes and how long the space lasts.
type Summary struct {
	Directories []DirectorySummary `json:"directories"`
	Segments    []SegmentSummary   `json:"segments"`
	Records     uint64             `json:"records"`
	Expired     uint64             `json:"expired"` // of them, those that are not there any more
	Head        uint64             `json:"head"`    // of them, those that are not sealed
	Bytes       Bytes              `json:"bytes"`
	Columns     []ColumnBytes      `json:"columns"` // of the sealed records, the largest first
	Holds       int                `json:"holds"`
	Full        string             `json:"full,omitempty"`       // why nothing is taken in
	PerDay      int64              `json:"per_day,omitempty"`    // sealed bytes for a day, as of the last ones
	Days        float64            `json:"days,omitempty"`       // that Free lasts so; expiry is not reckoned with
	Free        uint64             `json:"free"`                 // in all directories
	Over        float64            `json:"per_day_of,omitempty"` // days that PerDay was measured over
}

// Bytes are what the parts of a trail take.
type Bytes struct {
	Columns int64 `json:"columns"` // Parquet files
	Index   int64 `json:"index"`
	Gone    int64 `json:"gone"` // hashes of what has expired
	Log     int64 `json:"log"`  // files of the log, space asked for in advance included
}

// DirectorySummary is a directory for segments.
type DirectorySummary struct {
	Path    string `json:"path"`
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
	Free    uint64 `json:"free"`
	Total   uint64 `json:"total"`
	Problem string `json:"problem,omitempty"`
}

// SegmentSummary is a sealed file.
type SegmentSummary struct {
	File    string `json:"file"`
	First   uint64 `json:"first"` // range that it was sealed with
	Last    uint64 `json:"last"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"` // with its index
}

// ColumnBytes is what a column takes.
type ColumnBytes struct {
	Name     string  `json:"name"`
	Bytes    int64   `json:"bytes"`
	PerEvent float64 `json:"per_event"`
}

// Summary reads what a trail takes, from the footers of its files and the file system.
func (d *Directory) Summary() (*Summary, error) {
	v := d.View()
	s := &Summary{Records: v.Size()}
	for _, h := range v.Head {
		s.Head += uint64(h.Len())
	}
	ps, err := openPlaces(d.fs, &d.id, nil, false)
	if err != nil {
		return nil, err
	}
	for _, p := range ps {
		s.Directories = append(s.Directories, s.directory(p, v))
	}
	for _, e := range v.Expired() {
		s.Expired += uint64(e.Records)
	}
	for _, sp := range v.spans {
		if sp.gone != nil {
			s.Bytes.Gone += sp.gone.size
		}
	}
	if err := s.columns(v); err != nil {
		return nil, err
	}
	if err := s.log(d.fs); err != nil {
		return nil, err
	}
	holds, err := d.Holds()
	if err != nil {
		return nil, err
	}
	s.Holds = len(holds)
	if b, err := disk.ReadFile(d.fs, fullFile, 1<<16); err == nil {
		full := fullness{}
		if err := json.Unmarshal(b, &full); err != nil {
			return nil, fmt.Errorf("%s: %w", fullFile, err)
		}
		s.Full = fmt.Sprintf("since %s: %s", full.At, full.Reason)
	} else if !isMissing(err) {
		return nil, err
	}
	return s, s.forecast(v)
}

func (s *Summary) directory(p *place, v *View) DirectorySummary {
	d := DirectorySummary{Path: p.shown}
	for _, x := range v.Segments {
		if x.place.Path == p.Path {
			d.Files++
			d.Bytes += x.Bytes + x.indexBytes
		}
	}
	err := p.absent
	if err == nil {
		d.Free, d.Total, err = p.fs.Space()
	}
	if err != nil {
		d.Problem = err.Error()
	}
	return d
}

// columns adds up the columns of all files.
func (s *Summary) columns(v *View) error {
	sum := map[string]int64{}
	records := 0
	for _, x := range v.Segments {
		s.Segments = append(s.Segments, SegmentSummary{x.Name(), x.First, x.Last, x.rows, x.Bytes + x.indexBytes})
		s.Bytes.Columns += x.Bytes
		s.Bytes.Index += x.indexBytes
		r, err := x.Reader()
		if err != nil {
			return err
		}
		records += x.rows
		columns, err := r.ColumnBytes()
		if err != nil {
			return fmt.Errorf("%s: %w", x.Name(), err)
		}
		for name, n := range columns {
			sum[name] += n
		}
	}
	for name, n := range sum {
		s.Columns = append(s.Columns, ColumnBytes{name, n, float64(n) / float64(records)})
	}
	slices.SortFunc(s.Columns, func(a, b ColumnBytes) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name)) })
	return nil
}

func (s *Summary) log(fs disk.FS) error {
	names, err := fs.ReadDir("wal")
	if err != nil {
		return err
	}
	for _, n := range names {
		f, err := fs.Open("wal/"+n, false)
		if isMissing(err) {
			continue // sealed since
		}
		if err != nil {
			return err
		}
		size, err := f.Size()
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		s.Bytes.Log += size
	}
	return nil
}

// lately is how far back the forecast looks.
const lately = 7 * 24 * time.Hour

// forecast tells from the last days how long the free space lasts.
func (s *Summary) forecast(v *View) error {
	seen := map[uint64]bool{} // file systems, which directories may share
	for _, d := range s.Directories {
		if key := d.Free<<1 ^ d.Total; !seen[key] {
			seen[key] = true
			s.Free += d.Free
		}
	}
	var newest, oldest counterfoil.Time
	var bytes int64
	for i := len(v.Segments) - 1; i >= 0; i-- {
		x := v.Segments[i]
		c, err := x.contents()
		if err != nil {
			return err
		}
		if newest == 0 {
			newest = c.newest
		}
		if newest-c.newest > counterfoil.Time(lately) {
			break
		}
		oldest = c.oldest
		bytes += x.Bytes + x.indexBytes
	}
	over := time.Duration(newest - oldest)
	if over < time.Minute { // too little to tell
		return nil
	}
	s.Over = over.Hours() / 24
	s.PerDay = int64(float64(bytes) / s.Over)
	if s.PerDay > 0 {
		s.Days = float64(s.Free) / float64(s.PerDay)
	}
	return nil
}
