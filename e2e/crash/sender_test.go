package crash_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// ledger is what senders were told is kept.
type ledger struct {
	mu   sync.Mutex // guards below
	kept map[uint64]counterfoil.Event
}

func newLedger() *ledger { return &ledger{kept: map[uint64]counterfoil.Event{}} }

// add notes a batch that was acknowledged as first … last.
func (l *ledger) add(batch []counterfoil.Event, a answer) error {
	if a.Taken != len(batch) || a.Last-a.First != uint64(len(batch)-1) {
		return fmt.Errorf("%d events were sent, the answer is %+v", len(batch), a)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, e := range batch {
		seq := a.First + uint64(i)
		if old, twice := l.kept[seq]; twice && old != e {
			return fmt.Errorf("number %d was given to two events", seq)
		}
		l.kept[seq] = e
	}
	return nil
}

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.kept)
}

// check reads the whole data directory: every acknowledged event is there under its number and says what it said,
// the numbers are dense, and no aid is there twice.
func (l *ledger) check(t *testing.T, when, dir string) (records uint64) {
	t.Helper()
	d, err := trail.OpenReadOnly(dir)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer d.Close()
	v := d.View()
	defer v.Close()
	found := 0
	aids := map[counterfoil.AID]uint64{}
	_, err = search.Run(t.Context(), v, search.Query{Oldest: true}, func(r *counterfoil.Record) bool {
		if r.Seq != records {
			t.Fatalf("%s: record %d is followed by %d", when, records-1, r.Seq)
		}
		records++
		if other, twice := aids[r.AID]; twice {
			t.Fatalf("%s: records %d and %d have the same aid", when, other, r.Seq)
		}
		aids[r.AID] = r.Seq
		want, ok := l.kept[r.Seq]
		if !ok {
			return true
		}
		found++
		if want.AID.IsZero() {
			want.AID = r.AID
		}
		want.Dialect = r.Dialect // is the dialect's word
		if r.Event != want {
			t.Fatalf("%s: record %d is %+v, acknowledged was %+v", when, r.Seq, r.Event, want)
		}
		return true
	})
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	if found != len(l.kept) {
		t.Fatalf("%s: %d of %d acknowledged records are there", when, found, len(l.kept))
	}
	return records
}

// sender sends one batch after the other until it is stopped or something goes wrong.
type sender struct {
	d       *daemon
	ledger  *ledger
	rnd     *rand.Rand
	id      int
	aids    bool // its events carry aids, so that it may send a batch again
	n       int
	pending []counterfoil.Event // sent, not acknowledged
}

// run sends until stop is closed, or the program no longer answers as it should; that error is given.
func (s *sender) run(stop <-chan struct{}) error {
	client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
	defer client.CloseIdleConnections()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := s.send(client); err != nil {
			return err
		}
	}
}

// send sends the pending batch, or a new one.
func (s *sender) send(client *http.Client) error {
	if s.pending == nil || !s.aids { // without aids to send again would be to say it twice
		s.pending = s.batch()
	}
	a, err := post(client, s.d, s.pending)
	if err != nil {
		return err
	}
	if err := s.ledger.add(s.pending, a); err != nil {
		return &lie{err}
	}
	s.pending = nil
	return nil
}

// lie is an answer that cannot be true, in contrast to none.
type lie struct{ error }

func (s *sender) batch() []counterfoil.Event {
	b := make([]counterfoil.Event, 1+s.rnd.IntN(1+s.rnd.IntN(400)))
	for i := range b {
		s.n++
		e := &b[i]
		*e = counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(time.Now()), Host: "host", Service: "CRASH", Name: "EVENT", User: fmt.Sprintf("user%d", s.rnd.IntN(50)),
			Outcome: counterfoil.OutcomeOf(s.n%3 > 0)}
		if s.aids {
			for j := range e.AID {
				e.AID[j] = byte(s.rnd.Uint32())
			}
		}
		var data counterfoil.Builder
		data.Object("")
		data.Int("sender", int64(s.id))
		data.Int("n", int64(s.n))
		data.String("text", s.noise(s.rnd.IntN(500)))
		data.End()
		e.EventData = data.JSON()
	}
	return b
}

// noise is text that hardly shrinks, so that a disk fills.
func (s *sender) noise(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(s.rnd.IntN(26))
	}
	return string(b)
}

// answer is that of POST /api/v1/events.
type answer struct {
	First, Last uint64
	Taken       int
	Retried     int
}

// refused is an answer that is not 200.
type refused struct {
	status int
	body   string
}

func (r *refused) Error() string { return fmt.Sprintf("%d: %s", r.status, r.body) }

func post(client *http.Client, d *daemon, batch []counterfoil.Event) (a answer, err error) {
	var body []byte
	for i := range batch {
		body = append(counterfoil.AppendEvent(body, &batch[i]), '\n')
	}
	req, err := http.NewRequest("POST", d.url+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	resp, err := client.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	if resp.StatusCode != 200 {
		return a, &refused{resp.StatusCode, string(text)}
	}
	return a, json.Unmarshal(text, &a)
}
