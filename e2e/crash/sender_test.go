package crash_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/counterfoil/counterfoil"
)

// users is how many there are.
const users = 50

// sender sends one batch after the other until it is stopped or something goes wrong.
type sender struct {
	d       *daemon
	ledger  *ledger
	rnd     *rand.Rand
	id      int
	aids    bool // its events carry aids, so that it may send a batch again
	n       int
	pending []counterfoil.Event // sent, not acknowledged
	since   time.Time           // when it was first
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
		s.pending, s.since = s.batch(), time.Now()
	}
	a, err := post(client, s.d, s.pending)
	if err != nil {
		return err
	}
	if err := s.ledger.add(s.pending, s.since, a); err != nil {
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
		*e = counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(time.Now()), Host: "host", Service: "CRASH", Name: "EVENT", User: fmt.Sprintf("user%d", s.rnd.IntN(users)),
			Outcome: counterfoil.OutcomeOf(s.n%3 > 0), Category: categories[s.rnd.IntN(len(categories))]}
		switch lot := s.rnd.IntN(5000); {
		case lot == 0 && s.ledger.holding.Load():
			e.User = held
		case lot < 50:
			e.Name = noise
		}
		if s.aids {
			for j := range e.AID {
				e.AID[j] = byte(s.rnd.Uint32())
			}
		}
		var data counterfoil.Builder
		data.Object("")
		data.Int("sender", int64(s.id))
		data.Int("n", int64(s.n))
		data.String("text", s.text(s.rnd.IntN(500)))
		data.End()
		e.EventData = data.JSON()
	}
	return b
}

// text hardly shrinks, so that a disk fills.
func (s *sender) text(n int) string {
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
	LeftOut     int `json:"left_out"`
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
