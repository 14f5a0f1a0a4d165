package syslog

import (
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
)

// Where the input breaks, what was read and not kept is counted.
func TestLostInside(t *testing.T) {
	for range 50 { // whether messages are taken before the input breaks is chance
		var tr intaketest.Trail
		var hold atomic.Bool
		entered, held := make(chan struct{}, 1), make(chan struct{})
		tr.Fail = func(int) (bool, error) {
			if hold.CompareAndSwap(true, false) {
				entered <- struct{}{}
				<-held
			}
			return false, nil
		}
		in := run(t, &tr, on("tcp"))
		in.said(act.InputStart, "sockets")
		hold.Store(true)
		send(t, in.dial(0), "<13>first\n")
		<-entered
		const waiting = 5
		for range waiting {
			send(t, in.dial(0), "<13>waits\n")
		}
		for end := time.Now().Add(20 * time.Second); len(in.l.slots) <= waiting && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		time.Sleep(20 * time.Millisecond) // they offer what they have
		in.l.meeting.failed(errors.New("broken"))
		close(held)
		err := <-in.done
		lost := int64(0)
		for _, r := range tr.Named(act.Gap) {
			n, nerr := strconv.ParseInt(string(r.EventData.Member("count")), 10, 64)
			if lost += n; nerr != nil {
				t.Fatal(nerr)
			}
		}
		if kept := int64(len(in.wait(0))); kept+lost != 1+waiting {
			t.Fatalf("%d kept, %d lost of %d: %v", kept, lost, 1+waiting, err)
		}
		if lost > 0 {
			return
		}
	}
}
