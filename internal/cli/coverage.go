package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/coverage"
	"github.com/counterfoil/counterfoil/internal/daemon"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/intake/netlink"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/visible"
)

const coverageHelp = `Say what is not audited, and which requirements of PCI DSS, NIST AU, ISO 27002, Common Criteria and CIS 8 the trail supports.

Three questions are asked, in this order:

  What is absent?   Inputs that never delivered a record or are quiet, classes that an input never told of though its dialect
                    can, messages that were not understood, known gaps; with --watch or an input of the kernel, whether the
                    kernel of this machine audits, and whether every path has a rule.
  What is left out? What rules of the policy refuse or do not store, with their places, and how much they have refused.
  What is shown?    For each requirement the records that support it, by their numbers, and the rule that kept them; or what
                    would support it. A control that is met is supported, and no more: auditors decide what it takes.

Inputs and policy are those of --config; without it, those that the trail says are in force. A finding that is known and
wanted so is accepted by its name, with * and ?: --accept categories.traffic --accept 'input.kernel.*' --accept control.review.

Exit code 0: nothing is missing but what is accepted; 1: something is; 2: misuse; 3: trouble. docs/coverage.md is the long form.`

func newCoverage(env Env) *cobra.Command {
	var w where
	var file string
	var watch, accept []string
	var quiet time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use:   "coverage [--config FILE] [--watch PATH]... [--accept FINDING]...",
		Short: "Say what is not audited, and which requirements are supported by which records",
		Long:  coverageHelp,
		Example: `  counterfoil coverage --config /etc/counterfoil.yaml --watch /etc/passwd --watch /etc/sudoers
  counterfoil coverage --data-dir var --accept 'categories.*' --json
  counterfoil coverage --server http://127.0.0.1:8470 --quiet 1h`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if quiet <= 0 {
				return misuse(c, "--quiet is %v: want more than 0", quiet)
			}
			for _, p := range watch {
				if !strings.HasPrefix(p, "/") {
					return misuse(c, "--watch %q: want a path from /", p)
				}
			}
			f := &coverage.Facts{Now: counterfoil.TimeOf(time.Now()), Quiet: quiet, Watch: watch}
			if err := coverageFacts(c, env, &w, file, f); err != nil {
				return err
			}
			r, unused := f.Report(accept)
			for _, name := range unused {
				fmt.Fprintf(env.Stderr, "--accept %s: there is no such finding\n", visible.Text(name))
			}
			var err error
			if asJSON {
				err = printJSON(env.Stdout, r)
			} else {
				err = printCoverage(env.Stdout, r)
			}
			if err == nil && r.Missing > 0 {
				err = no()
			}
			return err
		},
	}
	w.flags(c)
	c.Flags().StringVar(&file, "config", "", "configuration whose inputs and policy are judged (default: those that the trail tells of)")
	c.Flags().StringArrayVar(&watch, "watch", nil, "path that a rule of this machine's kernel should watch; may be repeated")
	c.Flags().StringArrayVar(&accept, "accept", nil, "finding that does not count as missing; may be repeated")
	c.Flags().DurationVar(&quiet, "quiet", 24*time.Hour, "an input that has delivered nothing for so long is quiet")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	complete(c, "config", []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	complete(c, "accept", nil, cobra.ShellCompDirectiveNoFileComp)
	return c
}

// coverageFacts asks the configuration, the trail and the kernel.
func coverageFacts(c *cobra.Command, env Env, w *where, file string, f *coverage.Facts) (err error) {
	var cfg *config.Config
	if file != "" {
		if cfg, err = config.Load(file); err != nil {
			return policyError(err)
		}
		if w.server == "" && !c.Flags().Changed("data-dir") {
			w.dataDir = cfg.DataDir
		}
	}
	t, err := w.open(c, env)
	if err != nil {
		return err
	}
	trail := coverageTrail{t}
	if cfg != nil {
		fromConfig(f, cfg)
	} else {
		err = trail.settings(c.Context(), f)
	}
	if err == nil {
		err = f.Gather(c.Context(), trail)
	}
	if err == nil {
		f.Signed, err = trail.signed(c.Context())
	}
	st, serr := t.status(c.Context())
	if err = errors.Join(err, serr, t.close()); err != nil {
		return err
	}
	f.Records = st.Records
	askKernel(f, w.server != "")
	return nil
}

// askKernel reads the kernel's rules where paths are to be watched, or where it is an input of a trail that is kept here.
func askKernel(f *coverage.Facts, remote bool) {
	wanted := len(f.Watch) > 0
	for _, in := range f.Inputs {
		wanted = wanted || in.Kernel && !remote
	}
	if !wanted {
		return
	}
	k, err := netlink.ReadKernel()
	f.Kernel = &coverage.Kernel{Enabled: k.Enabled, Lost: k.Lost, Rules: k.Rules}
	if err != nil {
		f.Kernel = &coverage.Kernel{Problem: err.Error()}
	}
}

