package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// policyForm is the page on which one describes an event and asks whether it would be kept.
type policyForm struct {
	Fields     []policyField
	Categories []choice
	Outcomes   []choice
	Data       string // event_data, JSON
	Wrong      string // why the description is no event
	Told       *preselect.Told
}

// policyField is a line of the form.
type policyField struct{ Key, Label, Value, Hint string }

// choice is one of a few words.
type choice struct {
	Value, Label string
	On           bool
}

// policyFields are the keys of a message that the form asks for, "object" and "group" for those inside others.
var policyFields = []policyField{
	{"via", "Input", "", "http, local, or the name of an input"},
	{"svc", "Service", "", "SMB"}, {"event", "Event", "", "UNLINK"}, {"user", "User", "", "anna"},
	{"login", "Login id", "", "of Linux and FreeBSD: empty where nobody had logged in"},
	{"group", "Group", "", "effective group"}, {"class", "Classes", "", "fd,fw"}, {"object", "Object", "", "/srv/hr/pay.xlsx"},
	{"addr", "Address", "", "10.0.0.7"}, {"host", "Host", "", ""}, {"dialect", "Dialect", "", "samba/1"},
}

// policy serves GET /policy: the form, and the answer where it was filled in. It works with scripts off.
func (s *Web) policy(w http.ResponseWriter, r *http.Request, v visitor) error {
	if s.opts.WouldBe == nil {
		return problem(http.StatusNotFound, "This server is set up without policies.")
	}
	q := r.URL.Query()
	f := newPolicyForm(q)
	if q.Get("svc") != "" || q.Get("event") != "" {
		e, err := s.described(q)
		if err != nil {
			f.Wrong = "That is no event: " + err.Error() + "."
			return s.write(w, http.StatusOK, "policy", s.page(v, "Policy", f))
		}
		via := q.Get("via")
		if via == "" {
			via = "http"
		}
		object := counterfoil.Object{Kind: "event", Name: clip(e.Service+" "+e.Name, maxTyped)}
		if err := s.record(r.Context(), act.New(s.now(), s.who(v), act.Explain, counterfoil.AuditSearch, true, object, func(b *counterfoil.Builder) {
			b.String("surface", "web")
			b.String("via", clip(via, maxTyped))
		})); err != nil {
			return err
		}
		f.Told = s.opts.WouldBe(via, e)
	}
	return s.write(w, http.StatusOK, "policy", s.page(v, "Policy", f))
}

func newPolicyForm(q url.Values) *policyForm {
	f := &policyForm{Fields: slices.Clone(policyFields), Data: q.Get("data")}
	for i := range f.Fields {
		f.Fields[i].Value = q.Get(f.Fields[i].Key)
	}
	for _, c := range append([]string{""}, counterfoil.Categories()...) {
		f.Categories = append(f.Categories, choice{c, c, q.Get("category") == c})
	}
	for _, o := range []choice{{"", "not told", false}, {"true", "success", false}, {"false", "failure", false}} {
		o.On = q.Get("success") == o.Value
		f.Outcomes = append(f.Outcomes, o)
	}
	return f
}

// described makes an event of what was filled in.
func (s *Web) described(q url.Values) (*counterfoil.Event, error) {
	message := map[string]any{"time": s.now().String(), "addr": q.Get("addr"), "user": q.Get("user"), "svc": q.Get("svc"), "event": q.Get("event")}
	for _, key := range []string{"host", "dialect", "category"} {
		if v := q.Get(key); v != "" {
			message[key] = v
		}
	}
	if classes := strings.FieldsFunc(q.Get("class"), func(r rune) bool { return r == ',' || r == ' ' }); len(classes) > 0 {
		message["class"] = classes
	}
	if v := q.Get("success"); v != "" {
		message["success"] = v == "true"
	}
	if v := q.Get("object"); v != "" {
		message["object"] = map[string]string{"name": v}
	}
	subject := map[string]string{}
	for key, field := range map[string]string{"login": "login_id", "group": "group"} {
		if v := q.Get(key); v != "" {
			subject[field] = v
		}
	}
	message["subject"] = subject
	if v := q.Get("data"); v != "" {
		if _, err := counterfoil.Canonical(v); err != nil {
			return nil, fmt.Errorf("its data is no JSON: %w", err)
		}
		message["event_data"] = json.RawMessage(v)
	}
	text, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	e, err := s.opts.Parse(string(text))
	if err == nil {
		err = e.Check()
	}
	return &e, err
}
