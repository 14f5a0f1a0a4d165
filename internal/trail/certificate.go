package trail

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

const (
	forgottenDir    = "forgotten"
	certificateHead = "counterfoil forgotten 1"
)

// Forgotten is what a forgetting did: its certificate, and what only whoever asked for it is told.
type Forgotten struct {
	Event   uint64        `json:"event"`  // number of the record that says so
	At      string        `json:"at"`     // when it was finished: the key destroyed, the hidden halves gone
	Before  uint64        `json:"before"` // the user's records before this number are meant
	Records int           `json:"records"`
	Held    int           `json:"held"` // of the user's records, those that a hold kept as they were
	Ranges  []ForgetRange `json:"ranges"`
	Subject string        `json:"subject"` // SHA-256, in hexadecimal, of secret, colon and user
	Reason  string        `json:"reason"`

	Secret      string `json:"secret,omitempty"`      // kept nowhere: with it can be shown who is meant
	Certificate string `json:"certificate,omitempty"` // the signed note
}

func certificateName(event uint64) string {
	return path.Join(forgottenDir, fmt.Sprintf("%016d", event))
}

// text is what the certificate's note says.
func (f *Forgotten) text(origin string) string {
	var b counterfoil.Builder
	b.Object("")
	b.String("at", f.At)
	b.Uint("event", f.Event)
	f.say(&b)
	b.End()
	return fmt.Sprintf("%s\n%s\n%s\n", certificateHead, origin, b.JSON())
}

// say writes what the event has, too.
func (f *Forgotten) say(b *counterfoil.Builder) {
	b.Uint("before", f.Before)
	b.Int("held", int64(f.Held))
	b.Array("ranges")
	for _, r := range f.Ranges {
		b.Object("")
		b.Uint("first", r.First)
		b.Uint("last", r.Last)
		b.Int("records", int64(r.Records))
		b.End()
	}
	b.End()
	b.String("reason", f.Reason)
	b.Int("records", int64(f.Records))
	b.String("subject", f.Subject)
}

// parseForgotten reads what say wrote; of an event that was forgotten itself nothing is left.
func parseForgotten(j counterfoil.JSON) (f Forgotten, err error) {
	scan := func(j counterfoil.JSON, key string, to any) {
		if _, serr := fmt.Sscan(j.Member(key).Text(), to); serr != nil && err == nil {
			err = fmt.Errorf("%s is no number", key)
		}
	}
	scan(j, "held", &f.Held)
	scan(j, "records", &f.Records)
	scan(j, "before", &f.Before)
	for x := range j.Member("ranges").Elements() {
		var r ForgetRange
		scan(x, "first", &r.First)
		scan(x, "last", &r.Last)
		scan(x, "records", &r.Records)
		f.Ranges = append(f.Ranges, r)
	}
	f.Reason, f.Subject = j.Member("reason").Text(), j.Member("subject").Text()
	return f, err
}

// readCertificates reads what was forgotten, by the number of the event.
func readCertificates(fsys disk.FS, id *identity) (map[uint64]*Forgotten, error) {
	names, err := fsys.ReadDir(forgottenDir)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[uint64]*Forgotten{}
	for _, n := range names {
		if strings.HasSuffix(n, disk.TempSuffix) {
			continue
		}
		f, err := readCertificate(fsys, path.Join(forgottenDir, n), id)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(forgottenDir, n), err)
		}
		all[f.Event] = f
	}
	return all, nil
}

func readCertificate(fsys disk.FS, name string, id *identity) (*Forgotten, error) {
	msg, err := disk.ReadFile(fsys, name, 64<<20)
	if err != nil {
		return nil, err
	}
	text, err := openNote(msg, id.vkey)
	if err != nil {
		return nil, err
	}
	bad := errors.New("is that of another forgetting or trail, or not in its one form")
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return nil, bad
	}
	j, err := counterfoil.Canonical(lines[2])
	if err != nil {
		return nil, err
	}
	f, err := parseForgotten(j)
	if err != nil {
		return nil, err
	}
	f.At, f.Certificate = j.Member("at").Text(), string(msg)
	if _, err := fmt.Sscan(j.Member("event").Text(), &f.Event); err != nil || f.text(id.origin) != text || certificateName(f.Event) != name {
		return nil, bad
	}
	return &f, nil
}
