package trail

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/wal"
)

// positionRoom is how many bytes the positions of one batch may take.
const positionRoom = 1 << 20

// maxParts is how many parts may wait to be sealed before Append waits for the sealer.
const maxParts = 2

// commit makes the first requests of batch durable, numbered and visible, as many as fit into one write and one
// segment, answers them, and gives how many they were. The caller holds committing.
func (t *Trail) commit(batch []*request) (n int) {
	if err := t.refusal(); err != nil {
		for _, r := range batch {
			r.finish(err)
		}
		return len(batch)
	}
	if err := t.refuseFull(batch[0]); err != nil {
		batch[0].finish(err)
		return 1
	}
	if batch[0].own {
		batch = batch[:1]
	}
	if t.isFull(len(batch[0].events)) {
		if err := t.rotate(batch[0].own); err != nil {
			batch[0].finish(t.storageError("begin a new segment", err))
			return 1
		}
	}
	g := t.number(batch)
	if len(g.requests) == 0 {
		return g.refused // one request that cannot be kept was answered
	}
	if err := t.store(&g); err != nil {
		g.part.table.Cut(g.start)
		for _, r := range g.requests {
			r.finish(err)
		}
		return len(g.requests)
	}
	t.publish(&g)
	for _, r := range g.requests {
		close(r.done)
	}
	return len(g.requests)
}

func (r *request) finish(err error) {
	r.receipt, r.err = Receipt{}, err
	close(r.done)
}

// refusal gives the reason why nothing is taken in, if there is one.
func (t *Trail) refusal() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.broken != nil:
		return fmt.Errorf("%w: %w", ErrBroken, t.broken)
	case t.closed:
		return ErrClosed
	}
	return nil
}

// storageError sorts an error of the disk: a full one passes, any other breaks the trail.
func (t *Trail) storageError(op string, err error) error {
	if errors.Is(err, disk.ErrFull) {
		t.noteFull(fmt.Errorf("%s: %w", op, err))
		return fmt.Errorf("%w (%s: %w)", ErrSuspended, op, err)
	}
	return t.breakWith(fmt.Errorf("%s: %w", op, err))
}

// group is what one write holds.
type group struct {
	requests []*request
	refused  int // requests answered already, with an error
	part     *part
	start    segment.Mark // of the part's table, where the group's records begin
	count    int          // records
	leaves   []counterfoil.Hash
	payload  []byte
	behind   int // bytes that the positions take behind the payload, at most
	longer   int // bytes by which the positions of all inputs become more, at most
}

// number gives the events of the first requests their numbers and builds the payload and the leaves. Numbering stops
// before a request that would make the write too large or overfill the segment.
func (t *Trail) number(batch []*request) (g group) {
	now := counterfoil.TimeOf(t.opts.Now())
	g.payload, g.leaves = t.walBuf[:0], t.leafBuf[:0]
	g.part = t.active()
	g.start = g.part.table.Mark()
	for i, r := range batch {
		if i > 0 && g.part.table.Len()+len(r.events) > t.opts.SegmentRows {
			break
		}
		before, mark := g, g.part.table.Mark()
		if err := t.numberRequest(&g, r, now); err != nil {
			g.part.table.Cut(mark)
			before.leaves, before.payload = g.leaves[:len(before.leaves)], g.payload[:len(before.payload)] // which may have moved
			g = before
			if i == 0 {
				r.finish(err)
				g.refused = 1
			}
			break // a later one gets its answer when it is first
		}
		g.requests = append(g.requests, r)
	}
	t.walBuf, t.leafBuf = g.payload, g.leaves
	return g
}

func (t *Trail) numberRequest(g *group, r *request, now counterfoil.Time) error {
	rc := &r.receipt
	*rc = Receipt{Received: now}
	if err := t.placed(g, r); err != nil {
		return err
	}
	g.leaves = slices.Grow(g.leaves, len(r.events)) // which do not move while one waits to be written
	defer t.drop(len(r.events))
	for i := range r.events {
		t.fetch(next(r.events, i))
		e := &r.events[i]
		seq := t.next + uint64(g.count)
		if !e.AID.IsZero() {
			old, ok, err := t.known(g, e)
			if _, senders := errors.AsType[*counterfoil.FieldError](err); senders {
				return &EventError{i, err}
			} else if err != nil {
				return err
			}
			if ok {
				rc.retry(i, old)
				continue
			}
			t.window.add(e.AID, seq)
		}
		if len(t.numbered) == segment.Together {
			t.tabulate(g)
		}
		n := len(t.numbered)
		t.numbered = slices.Grow(t.numbered, 1)[:n+1]
		rec := &t.numbered[n]
		rec.Event, rec.Seq, rec.Received, rec.Via = *e, seq, now, r.via
		if rec.AID.IsZero() {
			rec.AID = counterfoil.DeriveAID(t.id.id, seq)
		}
		if err := t.encode(g, rec); err != nil {
			return &EventError{i, err}
		}
		g.count++
		rc.add(i, seq)
	}
	t.hasher.Finish()
	t.tabulate(g)
	return nil
}

