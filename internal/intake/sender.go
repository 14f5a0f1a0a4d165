package intake

import (
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

const peerKey = "peer"

// AddPeer puts who sent an event, as the input knows it, into event_data as "peer". A "peer" that the sender wrote becomes
// "peer#2", event_data that is a string its member "text". An empty peer adds nothing.
func AddPeer(e *counterfoil.Event, peer counterfoil.JSON) {
	switch {
	case peer == "":
		return
	case e.EventData.Member(peerKey) == "":
		e.EventData = dialect.Insert(e.EventData, peerKey, peer)
		return
	}
	var b counterfoil.Builder
	b.Object("")
	b.Value(peerKey, peer) // the first keeps the name
	for k, v := range e.EventData.Members() {
		b.Value(k, v)
	}
	b.End()
	e.EventData = b.JSON()
}

// maxSenders bounds how many decoders are kept.
const maxSenders = 1024

// PerSender gives a decoder for frames of many senders: for each [dialect.Frame.Peer] it has one of its own, which open
// makes, so that nobody can complete or change another's event; and it adds the peer to every event. What is held cannot be
// replayed. At most 1,024 are kept: beyond it those go that hold nothing, and if all do, everything is given.
func PerSender(open func() (dialect.Decoder, error)) (dialect.Decoder, error) {
	first, err := open() // options that are wrong are told before anything is read
	if err != nil {
		return nil, err
	}
	return &perSender{open: open, spare: first, of: map[counterfoil.JSON]*sender{}}, nil
}

type perSender struct {
	open  func() (dialect.Decoder, error)
	spare dialect.Decoder // made and not used yet
	all   []*sender       // in the order they began
	of    map[counterfoil.JSON]*sender
}

type sender struct {
	peer counterfoil.JSON
	dec  dialect.Decoder
}

func (s *sender) mark(events []counterfoil.Event) {
	for i := range events {
		AddPeer(&events[i], s.peer)
	}
}

// Decode hands a frame to its sender's decoder.
func (d *perSender) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	s := d.of[f.Peer]
	if s == nil {
		dec, err := d.decoder()
		if err != nil {
			return dst, err
		}
		if len(d.all) >= maxSenders {
			dst = d.forget(dst)
		}
		s = &sender{f.Peer, dec}
		d.all, d.of[f.Peer] = append(d.all, s), s
	}
	n := len(dst)
	dst, err := s.dec.Decode(dst, f)
	s.mark(dst[n:])
	return dst, err
}

func (d *perSender) decoder() (dec dialect.Decoder, err error) {
	if dec, d.spare = d.spare, nil; dec != nil {
		return dec, nil
	}
	return d.open()
}

// forget makes room for senders.
func (d *perSender) forget(dst []counterfoil.Event) []counterfoil.Event {
	idle := func(s *sender) bool { return !s.dec.Held().Any }
	if !slices.ContainsFunc(d.all, idle) {
		dst = d.Flush(dst, time.Time{})
	}
	d.all = slices.DeleteFunc(d.all, idle)
	clear(d.of)
	for _, s := range d.all {
		d.of[s.peer] = s
	}
	return dst
}

// Flush gives what is over at now of every sender.
func (d *perSender) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	for _, s := range d.all {
		n := len(dst)
		dst = s.dec.Flush(dst, now)
		s.mark(dst[n:])
	}
	return dst
}

// Held gives the oldest position and the earliest deadline of all senders.
func (d *perSender) Held() (all dialect.Held) {
	for _, s := range d.all {
		h := s.dec.Held()
		switch {
		case !h.Any:
			continue
		case !all.Any:
			all = dialect.Held{Any: true, Pos: h.Pos, Deadline: h.Deadline}
			continue
		}
		all.Pos = min(all.Pos, h.Pos)
		if !h.Deadline.IsZero() && (all.Deadline.IsZero() || h.Deadline.Before(all.Deadline)) {
			all.Deadline = h.Deadline
		}
	}
	return all
}
