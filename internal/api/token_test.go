package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
)

func TestTokens(t *testing.T) {
	f := newFixture(t, nil)
	w := f.do(access.Admin, "POST", "/api/v1/tokens", `{"name":"ci","role":"sender"}`)
	var made newToken
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 || made.Name != "ci" || made.Role != access.Sender {
		t.Fatalf("%d %s (%v)", w.Code, w.Body, err)
	}
	f.tokens["new"] = made.Token
	if w := f.do("new", "POST", "/api/v1/events", ""); w.Code != 200 {
		t.Errorf("the new token: %d %s", w.Code, w.Body)
	}
	list := f.do(access.Admin, "GET", "/api/v1/tokens", "").Body.String()
	if !strings.Contains(list, `{"name":"ci","role":"sender","created":"2026-11-22T12:00:00Z","by":"t-admin"}`) || strings.Contains(list, "cf_") {
		t.Errorf("the list: %s", list)
	}
	if w := f.do(access.Admin, "DELETE", "/api/v1/tokens/ci", ""); w.Code != 204 || w.Body.Len() > 0 {
		t.Errorf("revoke: %d %s", w.Code, w.Body)
	}
	f.refused(f.do("new", "POST", "/api/v1/events", ""), KindUnauthenticated)
	f.refused(f.do(access.Admin, "DELETE", "/api/v1/tokens/ci", ""), KindNotFound)
	var said []string
	for _, e := range f.acts() {
		if e.Name == act.Token {
			said = append(said, fmt.Sprint(e.Action, " ", e.Object.Name, " ", e.EventData.Member("change").Text(), " ", e.EventData.Member("token_role").Text()))
		}
		if strings.Contains(string(e.EventData), made.Token) {
			t.Errorf("the trail holds the secret: %s", e.EventData)
		}
	}
	if got, want := strings.Join(said, "; "), "audit.access ci created sender; config.read the tokens  ; audit.access ci revoked sender"; got != want {
		t.Errorf("recorded: %s\nwant      %s", got, want)
	}
}

func TestTokenMistakes(t *testing.T) {
	f := newFixture(t, nil)
	for body, want := range map[string]Error{
		`{"name":"ci","role":"root"}`:                          {Kind: KindBody, Parameter: "role"},
		`{"name":"c i","role":"viewer"}`:                       {Kind: KindBody, Parameter: "name"},
		`{"role":"viewer"}`:                                    {Kind: KindBody, Parameter: "name"},
		`{"name":"ci"}`:                                        {Kind: KindBody, Parameter: "role"},
		`{"name":"ci","role":"viewer","token":"cf_x"}`:         {Kind: KindBody, Parameter: "token"},
		`{"name":"ci","role":"viewer","scope":"x"}`:            {Kind: KindBody},
		`{"name":"ci","role":"viewer"}{}`:                      {Kind: KindBody},
		`{"name":"ci","role":"viewer"}} {"role":"x"}`:          {Kind: KindBody},
		`{"name":"ci","role":"viewer"}]`:                       {Kind: KindBody},
		`name=ci`:                                              {Kind: KindBody},
		``:                                                     {Kind: KindBody},
		`{"name":"t-viewer","role":"viewer"}`:                  {Kind: KindTaken, Parameter: "name"},
		`{"name":"` + strings.Repeat("a", maxTokenBody) + `"}`: {Kind: KindTooLarge},
	} {
		if e := f.refused(f.do(access.Admin, "POST", "/api/v1/tokens", body), want.Kind); e.Parameter != want.Parameter {
			t.Errorf("%.60s: %+v, want %+v", body, e, want)
		}
	}
	if n := len(f.acts()); n != 0 {
		t.Errorf("%d events for changes that were not made", n)
	}
}

// Refusals cannot fill the trail: beyond some, they are counted, and the count is written down.
func TestRefusalsAreBounded(t *testing.T) {
	f := newFixture(t, nil)
	attempts := func(n int, addr string) {
		for range n {
			r := httptest.NewRequest("GET", "/api/v1/events", nil)
			r.RemoteAddr = addr + ":1234"
			f.refused(f.serve(r), KindUnauthenticated)
		}
	}
	attempts(50, "10.0.0.1")
	if n := len(f.acts()); n != denialsOfOne {
		t.Errorf("%d refusals of one address are recorded, want %d", n, denialsOfOne)
	}
	for i := range 50 {
		attempts(10, fmt.Sprintf("10.0.1.%d", i))
	}
	if n := len(f.acts()); n != denialsOfAll {
		t.Errorf("%d refusals are recorded, want %d", n, denialsOfAll)
	}
	f.full = errors.New("no space")
	f.flushDenials()
	f.full = nil
	f.flushDenials()
	f.flushDenials()
	acts := f.acts()
	last := acts[len(acts)-1]
	if len(acts) != denialsOfAll+1 || last.Name != act.Denied || last.Object.Name != denialsCalled || string(last.EventData) != `{"count":450,"surface":"api"}` {
		t.Errorf("%d events, the last is %s", len(acts), counterfoil.AppendEvent(nil, &last))
	}
	f.clock.advance(denialWindow)
	attempts(1, "10.0.0.1")
	if n := len(f.acts()); n != denialsOfAll+2 {
		t.Errorf("in the next window: %d events", n)
	}
}

func TestRefusalThatCannotBeRecordedIsCounted(t *testing.T) {
	f := newFixture(t, nil)
	f.full = errors.New("no space")
	f.refused(f.do("", "GET", "/api/v1/events", ""), KindUnauthenticated)
	f.full = nil
	f.flushDenials()
	if acts := f.acts(); len(acts) != 1 || acts[0].EventData.Member("count") != "1" {
		t.Errorf("recorded: %v", acts)
	}
}

// Run writes the counts down by itself, and at its end.
func TestRun(t *testing.T) {
	f := newFixture(t, nil)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		f.denials.giveBack()
		time.Sleep(denialWindow + time.Second)
		synctest.Wait()
		if n := len(f.acts()); n != 1 {
			t.Errorf("%d events after a window", n)
		}
		f.denials.giveBack()
		cancel()
		if err := <-done; err != nil || len(f.acts()) != 2 {
			t.Errorf("at the end: %v, %d events", err, len(f.acts()))
		}
	})
}

func TestNoticeEvent(t *testing.T) {
	e := NoticeEvent(1795000000e9, "here", access.Notice{Kind: "token", Verb: "created", Name: "ci", Role: access.Sender, By: "UID:0"})
	if err := e.Check(); err != nil || e.Name != act.Token || e.User != "UID:0" || e.Object.Name != "ci" || e.SentenceText() != "UID:0 changed who may use the trail: ci" {
		t.Errorf("%s (%v)", counterfoil.AppendEvent(nil, &e), err)
	}
}