func fromConfig(f *coverage.Facts, cfg *config.Config) {
	for _, in := range cfg.Inputs {
		f.Inputs = append(f.Inputs, &coverage.Input{Name: in.Name, Dialect: in.Dialect, Kernel: in.Type == "netlink"})
	}
	for _, o := range cfg.Outputs {
		if o.Type == "syslog" && leaves(o.Address) {
			f.Copies = append(f.Copies, o.Name)
		}
	}
	f.Witnesses, f.Full = len(cfg.Witness.Servers), cfg.Trail.Full.Action
	judgedBy(f, cfg.Policy)
}

// leaves reports whether the address of a syslog server is on another machine.
func leaves(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") && u.Hostname() != "::1"
}

// judgedBy says by which policy; nil: there is none.
func judgedBy(f *coverage.Facts, p *config.Policy) {
	if p == nil {
		return
	}
	f.Policy.Spec, f.Policy.Compiled = p.Spec(), preselect.New(p.Spec(), nil)
	f.Policy.Words, f.Policy.Place = p.Words()
}

// coverageTrail asks as coverage wants to be answered.
type coverageTrail struct{ teller }

func (t coverageTrail) question(query string) (*question, error) {
	parsed, err := searchq.Parse(query, time.Time{})
	if err != nil {
		return nil, fmt.Errorf("the query %q: %w", query, err)
	}
	return &question{text: query, expr: parsed.Expr}, nil
}

func (t coverageTrail) Count(ctx context.Context, query, by string) (map[string]uint64, error) {
	q, err := t.question(query)
	if err != nil {
		return nil, err
	}
	buckets, err := t.count(ctx, q, by)
	counts := map[string]uint64{}
	for _, b := range buckets {
		counts[b.Key] = b.Count
	}
	return counts, err
}

func (t coverageTrail) Each(ctx context.Context, query string, oldest bool, limit int, yield func(*counterfoil.Record) bool) error {
	q, err := t.question(query)
	if err != nil {
		return err
	}
	q.oldest, q.limit = oldest, limit
	return t.search(ctx, q, yield)
}

// signed gives the number of records that the newest checkpoint counts.
func (t coverageTrail) signed(ctx context.Context) (uint64, error) {
	if d, local := t.teller.(*directory); local {
		_, size, err := d.Growth(0)
		return size, err
	}
	st, err := t.status(ctx)
	if err != nil || st.Checkpoint == nil {
		return 0, err
	}
	return *st.Checkpoint, nil
}

// settings reads the inputs and the policy that the trail says are in force.
func (t coverageTrail) settings(ctx context.Context, f *coverage.Facts) (err error) {
	kinds, dialects := map[string]string{}, map[string]string{}
	var names []string
	own := "svc = COUNTERFOIL and via = counterfoil and success = true and event = "
	err = t.Each(ctx, own+"CONFIG", false, 1, func(r *counterfoil.Record) bool {
		for key, v := range r.EventData.Member("settings").Members() {
			rest, input := strings.CutPrefix(key, "inputs.")
			if name, is := strings.CutSuffix(rest, ".type"); input && is {
				names, kinds[strings.Clone(name)] = append(names, strings.Clone(name)), strings.Clone(v.Text())
			} else if name, is := strings.CutSuffix(rest, ".dialect"); input && is {
				dialects[strings.Clone(name)] = strings.Clone(v.Text())
			} else if strings.HasPrefix(key, "witness.servers.") {
				f.Witnesses++
			} else if key == "trail.full.action" {
				f.Full = strings.Clone(v.Text())
			} else if rest, output := strings.CutPrefix(key, "outputs."); output && strings.HasSuffix(rest, ".address") && leaves(v.Text()) {
				f.Copies = append(f.Copies, strings.Clone(strings.TrimSuffix(rest, ".address")))
			}
		}
		return false
	})
	for _, name := range names {
		f.Inputs = append(f.Inputs, &coverage.Input{Name: name, Dialect: dialects[name], Kernel: kinds[name] == "netlink"})
	}
	if err != nil {
		return err
	}
	var policy *config.Policy
	var perr error
	err = t.Each(ctx, own+"POLICY", false, 1, func(r *counterfoil.Record) bool {
		policy, f.Policy.Number, perr = daemon.PolicyOf(r)
		f.Policy.Seq = r.Seq
		return false
	})
	judgedBy(f, policy)
	return errors.Join(err, perr)
}
