package ecs

import (
	"io"
	"net/netip"
	"path"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

type encoder struct {
	w io.Writer
	b counterfoil.Builder
}

// Encode writes a document. Nothing is lost: a text that is not UTF-8 is shown with U+FFFD, its exact bytes beside it.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	e.b.Reset()
	w := writer{&e.b, r}
	w.document()
	_, err := io.WriteString(e.w, string(e.b.JSON())+"\n")
	return nil, err
}

func (*encoder) Close() error { return nil }

type writer struct {
	*counterfoil.Builder
	r *counterfoil.Record
}

// text writes a string as UTF-8, or nothing where it is empty.
func (w writer) text(key, s string) {
	if s != "" {
		w.String(key, carry.Valid(s))
	}
}

// words writes a list.
func (w writer) words(key, list string) {
	if list == "" {
		return
	}
	w.Array(key)
	for s := range strings.SplitSeq(list, " ") {
		w.String("", s)
	}
	w.End()
}

// object writes an object of pairs key, text, or nothing where all texts are empty.
func (w writer) object(key string, pairs ...string) {
	for i := 1; i < len(pairs); i += 2 {
		if pairs[i] != "" {
			w.Object(key)
			for j := 0; j < len(pairs); j += 2 {
				w.text(pairs[j], pairs[j+1])
			}
			w.End()
			return
		}
	}
}

func (w writer) document() {
	r := w.r
	w.Object("")
	w.String("@timestamp", r.Time.String())
	w.ours()
	w.object("ecs", "version", schemaVersion)
	w.event()
	w.object("host", "name", r.Host)
	w.text("message", r.SentenceText())
	w.process()
	w.related()
	if ip := address(r.Addr); r.Addr != "" {
		w.object("source", "address", r.Addr, "ip", ip)
	}
	w.user()
	w.acted()
	w.End()
}

func (w writer) event() {
	r, k := w.r, byAction[w.r.Action]
	kind := "event"
	if r.Action == counterfoil.AlarmRaise {
		kind = "alert"
	}
	w.Object("event")
	w.text("action", string(r.Action))
	w.words("category", k.category)
	w.text("code", r.Name)
	if !r.AID.IsZero() {
		w.String("id", r.AID.String())
	}
	if r.Received != 0 { // it has a place in a trail
		w.String("ingested", r.Received.String())
		w.Uint("sequence", r.Seq)
	}
	w.String("kind", kind)
	w.text("original", r.Raw)
	w.String("outcome", r.Outcome.String())
	w.text("provider", r.Service)
	w.words("type", k.types)
	w.End()
}

func (w writer) process() {
	s := &w.r.Subject
	command := ""
	if w.r.Action == counterfoil.ProcessExec {
		command = w.r.Object.Name
	}
	if s.PID == 0 && s.Process == "" && command == "" {
		return
	}
	w.Object("process")
	w.text("command_line", command)
	w.text("executable", s.Process)
	w.text("name", base(s.Process))
	if s.PID != 0 {
		w.Int("pid", s.PID)
	}
	w.End()
}

func (w writer) user() {
	s, o := &w.r.Subject, &w.r.Object
	account := o.Kind == "account" && (o.Name != "" || o.ID != "")
	if w.r.User == "" && s.LoginID == "" && s.Name == "" && s.ID == "" && s.Group == "" && !account {
		return
	}
	w.Object("user")
	if s.Name != "" || s.ID != "" || s.Group != "" {
		w.Object("effective")
		w.object("group", "name", s.Group)
		w.text("id", s.ID)
		w.text("name", s.Name)
		w.End()
	}
	w.text("id", s.LoginID)
	w.text("name", w.r.User)
	if account {
		w.object("target", "id", o.ID, "name", o.Name)
	}
	w.End()
}

