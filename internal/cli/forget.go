package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newForget(env Env) *cobra.Command {
	var f forgetting
	c := &cobra.Command{
		Use:   "forget --user NAME --reason TEXT [--yes]",
		Short: "Forget a person: destroy their key, and take the hidden halves of their records out of every file",
		Long: `Forget a person. Without --yes nothing is changed, and the command says what would be.

Of every record whose user is NAME the hidden half goes: addr, user, sess, subject, object, svc_data, event_data, raw. It leaves the
write-ahead log, the segments, their indexes and their links in dist/, and the key from which its salts came is destroyed, so that nobody
can confirm a guess about what it said. The open half stays (when, where, which input, what kind of event, whether it succeeded), with the
hash that the tree has of the other: every proof of every record verifies as before, and ` + "`counterfoil verify`" + ` says how many were forgotten,
when, and by which record.

The act is an event FORGET in the trail before anything is done. It does not name the person, and the reason must not: give the number of
the request. When everything is done a certificate is written, signed by the trail's key, and a secret is printed that is kept nowhere. With it
alone can be shown whom the certificate is about: ` + "`printf %s 'SECRET:NAME' | sha256sum`" + ` gives its subject.

Records under a legal hold are not forgotten. While there are any, nothing is, unless --except-held says to forget the others.

What was given out cannot be reached: exports, evidence, what outputs delivered, backups. Nor can records of others that mention the person.
A person may act under several names (UID:1000 beside anna): forget each. Accounts and tokens of that name are not touched.

While a daemon runs, ask it with --server (role admin). Without one the directory is changed by itself; what is not sealed yet is sealed then,
by the rules of retention of --config, and into one file without it. A crash at any moment is carried on at the next start.

Exit code 0: it is done, or could be; 1: there is no such record, or a hold keeps some; 3: trouble.`,
		Example: `  counterfoil forget --data-dir var --user anna --reason 'request 2026-17'
  counterfoil forget --data-dir var --config counterfoil.yaml --user anna --reason 'request 2026-17' --yes -o certificate.txt
  counterfoil forget --server http://127.0.0.1:8470 --user anna --reason 'request 2026-17' --except-held --yes`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.request.User == "" {
				return misuse(c, "--user is empty: records without a user are nobody's")
			}
			k, err := f.keeper(c, env)
			if err == nil {
				err = errors.Join(f.run(c, env, k), k.close())
			}
			if errors.Is(err, trail.ErrForget) {
				return misuse(c, "%w", err)
			}
			for _, no := range []error{trail.ErrNobody, trail.ErrHeld, trail.ErrForgetting, trail.ErrDamaged} {
				if errors.Is(err, no) {
					return &exit{exitNo, err}
				}
			}
			return err
		},
	}
	f.where.flags(c)
	c.Flags().StringVar(&f.request.User, "user", "", "whose records, as their field user has it")
	c.Flags().StringVar(&f.request.Reason, "reason", "", "why; stands in the trail for ever, so it must not name the person")
	c.Flags().BoolVar(&f.request.ExceptHeld, "except-held", false, "leave what legal holds keep, and forget the rest")
	c.Flags().BoolVar(&f.yes, "yes", false, "do it")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&f.config, "config", "", "the daemon's configuration file, for retention and directories; without --server")
	c.Flags().StringVarP(&f.out, "output", "o", "", "file to write the certificate to as well")
	complete(c, "config", []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	for _, flag := range []string{"user", "reason"} {
		complete(c, flag, nil, cobra.ShellCompDirectiveNoFileComp)
	}
	need(c, "user", "reason")
	return c
}

// forgetting is what the flags say.
type forgetting struct {
	where       where
	request     trail.ForgetRequest
	yes, asJSON bool
	config, out string
}

// forgetter forgets people: in a directory, or by a daemon.
type forgetter interface {
	planForget(ctx context.Context, user string) (*trail.ForgetPlan, error)
	forget(ctx context.Context, r trail.ForgetRequest) (*trail.Forgotten, error)
	close() error
}

func (f *forgetting) run(c *cobra.Command, env Env, k forgetter) error {
	if !f.yes {
		if err := f.request.Check(); err != nil {
			return err
		}
		plan, err := k.planForget(c.Context(), f.request.User)
		if err != nil {
			return err
		}
		if f.asJSON {
			err = printJSON(env.Stdout, plan)
		} else if plan.Records == 0 && plan.Held == 0 && len(plan.Damaged) == 0 {
			return trail.ErrNobody
		} else {
			err = printPlan(env.Stdout, plan)
		}
		if err == nil && (plan.Records == 0 || plan.Held > 0 && !f.request.ExceptHeld || len(plan.Damaged) > 0) {
			err = no()
		}
		return err
	}
	done, err := k.forget(c.Context(), f.request)
	if err != nil {
		return err
	}
	if f.out != "" {
		err = writeOut(env, f.out, func(w io.Writer) error { _, err := io.WriteString(w, done.Certificate); return err })
	}
	if f.asJSON {
		return errors.Join(printJSON(env.Stdout, done), err)
	}
	var v verdict
	fmt.Fprintf(&v, "forgotten: the hidden halves of %d records\n", done.Records)
	v.line("event", "record %d", done.Event)
	v.line("certificate", "forgotten/%016d in the trail's directory", done.Event)
	if done.Held > 0 {
		v.line("held", "%d more records are as they were", done.Held)
	}
	v.line("subject", "%s", done.Subject)
	v.line("secret", "%s   (kept nowhere: keep it with the request)", done.Secret)
	_, werr := io.WriteString(env.Stdout, v.String())
	return errors.Join(werr, err)
}

