package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
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
	h := web.New(web.Options{Source: tr, Append: tr.Append, Access: accounts, Host: "audit1", Status: s.status, Check: s.check, Evidence: s.evidence})
	server := httptest.NewServer(h)
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

// covered leaves the newest record without a checkpoint.
func (s *site) covered() uint64 {
	v := s.trail.View()
	defer v.Close()
	return max(v.Size(), 1) - 1
}

func (s *site) status() web.Status {
	return web.Status{Inputs: []web.Input{{Name: "smb-nas1"}, {Name: "kernel-web3"}, {Name: "mongo-db1"}}, Covered: s.covered(),
		CheckpointAt: time.Now().Add(-600 * time.Millisecond)}
}

func (s *site) check(_ context.Context, seq uint64) (web.Proof, error) {
	if seq >= s.covered() {
		return web.Proof{}, web.ErrPending
	}
	return web.Proof{Size: s.covered(), Root: counterfoil.Hash{1, 2, 3}, Leaf: counterfoil.Hash{0x6f, 0x1c, byte(seq)}, Key: "audit1+7a3f01c2"}, nil
}

func (s *site) evidence(_ context.Context, seq uint64, w io.Writer) error {
	if seq >= s.covered() {
		return web.ErrPending
	}
	_, err := fmt.Fprintf(w, `{"seq":%d}`, seq)
	return err
}

// acts gives the newest events of the program's own, the newest first, as "NAME object".
func (s *site) acts(n int) (acts []string) {
	s.t.Helper()
	v := s.trail.View()
	defer v.Close()
	_, err := search.Run(s.t.Context(), v, search.Query{}, func(r *counterfoil.Record) bool {
		if r.Service == "COUNTERFOIL" && r.Name != "GAP" {
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

func required(peer string) bool {
	return slices.Contains(strings.FieldsFunc(os.Getenv("COUNTERFOIL_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' }), peer)
}

func quoteJS(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