// acted writes what was acted on in the schema's fields for its kind.
func (w writer) acted() {
	o := &w.r.Object
	switch {
	case o.Kind == "file":
		inode := ""
		if o.ID != "" && strings.Trim(o.ID, "0123456789") == "" {
			inode = o.ID
		}
		w.object("file", "inode", inode, "name", base(o.Name), "path", o.Name)
	case o.Kind == "group":
		w.object("group", "id", o.ID, "name", o.Name)
	case o.Kind == "service":
		w.object("service", "name", o.Name)
	case strings.HasPrefix(string(w.r.Action), "software."):
		w.object("package", "name", o.Name)
	}
	switch w.r.Action {
	case counterfoil.FlowOpen, counterfoil.FlowUpdate, counterfoil.FlowClose, counterfoil.FlowDeny, counterfoil.NetworkListen:
		if a, err := netip.ParseAddrPort(o.Name); err == nil && a.Addr().Zone() == "" {
			w.Object("destination")
			w.String("address", a.Addr().String())
			w.String("ip", a.Addr().String())
			w.Int("port", int64(a.Port()))
			w.End()
		}
	}
}

func (w writer) related() {
	r := w.r
	ip := address(r.Addr)
	account := ""
	if r.Object.Kind == "account" {
		account = r.Object.Name
	}
	if r.Host == "" && ip == "" && r.User == "" && account == "" {
		return
	}
	w.Object("related")
	w.list("hosts", r.Host)
	w.list("ip", ip)
	w.list("user", r.User, account)
	w.End()
}

// list writes those of texts that are there, none twice.
func (w writer) list(key string, texts ...string) {
	begun := false
	for i, s := range texts {
		if s == "" || i > 0 && s == texts[0] {
			continue
		}
		if !begun {
			w.Array(key)
			begun = true
		}
		w.text("", s)
	}
	if begun {
		w.End()
	}
}

// ours writes what the schema has no word for.
func (w writer) ours() {
	r := w.r
	w.Object("counterfoil")
	w.words("class", strings.Join(r.Class.Names(), " "))
	w.text("category", r.Category.String())
	w.text("dialect", r.Dialect)
	w.data("event_data", r.EventData)
	w.exact()
	w.object("object", "id", r.Object.ID, "kind", r.Object.Kind, "name", r.Object.Name, "to", r.Object.To)
	w.text("sess", r.Session)
	w.object("subject", "terminal", r.Subject.Terminal)
	w.data("svc_data", r.SvcData)
	w.String("vers", strconv.Itoa(r.Major)+"."+strconv.Itoa(r.Minor))
	w.text("via", r.Via)
	w.End()
}

// deepest is how deep a field of type flattened may nest unless its mapping says otherwise.
const deepest = 20

// data writes an object; as a text under another name what Elasticsearch might refuse or see as a field of another type.
func (w writer) data(key string, v counterfoil.JSON) {
	switch {
	case v.Kind() == '{' && carry.Exact(v) && carry.Depth(v) <= deepest:
		w.Value(key, v)
	case v != "":
		w.String(key+"_json", string(v))
	}
}

// exact writes the bytes of all texts that are not UTF-8.
func (w writer) exact() {
	begun := false
	put := func(name, text string) {
		if carry.Valid(text) == text {
			return
		}
		if !begun {
			w.Object("exact")
			begun = true
		}
		w.String(name, carry.Quote(text))
	}
	for i := range carry.Fields {
		if f := &carry.Fields[i]; f.Kind == carry.Text {
			put(strings.ReplaceAll(f.Name, ".", "_"), f.Text(&w.r.Event))
		}
	}
	put("dialect", w.r.Dialect)
	put("raw", w.r.Raw)
	put("via", w.r.Via)
	if begun {
		w.End()
	}
}

// address gives s if it is an IP address.
func address(s string) string {
	if a, err := netip.ParseAddr(s); err != nil || a.Zone() != "" {
		return ""
	}
	return s
}

// base gives the last part of a path.
func base(name string) string {
	if b := path.Base(name); name != "" && b != "/" && b != "." {
		return b
	}
	return name
}
