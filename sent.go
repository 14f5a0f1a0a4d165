package counterfoil

// Sent says what [ParseSent] found in a message beside its event.
type Sent struct {
	Service string // svc as the sender wrote it, where the event holds another form of it; else empty
	Name    string // event as the sender wrote it, likewise

	Placed   bool // the message is a record's, from an export: it has seq, received, via or hidden
	Seq      uint64
	Received Time
	Via      string
	Hidden   Hash // its hidden half was forgotten there: see [Record]
}

// ParseSent reads a message as [ParseEvent] does, and takes two things more: a service or event name that is not
// [A-Z0-9_.]+, which gets the form of [ServiceName], and the place in a trail that a record's message has. Both are
// given beside the event, for the caller to keep.
func ParseSent(text string) (Event, Sent, error) {
	h := learned.Get().(*shapes)
	defer learned.Put(h)
	return h.parseSent(text)
}

// Parser reads many messages and uses its memory again. The zero value is ready. For one goroutine.
type Parser struct{ h shapes }

// ParseSent is the function of that name. The event shares memory with the text and the parser: it is valid until Reset.
func (p *Parser) ParseSent(text string) (Event, Sent, error) { return p.h.parseSent(text) }

// Reset takes back the memory of all events that were read before.
func (p *Parser) Reset() { p.h.reset() }

func (h *shapes) parseSent(text string) (Event, Sent, error) {
	r := Record{}
	var sent Sent
	seen, err := r.parseWith(h, text, &sent)
	if err != nil {
		return Event{}, Sent{}, err
	}
	if seen&(1<<keySeq|1<<keyReceived|1<<keyVia|1<<keyHidden) != 0 {
		sent.Placed, sent.Seq, sent.Received, sent.Via, sent.Hidden = true, r.Seq, r.Received, r.Via, r.Hidden
	}
	return r.Event, sent, nil
}

// rename gives the names that a message cannot carry the form it can, and keeps them as they were sent.
func (s *Sent) rename(e *Event) {
	if !isName(e.Service) && e.Service != "" {
		s.Service, e.Service = e.Service, ServiceName(e.Service)
	}
	if !isName(e.Name) && e.Name != "" {
		s.Name, e.Name = e.Name, ServiceName(e.Name)
	}
}

// AppendText appends s as a canonical JSON string with its quotes, for dialects that write data without a [Builder].
func AppendText(dst []byte, s string) []byte { return appendString(dst, s) }
