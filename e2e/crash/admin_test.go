package crash_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// admin asks for what can be asked of a running daemon, at random moments.
type admin struct {
	d      *daemon
	ledger *ledger
	token  string
	rnd    *rand.Rand
	client http.Client
	holds  map[uint64]bool // that were acknowledged: true in force, false ended; those of which nothing is known are not here
	passed []uint64        // in force, and not for long
}

// acts are what he does. Every one returns an error where the daemon did not answer.
var acts = []func(*admin) error{
	func(a *admin) error { return a.ask("POST", "/api/v1/rotate", nil, nil) },
	func(a *admin) error {
		return a.hold(fmt.Sprintf("event_data.sender = %d and event_data.n < %d", a.rnd.IntN(senders), passingN))
	},
	(*admin).release,
	(*admin).forget,
}

// passingN is below what number of a sender's events a hold may keep them for a while.
const passingN = 200

// passing reports whether a hold that is released again may keep an event.
func passing(e counterfoil.Event) bool {
	var n int
	_, err := fmt.Sscan(e.EventData.Member("n").Text(), &n)
	return err != nil || n < passingN
}

func (a *admin) run(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(a.rnd.IntN(300)) * time.Millisecond):
		}
		if err := acts[a.rnd.IntN(len(acts))](a); err != nil {
			return
		}
	}
}

func (a *admin) hold(query string) error {
	var made struct{ ID uint64 }
	if err := a.ask("POST", "/api/v1/holds", map[string]string{"query": query, "reason": "test"}, &made); err != nil {
		return err
	}
	a.holds[made.ID] = true
	if query != "user = "+held {
		a.passed = append(a.passed, made.ID)
	}
	return nil
}

func (a *admin) release() error {
	if len(a.passed) == 0 {
		return nil
	}
	id := a.passed[0]
	a.passed = a.passed[1:]
	delete(a.holds, id) // until it is answered nothing is known
	if err := a.ask("DELETE", fmt.Sprintf("/api/v1/holds/%d?reason=over", id), nil, nil); err != nil {
		return err
	}
	a.holds[id] = false
	return nil
}

// check compares the holds in force with what was acknowledged.
func (a *admin) check(t *testing.T, when string) {
	t.Helper()
	d, err := trail.OpenReadOnly(a.d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	list, err := d.Holds()
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	there := map[uint64]int{}
	for _, h := range list {
		there[h.ID]++
	}
	for id, inForce := range a.holds {
		if want := map[bool]int{true: 1}[inForce]; there[id] != want {
			t.Fatalf("%s: hold %d is there %d times, was acknowledged: %v; %+v", when, id, there[id], inForce, list)
		}
	}
}

// ask sends a request and reads the answer into v; nil: it is of no interest.
func (a *admin) ask(method, path string, body, v any) error {
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			return err
		}
	}
	req, err := http.NewRequest(method, a.d.url+path, &b)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return &refused{resp.StatusCode, string(text)}
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(text, v)
}