// printPlan says what forgetting would do, and what it cannot.
func printPlan(w io.Writer, p *trail.ForgetPlan) error {
	var v verdict
	fmt.Fprintln(&v, "nothing is changed; --yes does it")
	v.line("records", "%d", p.Records)
	if p.Records > 0 {
		v.line("time", "%s to %s", p.First, p.Last)
		v.line("not sealed", "%d of them", p.Head)
	}
	const most = 20
	for _, r := range p.Ranges[:min(most, len(p.Ranges))] {
		v.line("segment", "records %d to %d: %d of them", r.First, r.Last, r.Records)
	}
	if n := len(p.Ranges); n > most {
		v.line("segment", "… and %d more; --json lists them all", n-most)
	}
	if p.Held > 0 {
		v.line("HELD", "%d more records, by the holds %s: --except-held leaves them and forgets the others", p.Held, numbersText(p.Holds))
	}
	if len(p.Author) > 0 {
		v.line("author", "of the holds %s in force: the name stands there until they end", numbersText(p.Author))
	}
	if len(p.Damaged) > 0 {
		v.line("DAMAGED", "%s: left by a repair, cannot be looked into; to be removed first", strings.Join(p.Damaged, ", "))
	}
	v.line("goes", "addr, user, sess, subject, object, svc_data, event_data, raw; the key")
	v.line("stays", "aid, vers, seq, time, received, via, dialect, host, svc, event, class, category, action, success; the hash of what goes")
	v.line("not reached", "exports and evidence given out, what outputs delivered, backups, records of others, accounts and tokens")
	_, err := io.WriteString(w, v.String())
	return err
}

func numbersText(list []uint64) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(list)), ", "), "[]")
}

// keeper opens what the flags name: for a dry run without the lock.
func (f *forgetting) keeper(c *cobra.Command, env Env) (forgetter, error) {
	w := &f.where
	if w.server != "" {
		if f.config != "" {
			return nil, misuse(c, "--config is for a directory; the daemon has its own")
		}
		t, err := w.open(c, env)
		if err != nil {
			return nil, err
		}
		return t.(*server), nil
	}
	var o trail.Options
	dir := w.dataDir
	if f.config != "" {
		cfg, _, err := loadConfig(c, f.config, dir, "")
		if err == nil {
			dir = cfg.DataDir
			err = cfg.Trail.Apply(dir, &o)
		}
		if err != nil {
			return nil, err
		}
	}
	d, err := trail.OpenReadOnly(dir) // a slip in its name makes no trail
	if err != nil || !f.yes {
		return &readTrail{d}, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	t, err := trail.Open(dir, o)
	if errors.Is(err, disk.ErrLocked) {
		err = fmt.Errorf("%w Then ask it: --server", err)
	}
	if err != nil {
		return nil, err
	}
	if was := t.Recovery().Forgot; was != "" {
		fmt.Fprintf(env.Stderr, "a forgetting that was begun before: %s\n", visible.Text(was))
	}
	return &ownTrail{t}, nil
}

// readTrail is a trail that is read only.
type readTrail struct{ *trail.Directory }

func (t *readTrail) planForget(_ context.Context, user string) (*trail.ForgetPlan, error) {
	return t.PlanForget(user)
}

func (t *readTrail) forget(context.Context, trail.ForgetRequest) (*trail.Forgotten, error) {
	return nil, errors.New("this trail is read only")
}

func (t *readTrail) close() error { return t.Close() }

func (t *ownTrail) planForget(_ context.Context, user string) (*trail.ForgetPlan, error) {
	return t.PlanForget(user)
}

func (t *ownTrail) forget(ctx context.Context, r trail.ForgetRequest) (*trail.Forgotten, error) {
	return t.Forget(ctx, r, t.who())
}

func (t *ownTrail) close() error { return t.Close() }

func (s *server) planForget(ctx context.Context, user string) (*trail.ForgetPlan, error) {
	var plan trail.ForgetPlan
	return &plan, s.askForget(ctx, api.Forget{User: user, DryRun: true}, &plan)
}

func (s *server) forget(ctx context.Context, r trail.ForgetRequest) (*trail.Forgotten, error) {
	var done trail.Forgotten
	return &done, s.askForget(ctx, api.Forget{User: r.User, Reason: r.Reason, ExceptHeld: r.ExceptHeld}, &done)
}

func (s *server) askForget(ctx context.Context, f api.Forget, to any) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	answer, err := s.do(ctx, http.MethodPost, "/api/v1/forget", nil, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Close()
	if err := json.NewDecoder(answer).Decode(to); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	return nil
}
