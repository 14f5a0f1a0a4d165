package main

import (
	"math"
	"sort"
	"strconv"
	"time"
)

// Params are what the queries ask for. They are things seen about 60 % into the set.
type Params struct {
	RareUser, Sess, Word, Substr, User, Event, Day, DayEnd, TopEvent, Aid, ReUser, Re string
	From, To                                                                          string
}

var start = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

// stream makes one event after the other, from 2,000 sessions that are open at a time.
type stream struct {
	*gen
	n     int
	days  float64
	step  float64 // mean gap in ns
	clock float64 // ns since start
	pool  []*session
	users map[string]int
	p     Params
}

func newStream(n int, days float64, seed uint64) *stream {
	s := &stream{gen: newGen(seed), n: n, days: days, step: days * 86400e9 / float64(n), pool: make([]*session, 2000), users: map[string]int{}}
	for i := range s.pool {
		s.pool[i] = s.newSession()
	}
	return s
}

// tick moves the clock: exponential gaps, at night half and at noon one and a half times the rate. Arrival is nearly in
// the order of time: up to 2 s of jitter between hosts.
func (s *stream) tick() {
	hour := math.Mod(s.clock/3600e9, 24)
	s.clock += s.r.ExpFloat64() * s.step / (1 - 0.5*math.Cos(2*math.Pi*hour/24))
	s.now = start.Add(time.Duration(s.clock) + time.Duration(s.r.Int64N(2e9)))
}

// event appends event i and its LF.
func (s *stream) event(b []byte, i int) []byte {
	s.tick()
	k := s.r.IntN(len(s.pool))
	x := s.pool[k]
	name := x.svc.events[x.svc.z.draw(s.r)]
	ok := s.r.IntN(100) < 97
	aid := s.uuid()
	b = append(append(b, `{"aid":"`...), aid...)
	b = append(b, `","time":"`...)
	b = s.now.AppendFormat(b, "2006-01-02T15:04:05.000000000Z")
	b = append(append(b, `","host":"`...), x.host...)
	b = append(append(b, `","addr":"`...), x.addr...)
	b = append(append(b, `","user":"`...), x.user...)
	b = append(append(b, `","sess":"`...), x.id...)
	b = append(append(b, `","svc":"`...), x.svc.name...)
	b = append(append(b, `","event":"`...), name...)
	b = strconv.AppendBool(append(b, `","success":`...), ok)
	b = append(b, `,"event_data":`...)
	before := s.uniq
	b = x.svc.data(s.gen, b, x, name, ok)
	b = append(b, '}', '\n')
	s.users[x.user]++
	if i >= s.n*6/10 {
		s.note(aid, x, s.uniq != before)
	}
	if x.left--; x.left == 0 {
		s.pool[k] = s.newSession()
	}
	return b
}

// note keeps the first event, session near its end, and unique word of an SMB path that are offered.
func (s *stream) note(aid string, x *session, unique bool) {
	if s.p.Aid == "" {
		s.p.Aid = aid
	}
	if s.p.Sess == "" && x.left < 10 {
		s.p.Sess = x.id
	}
	if s.p.Word == "" && unique && x.svc.name == "SMB" {
		s.p.Word = s.uniq
	}
}

// finish gives the parameters, once all events are made.
func (s *stream) finish() Params {
	var names []string
	for u := range s.users {
		names = append(names, u)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := s.users[names[i]], s.users[names[j]]
		return a > b || a == b && names[i] < names[j]
	})
	p := s.p
	for _, u := range names { // the rare user: the least frequent one that still has 100 events
		if s.users[u] >= 100 {
			p.RareUser = u
		}
	}
	if len(p.Word) > 4 {
		p.Substr = p.Word[2 : len(p.Word)-2] // not aligned on word boundaries
	}
	nth := func(i int) string { return names[min(i, len(names)-1)] }
	p.User, p.Event = nth(2), "READ"
	day := start.AddDate(0, 0, int(s.days*0.6))
	p.Day, p.DayEnd = day.Format(time.RFC3339), day.AddDate(0, 0, 1).Format(time.RFC3339)
	p.From, p.To = start.Format(time.RFC3339), start.AddDate(0, 0, int(math.Ceil(s.days))+1).Format(time.RFC3339)
	p.TopEvent = "SET_ACL"
	p.ReUser, p.Re = nth(50), `/projects/[a-z0-9/]*20(19|2[0-3])/[^"]*\.xlsx`
	return p
}
