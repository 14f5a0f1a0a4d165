package web

import (
	"bufio"
	"context"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// withPolicy puts a policy behind the pages: eve is on a limit list of the input nas.
func (d *desk) withPolicy() {
	p := preselect.New(preselect.Spec{Lists: []preselect.List{{Name: "nas", Inputs: []string{"nas"}, Limit: preselect.Members{Users: []string{"<eve>"}}}}}, nil)
	o := d.web.opts
	o.Parse = counterfoil.ParseEvent
	o.KeptBy = func(_ context.Context, r *counterfoil.Record) (*preselect.Told, error) {
		return p.Tell(7, r.Via, &r.Event, r.Received), nil
	}
	o.WouldBe = func(via string, e *counterfoil.Event) *preselect.Told { return p.Tell(8, via, e, 0) }
	d.web = New(o)
	d.server = httptest.NewServer(d.web)
	d.t.Cleanup(d.server.Close)
	d.t.Cleanup(d.server.CloseClientConnections)
}

// The form without scripts: an event is described, and the page says what would become of it and why.
func TestPolicyForm(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	d.withPolicy()
	d.login("anna", secret)
	if _, text := d.get("/policy"); !strings.Contains(text, "Would it be kept?") || strings.Contains(text, "Decided by") {
		t.Errorf("the empty form is\n%s", text)
	}
	ask := func(q url.Values) string { _, text := d.get("/policy?" + q.Encode()); return text }
	q := url.Values{"svc": {"SMB"}, "event": {"UNLINK"}, "user": {"<eve>"}, "via": {"nas"}, "class": {"fd, fw"}, "success": {"true"}, "category": {"data"},
		"object": {"/a"}, "group": {"staff"}, "data": {`{"x":1}`}}
	text := ask(q)
	for _, want := range []string{"refused by lists.nas.limit", "policy 8", "&lt;eve&gt; is on the limit list", `value="&lt;eve&gt;"`, `<option value="data" selected>`, `<option value="true" selected>`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	q.Set("via", "")
	if text := ask(q); !strings.Contains(text, "kept by rest") {
		t.Errorf("by another input:\n%s", text)
	}
	d.wantActs("EXPLAIN success anna SMB UNLINK", "EXPLAIN success anna SMB UNLINK")
	q.Set("class", "zz")
	if text := ask(q); !strings.Contains(text, "That is no event") || strings.Contains(text, "Decided by") {
		t.Errorf("a class that is none:\n%s", text)
	}
	q.Set("class", "fd")
	q.Set("data", "{bad")
	if text := ask(q); !strings.Contains(text, "That is no event: its data is no JSON: byte ") {
		t.Errorf("data that is no JSON:\n%s", text)
	}
	if _, text := d.get("/event/0"); !strings.Contains(text, "kept by rest") || !strings.Contains(text, "policy 7") {
		t.Errorf("a record's page does not say what kept it:\n%s", text)
	}
}

// Without a policy there is no rule to tell of.
func TestKeptWithoutPolicy(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	o := d.web.opts
	o.Parse = counterfoil.ParseEvent
	none := preselect.New(preselect.Spec{}, nil)
	o.KeptBy = func(_ context.Context, r *counterfoil.Record) (*preselect.Told, error) {
		return none.Tell(0, r.Via, &r.Event, r.Received), nil
	}
	d.web = New(o)
	d.server = httptest.NewServer(d.web)
	t.Cleanup(d.server.Close)
	d.login("anna", secret)
	_, text := d.get("/event/0")
	if !strings.Contains(text, "where no policy is in force, everything is") || strings.Contains(text, "Every rule") || strings.Contains(text, "kept by rest") {
		t.Errorf("a record's page says\n%s", text)
	}
}

// Events that are not stored come to the live page, with no page of their own.
func TestLiveShown(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	d.login("anna", secret)
	gate := intake.NewGate(d.trail, d.web.opts.Shown, time.Now)
	stream := preselect.Spec{Filters: []preselect.Filter{{Name: "all", Then: preselect.Stream, Expr: filter.All{}}}}
	if err := gate.Change(t.Context(), preselect.New(stream, nil), 1, intake.Writer{}, nil); err != nil {
		t.Fatal(err)
	}
	resp, err := d.client.Get(d.server.URL + "/live?q=user+%3D+ben&after=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if r, err := gate.Append(t.Context(), "in", []counterfoil.Event{deletion(1, "anna", "/no"), deletion(2, "ben", "/yes")}); err != nil || r.LeftOut != 2 {
		t.Fatal(r, err)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() && !strings.Contains(lines.Text(), "/yes") {
		if strings.Contains(lines.Text(), "/no") {
			t.Errorf("what does not match came: %s", lines.Text())
		}
	}
	if row := lines.Text(); !strings.Contains(row, "not stored") || strings.Contains(row, "data-seq") || strings.Contains(row, "<a ") {
		t.Errorf("the row is %s", row)
	}
}
