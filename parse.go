package counterfoil

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseEvent reads a message in any JSON form: keys in any order, white space, any escapes, any RFC 3339 offset.
// Keys that stand for nothing in a message are errors, so that a misspelt one is not lost. The strings of the result
// share text's memory. Version 1.0 is assumed where vers is absent.
//
// A missing mandatory field (time, addr, user, svc, event; aid is the trail's to give) and a field of the wrong form
// give a *[FieldError]; text that is not JSON gives an error that names the byte.
func ParseEvent(text string) (Event, error) {
	var r Record
	seen, err := r.parse(text, nil)
	if err != nil {
		return Event{}, err
	}
	if k := seen & (1<<keySeq | 1<<keyReceived | 1<<keyVia | 1<<keyHidden); k != 0 {
		for i, name := range keyNames {
			if k>>i&1 != 0 {
				return Event{}, &FieldError{name, "is given by the trail that keeps the event and cannot be sent"}
			}
		}
	}
	return r.Event, nil
}

// ParseRecord reads the message of a record: an event with seq, received and aid.
func ParseRecord(text string) (Record, error) {
	var r Record
	seen, err := r.parse(text, nil)
	if err != nil {
		return Record{}, err
	}
	for _, k := range [...]key{keyAID, keySeq, keyReceived} {
		if seen>>k&1 == 0 {
			return Record{}, &FieldError{keyNames[k], "is missing"}
		}
	}
	return r, nil
}

// parse reads one message and gives the set of keys it had, as bits. sent, if any, takes names of the wrong form. r is
// zero.
func (r *Record) parse(text string, sent *Sent) (seen uint, err error) {
	h := learned.Get().(*shapes)
	defer learned.Put(h)
	return r.parseWith(h, text, sent)
}

func (r *Record) parseWith(h *shapes, text string, sent *Sent) (seen uint, err error) {
	seen, ok := h.read(r, text)
	if !ok {
		*r = Record{}
		if seen, err = r.parseAny(text); err != nil {
			return seen, err
		}
		h.learn(text)
	}
	if sent != nil {
		sent.rename(&r.Event)
	}
	return seen, r.Check()
}

// parseAny reads a message of any shape, without [Event.Check].
func (r *Record) parseAny(text string) (seen uint, err error) {
	r.Major, r.Minor = 1, 0
	s := scanner{s: text}
	err = s.members(func(name string) error {
		k := keyOf(name)
		if k == numKeys {
			return &FieldError{name, "is not part of a message; what the dialect says belongs into event_data"}
		}
		if seen>>k&1 != 0 {
			return &FieldError{name, "stands twice"}
		}
		seen |= 1 << k
		return r.parseField(&s, k)
	})
	if err != nil {
		return seen, err
	}
	if s.space(); s.i < len(text) {
		return seen, s.errorf("text follows the message")
	}
	if seen>>keyRaw&1 != 0 && seen>>keyRawB64&1 != 0 {
		return seen, &FieldError{"raw_b64", "stands beside raw; a message has one of them"}
	}
	there := seen
	if seen>>keyHidden&1 != 0 {
		if beside := seen & hiddenHalf; beside != 0 {
			return seen, &FieldError{keyNames[bits.TrailingZeros(beside)], "stands beside hidden, which says that this half was forgotten"}
		}
		there |= 1<<keyAddr | 1<<keyUser
	}
	for _, k := range [...]key{keyTime, keyAddr, keyUser, keySvc, keyEvent} {
		if there>>k&1 == 0 {
			return seen, &FieldError{keyNames[k], "is missing"}
		}
	}
	return seen, nil
}

// hiddenHalf is the keys of the hidden half, as bits.
const hiddenHalf = uint(1<<(keyRawB64+1) - 1<<keyAddr)

func (r *Record) parseField(s *scanner, k key) (err error) {
	switch k {
	case keyAID:
		err = s.text(k, func(v string) (err error) { r.AID, err = ParseAID(v); return })
	case keyVers:
		err = s.group(k, func(name string) error {
			switch name {
			case "major":
				return s.int("vers.major", &r.Major)
			case "minor":
				return s.int("vers.minor", &r.Minor)
			}
			return &FieldError{"vers." + name, "is not part of a message"}
		})
	case keySeq:
		lit := s.number()
		if r.Seq, err = strconv.ParseUint(lit, 10, 64); err != nil || r.Seq > maxExact {
			err = &FieldError{"seq", fmt.Sprintf("is %.30q, which is no sequence number", lit)}
		}
	case keyTime:
		err = s.text(k, func(v string) (err error) { r.Time, err = ParseTime(v); return })
	case keyReceived:
		err = s.text(k, func(v string) (err error) { r.Received, err = ParseTime(v); return })
	case keyVia:
		r.Via, err = s.string(k)
	case keyDialect:
		r.Dialect, err = s.string(k)
	case keyHost:
		r.Host, err = s.string(k)
	case keySvc:
		r.Service, err = s.string(k)
	case keyEvent:
		r.Name, err = s.string(k)
	case keyClass:
		err = s.elements(func() error {
			return s.text(k, func(v string) error {
				c, err := ParseClass(v)
				r.Class |= c
				return err
			})
		})
	case keyCategory:
		err = s.text(k, func(v string) (err error) { r.Category, err = ParseCategory(v); return })
	case keyAction:
		err = s.text(k, func(v string) error {
			if r.Action = Action(v); !r.Action.Known() {
				return fmt.Errorf("is %q, which is not in the vocabulary", v)
			}
			return nil
		})
	case keySuccess:
		s.space()
		switch s.literal() {
		case "true":
			r.Outcome = Success
		case "false":
			r.Outcome = Failure
		case "null":
		default:
			err = &FieldError{"success", "is neither true nor false"}
		}
	case keyAddr:
		r.Addr, err = s.string(k)
	case keyUser:
		r.User, err = s.string(k)
	case keySess:
		r.Session, err = s.string(k)
	case keySubject:
		err = r.Subject.parse(s)
	case keyObject:
		err = r.Object.parse(s)
	case keySvcData:
		r.SvcData, err = s.data(k)
	case keyEventData:
		r.EventData, err = s.data(k)
	case keyRaw:
		r.Raw, err = s.string(k)
	case keyRawB64:
		err = s.text(k, func(v string) error {
			b, err := base64.StdEncoding.Strict().DecodeString(v)
			if err == nil && utf8.Valid(b) && len(b) > 0 {
				return fmt.Errorf("holds valid UTF-8, which belongs into raw")
			}
			r.Raw = string(b)
			return err
		})
	case keyHidden:
		err = s.text(k, func(v string) error {
			b, err := hex.DecodeString(v)
			if err != nil || len(b) != len(r.Hidden) || Hash(b) == (Hash{}) || v != strings.ToLower(v) {
				return errors.New("is no hash of 32 bytes in hexadecimal, lower case")
			}
			r.Hidden = Hash(b)
			return nil
		})
	}
	return err
}

