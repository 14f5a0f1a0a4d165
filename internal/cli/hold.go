package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newHold(env Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "hold",
		Short: "Keep records beyond their retention: legal holds",
		Long: `A hold names records by a query and keeps them, whatever the rules of retention and a full disk say: no sealed file
that holds one of them is deleted while the hold is in force. It has a reason and an author, and that it was made or ended
is an event in the trail.

While a daemon runs, ask it with --server (role admin); else the directory is changed by itself.`,
	}
	c.AddCommand(newHoldAdd(env), newHoldList(env), newHoldRelease(env))
	return c
}

func newHoldAdd(env Env) *cobra.Command {
	var w where
	var reason string
	c := &cobra.Command{
		Use:   "add --reason TEXT QUERY",
		Short: "Put a hold in force and print its number",
		Long: "Put a hold in force on the records that a query fits, those to come included. `counterfoil search --help` has the grammar; filters of other\n" +
			"systems are not taken, `counterfoil filter` translates them.",
		Example: `  counterfoil hold add --data-dir var --reason 'case 17' 'user = anna and since 2026-01-01'
  counterfoil hold add --server http://127.0.0.1:8470 --reason 'case 18' 'object.name contains "/hr/"'`,
		Args: atLeastOne("QUERY"),
		RunE: func(c *cobra.Command, args []string) error {
			now, query := time.Now(), strings.Join(args, " ")
			if _, err := searchq.Parse(query, now); err != nil {
				return misuse(c, "%w", err)
			}
			if w.server != "" {
				query = forDaemon(query, now)
			}
			return w.holding(c, env, func(k holdKeeper) error {
				id, err := k.add(c.Context(), query, reason)
				if err == nil {
					fmt.Fprintln(env.Stdout, id)
				}
				return err
			})
		},
	}
	w.flags(c)
	c.Flags().StringVar(&reason, "reason", "", "why; stands in the trail")
	complete(c, "reason", nil, cobra.ShellCompDirectiveNoFileComp)
	need(c, "reason")
	return c
}

func newHoldList(env Env) *cobra.Command {
	var w where
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the holds in force", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := w.holds(c, env)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printJSON(env.Stdout, list)
			case len(list) == 0:
				fmt.Fprintln(env.Stderr, "there are none")
				return no()
			}
			t := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			fmt.Fprintln(t, "HOLD\tSINCE\tBY\tREASON\tRECORDS")
			for _, h := range list {
				what := h.Filter
				if h.From != "" {
					what += " since " + h.From
				}
				if h.To != "" {
					what += " until " + h.To
				}
				fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", h.ID, h.At, visible.Text(h.Author), visible.Text(h.Reason), visible.Text(what))
			}
			return t.Flush()
		},
	}
	w.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print them as JSON")
	return c
}

func newHoldRelease(env Env) *cobra.Command {
	var w where
	var reason string
	c := &cobra.Command{
		Use: "release --reason TEXT HOLD", Short: "End a hold",
		Example: `  counterfoil hold release --data-dir var --reason 'case 17 is settled' 81231`,
		Args:    exactly("HOLD"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 62)
			if err != nil {
				return misuse(c, "%q is no number of a hold: `counterfoil hold list` prints them", args[0])
			}
			return w.holding(c, env, func(k holdKeeper) error { return k.release(c.Context(), id, reason) })
		},
	}
	w.flags(c)
	c.Flags().StringVar(&reason, "reason", "", "why; stands in the trail")
	complete(c, "reason", nil, cobra.ShellCompDirectiveNoFileComp)
	need(c, "reason")
	return c
}

// holdKeeper changes holds: in a directory that is opened for it, or by a daemon.
type holdKeeper interface {
	add(ctx context.Context, query, reason string) (id uint64, err error)
	release(ctx context.Context, id uint64, reason string) error
}

// holding lets f change holds and words what may go wrong.
func (w *where) holding(c *cobra.Command, env Env, f func(holdKeeper) error) error {
	var err error
	if w.server != "" {
		t, oerr := w.open(c, env)
		if oerr != nil {
			return oerr
		}
		err = f(t.(*server))
	} else {
		d, oerr := trail.OpenReadOnly(w.dataDir) // a slip in its name makes no trail
		if oerr == nil {
			oerr = d.Close()
		}
		if oerr != nil {
			return oerr
		}
		t, oerr := trail.Open(w.dataDir, trail.Options{})
		if errors.Is(oerr, disk.ErrLocked) {
			oerr = fmt.Errorf("%w Then ask it: --server", oerr)
		}
		if oerr != nil {
			return oerr
		}
		err = errors.Join(f(&ownTrail{t}), t.Close())
	}
	var query *searchq.Error
	switch {
	case errors.As(err, &query), errors.Is(err, trail.ErrHold):
		return misuse(c, "%w", err)
	case errors.Is(err, trail.ErrNoHold):
		return &exit{exitNo, err}
	}
	return err
}

func (w *where) holds(c *cobra.Command, env Env) ([]api.Hold, error) {
	if w.server != "" {
		t, err := w.open(c, env)
		if err != nil {
			return nil, err
		}
		return t.(*server).holds(c.Context())
	}
	d, err := trail.OpenReadOnly(w.dataDir)
	if err != nil {
		return nil, err
	}
	holds, err := d.Holds()
	list := []api.Hold{}
	for _, h := range holds {
		list = append(list, api.HoldOf(h))
	}
	return list, errors.Join(err, d.Close())
}

// ownTrail is a trail that this process has opened.
type ownTrail struct{ *trail.Trail }

func (t *ownTrail) who() act.Who {
	host, err := os.Hostname()
	if err != nil {
		host = "" // the act has an author all the same
	}
	return act.Who{Host: host, User: localUser(), PID: int64(os.Getpid()), Process: "counterfoil"}
}

func (t *ownTrail) add(ctx context.Context, query, reason string) (uint64, error) {
	h, err := t.AddHold(ctx, query, reason, t.who())
	return h.ID, err
}

func (t *ownTrail) release(ctx context.Context, id uint64, reason string) error {
	return t.ReleaseHold(ctx, id, reason, t.who())
}

func (s *server) add(ctx context.Context, query, reason string) (uint64, error) {
	body, err := json.Marshal(map[string]string{"query": query, "reason": reason})
	if err != nil {
		return 0, err
	}
	answer, err := s.do(ctx, http.MethodPost, "/api/v1/holds", nil, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer answer.Close()
	var h api.Hold
	if err := json.NewDecoder(answer).Decode(&h); err != nil {
		return 0, fmt.Errorf("read the daemon's answer: %w", err)
	}
	return h.ID, nil
}

func (s *server) release(ctx context.Context, id uint64, reason string) error {
	answer, err := s.do(ctx, http.MethodDelete, fmt.Sprintf("/api/v1/holds/%d", id), url.Values{"reason": {reason}}, nil)
	if err != nil {
		return err
	}
	return answer.Close()
}

func (s *server) holds(ctx context.Context) ([]api.Hold, error) {
	answer, err := s.do(ctx, http.MethodGet, "/api/v1/holds", nil, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	var list struct{ Holds []api.Hold }
	if err := json.NewDecoder(answer).Decode(&list); err != nil {
		return nil, fmt.Errorf("read the daemon's answer: %w", err)
	}
	return list.Holds, nil
}