// tabulate puts the records that have their numbers into the table.
func (t *Trail) tabulate(g *group) {
	g.part.table.Append(t.numbered...)
	t.numbered = t.numbered[:0]
}

// drop forgets what is under way of a request of n events: a leaf that waits, and records that have no place in the table yet.
func (t *Trail) drop(n int) {
	t.hasher.Drop()
	clear(t.numbered[:min(n, cap(t.numbered))]) // what they say is the sender's
	t.numbered = t.numbered[:0]
}

// A position takes its bytes, the input's name and two lengths. Those of one batch stand behind its records, those of all inputs in the
// header of each file of the log.
func positionSize(via string, position []byte) int {
	return len(via) + len(position) + 2*binary.MaxVarintLen64
}

// placed reckons with a request's position, if it has one.
func (t *Trail) placed(g *group, r *request) error {
	if r.position == nil {
		return nil
	}
	n := positionSize(r.via, r.position)
	if g.behind += n; g.behind > positionRoom {
		return fmt.Errorf("the positions of one batch have more than %d bytes", positionRoom)
	}
	t.mu.Lock()
	old, is := t.positions[r.via]
	t.mu.Unlock()
	if is {
		n = max(0, n-positionSize(r.via, old))
	}
	if g.longer += n; n > 0 && t.placedBytes+g.longer > wal.MaxHeader {
		return fmt.Errorf("keep the position of %s: those of all inputs have more than %d bytes", r.via, wal.MaxHeader)
	}
	return nil
}

// known finds the record that has the event's aid: one of the last that senders gave, or any that this trail derived
// itself. It is a *FieldError if that record says something else, or if the trail has yet to derive such an aid; any other
// error says that the record cannot be read.
func (t *Trail) known(g *group, e *counterfoil.Event) (seq uint64, ok bool, err error) {
	next := t.next + uint64(g.count)
	seq, derived := t.id.id.SeqOf(e.AID)
	if derived && seq >= next {
		return 0, false, &counterfoil.FieldError{Field: "aid", Reason: "is of the form that this trail gives its own records, and it has not given this one"}
	}
	if !derived {
		if seq, ok = t.window.lookup(e.AID); !ok || seq >= next {
			return 0, false, nil
		}
	}
	var old counterfoil.Record
	if first := g.part.first; seq >= first {
		t.tabulate(g)
		err = g.part.table.Record(int(seq-first), &old)
	} else {
		err = t.View().recordIn(seq, &old, &t.scratch)
	}
	if isExpired(err) {
		if !derived {
			return 0, false, nil // it is kept again: nobody can tell whether it says the same
		}
		err = &counterfoil.FieldError{Field: "aid", Reason: "is that of a record of this trail: " + err.Error()}
	}
	if err != nil {
		return 0, false, fmt.Errorf("compare with record %d, which has the same aid: %w", seq, err)
	}
	switch {
	case old.AID != e.AID:
		return 0, false, nil
	case old.IsForgotten() && old.Event == (&counterfoil.Record{Event: *e}).Forget(old.Hidden).Event:
		return seq, true, nil // what was forgotten does not come back by being sent again
	case old.Event != *e:
		return 0, false, &counterfoil.FieldError{Field: "aid", Reason: fmt.Sprintf("is that of record %d, which says something else", seq)}
	}
	return seq, true, nil
}

// add notes the number of event i of the batch.
func (rc *Receipt) add(i int, seq uint64) {
	if i == 0 {
		rc.First = seq
	} else if rc.Seqs == nil && seq != rc.Last+1 {
		rc.list(i)
	}
	if rc.Seqs != nil {
		rc.Seqs = append(rc.Seqs, seq)
	}
	rc.Last = seq
}

