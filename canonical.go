package counterfoil

import (
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// AppendEvent appends the canonical message of an event that is not in a trail. It does not check e: see
// [Event.Check]. A zero AID is left out, since only a trail can derive it.
func AppendEvent(dst []byte, e *Event) []byte {
	dst = e.appendOpen(append(dst, '{'), nil)
	dst = append(dst, ',')
	dst = e.appendHidden(dst)
	return append(dst, '}')
}

// AppendRecord appends the canonical message of a record, and gives the index in the result of the comma between its
// open and its hidden half. The AID must not be zero. Where the hidden half was forgotten the commitment to it stands in its
// place.
func AppendRecord(dst []byte, r *Record) (msg []byte, comma int) {
	dst = r.appendOpen(append(dst, '{'), r)
	comma = len(dst)
	if r.IsForgotten() {
		dst = hex.AppendEncode(append(dst, hiddenKey...), r.Hidden[:])
		return append(dst, '"', '}'), comma
	}
	dst = append(dst, ',')
	dst = r.appendHidden(dst)
	return append(dst, '}'), comma
}

// hiddenKey begins what stands in the place of a forgotten half.
const hiddenKey = `,"hidden":"`

// appendOpen appends the keys of the open half without braces; r is nil for an event that is not in a trail.
func (e *Event) appendOpen(dst []byte, r *Record) []byte {
	if !e.AID.IsZero() {
		dst = append(dst, `"aid":"`...)
		dst = append(e.AID.Append(dst), '"', ',')
	}
	dst = append(dst, `"vers":{"major":`...)
	dst = strconv.AppendInt(dst, int64(e.Major), 10)
	dst = append(dst, `,"minor":`...)
	dst = strconv.AppendInt(dst, int64(e.Minor), 10)
	dst = append(dst, '}')
	if r != nil {
		dst = strconv.AppendUint(append(dst, `,"seq":`...), r.Seq, 10)
	}
	dst = append(e.Time.Append(append(dst, `,"time":"`...)), '"')
	if r != nil {
		dst = append(r.Received.Append(append(dst, `,"received":"`...)), '"')
		dst = appendField(dst, `,"via":`, r.Via)
	}
	dst = appendField(dst, `,"dialect":`, e.Dialect)
	dst = appendField(dst, `,"host":`, e.Host)
	dst = append(dst, `,"svc":`...)
	dst = appendString(dst, e.Service)
	dst = append(dst, `,"event":`...)
	dst = appendString(dst, e.Name)
	if e.Class != 0 {
		dst = append(dst, `,"class":[`...)
		for c := e.Class & AllClasses; c != 0; c &= c - 1 {
			dst = append(append(append(dst, '"'), classes[bits.TrailingZeros32(uint32(c))].name...), '"', ',')
		}
		dst[len(dst)-1] = ']'
	}
	if e.Category != NoCategory {
		dst = append(append(append(dst, `,"category":"`...), e.Category.String()...), '"')
	}
	if e.Action != "" {
		dst = append(append(append(dst, `,"action":"`...), e.Action...), '"')
	}
	switch e.Outcome {
	case Success:
		dst = append(dst, `,"success":true`...)
	case Failure:
		dst = append(dst, `,"success":false`...)
	}
	return dst
}

// appendHidden appends the keys of the hidden half, without braces.
func (e *Event) appendHidden(dst []byte) []byte {
	dst = append(dst, `"addr":`...)
	dst = appendString(dst, e.Addr)
	dst = append(dst, `,"user":`...)
	dst = appendString(dst, e.User)
	dst = appendField(dst, `,"sess":`, e.Session)
	if s := &e.Subject; *s != (Subject{}) {
		at := len(dst)
		dst = append(dst, `,"subject":{`...)
		dst = appendField(dst, `,"login_id":`, s.LoginID)
		dst = appendField(dst, `,"id":`, s.ID)
		dst = appendField(dst, `,"name":`, s.Name)
		dst = appendField(dst, `,"group":`, s.Group)
		dst = appendField(dst, `,"terminal":`, s.Terminal)
		if s.PID != 0 {
			dst = strconv.AppendInt(append(dst, `,"pid":`...), s.PID, 10)
		}
		dst = appendField(dst, `,"process":`, s.Process)
		dst = closeGroup(dst, at+len(`,"subject":{`))
	}
	if o := &e.Object; *o != (Object{}) {
		at := len(dst)
		dst = append(dst, `,"object":{`...)
		dst = appendField(dst, `,"kind":`, o.Kind)
		dst = appendField(dst, `,"name":`, o.Name)
		dst = appendField(dst, `,"id":`, o.ID)
		dst = appendField(dst, `,"to":`, o.To)
		dst = closeGroup(dst, at+len(`,"object":{`))
	}
	if e.SvcData != "" {
		dst = append(append(dst, `,"svc_data":`...), e.SvcData...)
	}
	if e.EventData != "" {
		dst = append(append(dst, `,"event_data":`...), e.EventData...)
	}
	if e.Raw != "" {
		if utf8.ValidString(e.Raw) {
			dst = appendField(dst, `,"raw":`, e.Raw)
		} else {
			dst = append(dst, `,"raw_b64":"`...)
			dst = append(base64.StdEncoding.AppendEncode(dst, []byte(e.Raw)), '"')
		}
	}
	return dst
}

// appendField appends a key and a string, or nothing for the empty string.
func appendField(dst []byte, key, v string) []byte {
	if v == "" {
		return dst
	}
	return appendString(append(dst, key...), v)
}

// closeGroup ends an object whose members were each written with a comma before it, the first beginning at i.
func closeGroup(dst []byte, i int) []byte {
	copy(dst[i:], dst[i+1:])
	dst[len(dst)-1] = '}'
	return dst
}
