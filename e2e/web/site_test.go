package web_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/web"
)

const password = "correct horse battery staple"

// site is a trail with the pages in front of it.
type site struct {
	t     *testing.T
	url   string
	trail *trail.Trail
}

// newSite serves a trail that holds events, with the accounts anna (auditor) and viktor (viewer).
func newSite(t *testing.T, events []counterfoil.Event) *site {
	t.Helper()
	tr, err := trail.Open(t.TempDir(), trail.Options{Node: "audit1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- tr.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	// By input, as they would come.
	for via, of := range split(events) {
		if _, err := tr.Append(ctx, via, of); err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := access.Open(t.TempDir(), access.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]access.Role{"anna": access.Auditor, "viktor": access.Viewer} {
		if err := accounts.CreateAccount(ctx, name, role, password, "test"); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{t: t, trail: tr}
	pages := web.New(web.Options{Source: tr, Append: tr.Append, Access: accounts, Host: "audit1", Status: s.status, Prove: s.prove, Key: tr.VerifierKey(),
		Prover: tr.Prover, MadeBy: "test"})
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	s.url = server.URL
	return s
}

// split keeps the order; runs of one input become one batch.
func split(events []counterfoil.Event) func(func(string, []counterfoil.Event) bool) {
	via := map[string]string{"SMB": "smb-nas1", "LINUX": "kernel-web3", "MONGODB": "mongo-db1", "COUNTERFOIL": "counterfoil"}
	return func(yield func(string, []counterfoil.Event) bool) {
		for i := 0; i < len(events); {
			j := i
			for j < len(events) && events[j].Service == events[i].Service {
				j++
			}
			if !yield(via[events[i].Service], events[i:j]) {
				return
			}
			i = j
		}
	}
}

func (s *site) status() web.Status {
	_, size, at := s.trail.LastCheckpoint()
	return web.Status{Inputs: []web.Input{{Name: "smb-nas1"}, {Name: "kernel-web3"}, {Name: "mongo-db1"}}, Covered: size, CheckpointAt: at.Std()}
}

func (s *site) prove(_ context.Context, seq uint64) ([]byte, error) {
	b, err := s.trail.Prove(seq, "test")
	if err != nil {
		return nil, err
	}
	return b.Marshal(), nil
}

// acts gives the newest events of the program's own, the newest first, as "NAME object". The counts are left out that
// the search box asks for while one types: they come before or after the search, as the browser likes.
func (s *site) acts(n int) (acts []string) {
	s.t.Helper()
	v := s.trail.View()
	defer v.Close()
	_, err := search.Run(s.t.Context(), v, search.Query{}, func(r *counterfoil.Record) bool {
		if r.Service == act.Service && r.Name != "GAP" && r.Name != act.Count {
			acts = append(acts, strings.TrimSpace(r.Name+" "+r.Object.Name))
		}
		return len(acts) < n
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return acts
}

// add appends an event as an input would.
func (s *site) add(e counterfoil.Event) {
	s.t.Helper()
	if _, err := s.trail.Append(context.Background(), "smb-nas1", []counterfoil.Event{e}); err != nil {
		s.t.Fatal(err)
	}
}

func quoteJS(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