func (rc *Receipt) retry(i int, seq uint64) {
	rc.Retried++
	rc.add(i, seq)
}

// list writes out the first n numbers, which were dense so far.
func (rc *Receipt) list(n int) {
	rc.Seqs = make([]uint64, n)
	for j := range rc.Seqs {
		rc.Seqs[j] = rc.First + uint64(j)
	}
}

// encode appends a record's canonical message to the payload and its leaf to the leaves.
func (t *Trail) encode(g *group, rec *counterfoil.Record) error {
	at := len(g.payload)
	var comma int
	g.payload, comma = counterfoil.AppendRecord(g.payload, rec)
	msg := g.payload[at:]
	switch {
	case len(msg) > counterfoil.MaxMessage:
		return fmt.Errorf("the message has %d bytes, at most %d are allowed", len(msg), counterfoil.MaxMessage)
	case len(g.payload) > wal.MaxBatch-2*positionRoom:
		return fmt.Errorf("the batch has more than %d bytes", wal.MaxBatch-2*positionRoom)
	}
	g.leaves = append(g.leaves, counterfoil.Hash{})
	t.hasher.Leaf(&g.leaves[len(g.leaves)-1], msg, comma-at, counterfoil.Salting{Key: t.subjects.of(rec.User), Seq: rec.Seq})
	g.payload = append(g.payload, '\n')
	return nil
}

// store makes the group durable.
func (t *Trail) store(g *group) error {
	if g.count == 0 {
		return nil // all of it was retried
	}
	if err := t.subjects.flush(t.fs); err != nil {
		return t.storageError("keep subject keys", err)
	}
	g.payload = appendPositions(g.payload, g.requests)
	t.walBuf = g.payload
	if err := t.wal.Append(g.payload, t.next, g.count); err != nil {
		return t.storageError("write to the WAL", err)
	}
	if err := t.wal.Sync(); err != nil {
		return t.breakWith(err)
	}
	return nil
}

// appendPositions ends a payload with the positions of the inputs, as length-prefixed pairs, and the length of it all in
// four bytes.
func appendPositions(payload []byte, requests []*request) []byte {
	at := len(payload)
	for _, r := range requests {
		if r.position != nil {
			payload = appendPosition(payload, r.via, r.position)
		}
	}
	return binary.BigEndian.AppendUint32(payload, uint32(len(payload)-at))
}

func appendPosition(b []byte, via string, position []byte) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(via))), via...)
	return append(binary.AppendUvarint(b, uint64(len(position))), position...)
}

// parsePositions calls f with each pair.
func parsePositions(b []byte, f func(via string, position []byte)) error {
	field := func() []byte {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			b = nil
			return nil
		}
		v := b[k : k+int(n)]
		b = b[k+int(n):]
		return v
	}
	for len(b) > 0 {
		via := field()
		position := field()
		if b == nil {
			return errors.New("positions are cut short")
		}
		f(string(via), append([]byte{}, position...))
	}
	return nil
}

// publish makes what is durable visible.
func (t *Trail) publish(g *group) {
	t.tree.Append(g.leaves...)
	t.mu.Lock()
	defer t.mu.Unlock()
	p := g.part
	if p.rows.Len() == 0 {
		t.headSince = t.opts.Now()
	}
	p.rows = p.table.Rows()
	p.leaves = append(segment.WithRoom(p.leaves, len(g.leaves)), g.leaves...)
	t.next += uint64(g.count)
	t.logBytes = t.wal.Len()
	for _, r := range g.requests {
		if r.position != nil {
			t.keepPosition(r.via, r.position)
		}
	}
	close(t.wake)
	t.wake = make(chan struct{})
}

// keepPosition makes a position that is durable the newest of its input. The caller holds mu.
func (t *Trail) keepPosition(via string, position []byte) {
	if old, is := t.positions[via]; is {
		t.placedBytes -= positionSize(via, old)
	}
	t.placedBytes += positionSize(via, position)
	t.positions[via] = position
}

// active is the part that is being filled. Only the committer changes which one it is.
func (t *Trail) active() *part {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.parts[len(t.parts)-1]
}

// isFull reports whether n records more go beyond the segment that is being filled.
func (t *Trail) isFull(n int) bool {
	head := t.active().table
	have := head.Len()
	return have > 0 && (have+n > t.opts.SegmentRows || head.Bytes() >= t.opts.HeadBytes || t.opts.FileSize > 0 && t.wal.Len() >= t.opts.FileSize)
}
