package intake

import (
	"cmp"
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

// Bounds of the decoders that are kept: how many, and about how many bytes.
const (
	maxSenders = 1024
	maxKept    = 512 << 20
)

// PerSender gives a decoder for frames of many senders: for each [dialect.Frame.Peer] it has one of its own, which open
// makes, so that nobody can complete or change another's event; and it adds the peer to every event. What is held cannot be
// replayed. At most 1,024 are kept: beyond it those go that hold nothing, and if all do, everything is given. Beyond 512 MiB
// those go that were silent longest, those that hold nothing first; what one holds is given.
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
	kept  int    // bytes of all
	turn  uint64 // frames so far
}

type sender struct {
	peer counterfoil.JSON
	dec  dialect.Decoder
	kept int    // bytes, when it was weighed last
	long int    // bytes of its longest frame
	last uint64 // the turn of its last frame
}

func (s *sender) idle() bool { return !s.dec.Held().Any }

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
		s = &sender{peer: f.Peer, dec: dec}
		d.all, d.of[f.Peer] = append(d.all, s), s
	}
	d.turn++
	s.last, s.long = d.turn, max(s.long, len(f.Data))
	n := len(dst)
	dst, err := s.dec.Decode(dst, f)
	s.mark(dst[n:])
	for d.weigh(s); d.kept > maxKept && len(d.all) > 1; {
		dst = d.drop(dst)
	}
	return dst, err
}

func (d *perSender) weigh(s *sender) {
	size := dialect.SizeOf(s.dec, s.long)
	d.kept += size - s.kept
	s.kept = size
}

// drop gives what the sender holds that was silent longest, and forgets it.
func (d *perSender) drop(dst []counterfoil.Event) []counterfoil.Event {
	s := slices.MinFunc(d.all, func(a, b *sender) int {
		if x, y := a.idle(), b.idle(); x != y && a.last != d.turn && b.last != d.turn {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.last, b.last)
	})
	n := len(dst)
	dst = s.dec.Flush(dst, time.Time{})
	s.mark(dst[n:])
	d.kept -= s.kept
	d.all = slices.DeleteFunc(d.all, func(x *sender) bool { return x == s })
	delete(d.of, s.peer)
	return dst
}

func (d *perSender) decoder() (dec dialect.Decoder, err error) {
	if dec, d.spare = d.spare, nil; dec != nil {
		return dec, nil
	}
	return d.open()
}

// forget makes room for senders.
func (d *perSender) forget(dst []counterfoil.Event) []counterfoil.Event {
	if !slices.ContainsFunc(d.all, (*sender).idle) {
		dst = d.Flush(dst, time.Time{})
	}
	d.all = slices.DeleteFunc(d.all, (*sender).idle)
	clear(d.of)
	d.kept = 0
	for _, s := range d.all {
		d.of[s.peer] = s
		d.kept += s.kept
	}
	return dst
}

// Flush gives what is over at now of every sender.
func (d *perSender) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	for _, s := range d.all {
		n := len(dst)
		dst = s.dec.Flush(dst, now)
		s.mark(dst[n:])
		d.weigh(s)
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