func (u *Subject) parse(s *scanner) error {
	return s.group(keySubject, func(name string) (err error) {
		switch name {
		case "login_id":
			u.LoginID, err = s.stringAt("subject.login_id")
		case "id":
			u.ID, err = s.stringAt("subject.id")
		case "name":
			u.Name, err = s.stringAt("subject.name")
		case "group":
			u.Group, err = s.stringAt("subject.group")
		case "terminal":
			u.Terminal, err = s.stringAt("subject.terminal")
		case "pid":
			var n int
			err = s.int("subject.pid", &n)
			u.PID = int64(n)
		case "process":
			u.Process, err = s.stringAt("subject.process")
		default:
			err = &FieldError{"subject." + name, "is not part of a message"}
		}
		return err
	})
}

func (o *Object) parse(s *scanner) error {
	return s.group(keyObject, func(name string) (err error) {
		switch name {
		case "kind":
			o.Kind, err = s.stringAt("object.kind")
		case "name":
			o.Name, err = s.stringAt("object.name")
		case "id":
			o.ID, err = s.stringAt("object.id")
		case "to":
			o.To, err = s.stringAt("object.to")
		default:
			err = &FieldError{"object." + name, "is not part of a message"}
		}
		return err
	})
}

// members reads an object, calling f with each key where its value begins.
func (s *scanner) members(f func(name string) error) error {
	if err := s.byte('{'); err != nil {
		return err
	}
	if s.space(); s.i < len(s.s) && s.s[s.i] == '}' {
		s.i++
		return nil
	}
	for {
		name, err := s.quoted()
		if err != nil {
			return err
		}
		if err := s.byte(':'); err != nil {
			return err
		}
		if err := f(name); err != nil {
			return err
		}
		if s.space(); s.i < len(s.s) && s.s[s.i] == ',' {
			s.i++
			continue
		}
		return s.byte('}')
	}
}

// group reads the object that is the value of k, in which no key stands twice. f refuses the names it does not know.
func (s *scanner) group(k key, f func(name string) error) error {
	names := make([]string, 0, 8) // as many as there are
	return s.members(func(name string) error {
		if slices.Contains(names, name) {
			return &FieldError{keyNames[k] + "." + name, "stands twice"}
		}
		names = append(names, name)
		return f(name)
	})
}

// elements reads an array, calling f where each element begins.
func (s *scanner) elements(f func() error) error {
	if err := s.byte('['); err != nil {
		return err
	}
	if s.space(); s.i < len(s.s) && s.s[s.i] == ']' {
		s.i++
		return nil
	}
	for {
		if err := f(); err != nil {
			return err
		}
		if s.space(); s.i < len(s.s) && s.s[s.i] == ',' {
			s.i++
			continue
		}
		return s.byte(']')
	}
}

// quoted reads a string and gives its bytes.
func (s *scanner) quoted() (string, error) {
	body, canonical, err := s.str()
	if err != nil || canonical {
		return body, err
	}
	return unquote(body)
}

func (s *scanner) stringAt(field string) (string, error) {
	if s.space(); s.i < len(s.s) && s.s[s.i] != '"' {
		return "", &FieldError{field, "is not a string"}
	}
	return s.quoted()
}

func (s *scanner) string(k key) (string, error) { return s.stringAt(keyNames[k]) }

// text reads a string and hands it to f, whose error becomes the field's.
func (s *scanner) text(k key, f func(string) error) error {
	v, err := s.string(k)
	if err != nil {
		return err
	}
	if err := f(v); err != nil {
		return &FieldError{keyNames[k], err.Error()}
	}
	return nil
}

func (s *scanner) number() string { s.space(); return s.literal() }

func (s *scanner) int(field string, v *int) error {
	lit := s.number()
	n, err := strconv.Atoi(lit)
	if err != nil || !isPlainInt(lit) {
		return &FieldError{field, fmt.Sprintf("is %.30q, which is no integer", lit)}
	}
	*v = n
	return nil
}

// data reads an object or a string in canonical form.
func (s *scanner) data(k key) (JSON, error) {
	if s.space(); s.i < len(s.s) && s.s[s.i] != '{' && s.s[s.i] != '"' {
		if lit := s.literal(); lit == "null" {
			return "", nil
		}
		return "", &FieldError{keyNames[k], "is neither an object nor a string"}
	}
	j, err := s.canonical(1)
	if err != nil {
		return "", &FieldError{keyNames[k], err.Error()}
	}
	return j, nil
}
