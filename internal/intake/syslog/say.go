package syslog

import (
	"context"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// listening says where it listens, and how much the kernel holds for datagrams.
func (l *Listener) listening() intake.Note {
	n := intake.Note{Name: act.InputStart, Reason: "listening"}
	rooms := map[string]int{}
	for _, d := range l.datagrams {
		got, err := d.room()
		if err != nil {
			continue
		}
		rooms[d.String()] = got
		if got < l.opts.Receive {
			n.Reason = fmt.Sprintf("listening; of a receive buffer of %d bytes the kernel gives %d: more takes CAP_NET_ADMIN, or a higher limit (Linux: net.core.rmem_max, FreeBSD: kern.ipc.maxsockbuf)",
				l.opts.Receive, got)
		}
	}
	n.Data = func(b *counterfoil.Builder) {
		b.Array("sockets")
		for _, address := range l.Addresses() {
			b.Object("")
			b.String("address", address)
			if room, ok := rooms[address]; ok {
				b.Int("receive_buffer", int64(room))
			}
			b.End()
		}
		b.End()
	}
	return n
}

// refusals are connections that came to nothing since the last look.
type refusals struct {
	n   int
	who func(*counterfoil.Builder) // the last
	why error
}

func (m *meeting) refused(who func(*counterfoil.Builder), why error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusals = refusals{m.refusals.n + 1, who, why}
}

// look notes what the kernel dropped and who was refused. Many refusals are one note: anybody can cause them.
func (m *meeting) look() {
	for _, d := range m.watched {
		if n, ok := d.loss(m.now()); ok {
			m.say(n)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.refusals; r.n > 0 {
		m.refusals = refusals{}
		m.notes = append(m.notes, intake.Note{Name: act.InputError, Reason: fmt.Sprintf("TLS did not begin: %v", r.why), Data: func(b *counterfoil.Builder) {
			b.Int("connections", int64(r.n))
			r.who(b)
		}})
	}
}

// tellLost writes how many messages were read and not kept, if the trail takes it: the pump has ended.
func (l *Listener) tellLost(ctx context.Context, n uint64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), atLatest)
	defer cancel()
	note := intake.Note{Name: act.Gap, Count: int64(n), Unit: "messages", Reason: "the input ended before messages that it had read were kept"}
	_, err := l.Trail.Append(ctx, l.Name, []counterfoil.Event{note.Event(counterfoil.TimeOf(l.Now()), l.Host, l.Name, l.meeting.name)})
	if err == nil {
		l.Gaps.Add(1)
	}
	return err
}
