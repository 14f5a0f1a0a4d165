package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/daemon"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/simulate"
	"github.com/counterfoil/counterfoil/internal/trail"
)

const simulateHelp = `Judge the records of a trail by a changed policy, before it is in force: what is kept now and would not be then, by which
rule, of whom, with examples; what it would save a day; and what would be missed.

  now     what the policy in force makes of a record, the newest that the trail tells of; --against names another
  then    what the policy of --policy would make of it
  lost    kept now, and refused or only shown then
  won     the other way round: an older policy kept it, or it came while a policy only observed
  unsure  lost or not, by a group of the user that the record does not tell. This machine's database of today is not asked

What a policy refused is gone. Of it the trail has counts for each input and rule, and what would become of it is told only
where it follows from these: the same rule would leave it out again, or no rule would leave anything out. Else it is unknown.

Who would miss something: the filters of outputs and holds, the rules of retention, the controls of coverage, and the
questions that were asked through the daemon since the span began, the 50 most asked. There are no other alarms, reports or saved
searches that look at records. Outputs and retention are those that the trail says are in force; --config names others.

Bytes are those of sealed files, a page's shared equally by its records: an estimate. docs/policy.md is the long form.

Exit code 0: nothing would be lost; 1: something would, or it is unsure; 2: misuse, among it a mistake in a policy; 3: trouble.`

func newSimulate(env Env) *cobra.Command {
	var a asking
	var dir, file, against, cfg string
	var top int
	var asJSON bool
	c := &cobra.Command{
		Use:   "simulate --policy FILE [--since MOMENT]",
		Short: "Say what a changed policy would have kept and left out of the records of a trail",
		Long:  simulateHelp,
		Example: `  counterfoil simulate --policy new.yaml --since 30d
  counterfoil simulate --policy new.yaml --against old.yaml --data-dir var
  counterfoil simulate --policy new.yaml --json | jq '.rules[] | {rule, lost}'`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if top < 0 {
				return misuse(c, "--top is %d: want 0 or more", top)
			}
			span, err := a.parse(c, nil, time.Now())
			if err != nil {
				return err
			}
			s := simulation{env: env, next: file, now: against, config: cfg}
			q := simulate.Question{From: span.from, To: span.to}
			if err := s.load(&q); err != nil {
				return err
			}
			t, err := openDirectory(dir)
			if err != nil {
				return err
			}
			r, err := s.run(c.Context(), t, &q)
			if err = errors.Join(err, t.close()); err != nil {
				return err
			}
			if asJSON {
				err = printJSON(env.Stdout, s.told(r))
			} else {
				err = s.print(r, top)
			}
			if err == nil && r.Lost+r.Unsure > 0 {
				err = no()
			}
			return err
		},
	}
	a.flags(c)
	c.ValidArgsFunction = cobra.NoFileCompletions
	dataDirFlag(c, &dir)
	c.Flags().StringVar(&file, "policy", "", "file of the changed policy, or a counterfoil.yaml that has one")
	c.Flags().StringVar(&against, "against", "", "file of the policy to compare with (default: the newest in the trail)")
	c.Flags().StringVar(&cfg, "config", "", "configuration whose outputs and retention would miss records (default: the newest in the trail)")
	c.Flags().IntVar(&top, "top", 10, "lines of each table; 0: all. JSON has all")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	for _, flag := range []string{"policy", "against", "config"} {
		complete(c, flag, []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	}
	complete(c, "top", nil, cobra.ShellCompDirectiveNoFileComp)
	need(c, "policy")
	return c
}

// simulation is what the command was asked, and what it found beside the report.
type simulation struct {
	env               Env
	next, now, config string   // files
	number            uint64   // of the policy in force; 0: of a file, or none
	notes             []string // what is to be known of the figures
	looked            []looked // at what uses
	shown             map[uint64]string
}

// looked says how many uses of a kind there are.
type looked struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// load reads the policies that are in files.
func (s *simulation) load(q *simulate.Question) error {
	next, err := s.policy(s.next)
	if err != nil {
		return err
	}
	q.Next = next.Spec()
	if s.now == "" {
		return nil
	}
	now, err := s.policy(s.now)
	if err == nil {
		q.Now = now.Spec()
	}
	return err
}

func (s *simulation) policy(file string) (*config.Policy, error) {
	p, err := config.LoadPolicy(file)
	if err != nil {
		return nil, policyError(err)
	}
	for _, w := range p.Warnings() {
		fmt.Fprintln(s.env.Stderr, w)
	}
	if until := p.Spec().Observe.Until; until > counterfoil.TimeOf(time.Now()) {
		s.notes = append(s.notes, fmt.Sprintf("%s only observes until %v: until then everything is kept. Here its rules decide", file, until))
	}
	return p, nil
}

// run asks the trail.
func (s *simulation) run(ctx context.Context, d *directory, q *simulate.Question) (*simulate.Report, error) {
	v := d.View()
	defer v.Close()
	if err := s.policies(ctx, v, q); err != nil {
		return nil, err
	}
	if err := s.uses(ctx, d, v, q); err != nil {
		return nil, err
	}
	r, err := simulate.Run(ctx, v, *q)
	if err != nil {
		return nil, err
	}
	return r, s.examples(ctx, v, r)
}

// policies reads those that the trail tells of, the newest of which is in force.
func (s *simulation) policies(ctx context.Context, v *trail.View, q *simulate.Question) error {
	q.Was = map[uint64]preselect.Spec{}
	var bad error
	err := each(ctx, v, "svc = COUNTERFOIL and via = counterfoil and success = true and event = POLICY", func(r *counterfoil.Record) bool {
		p, number, err := daemon.PolicyOf(r)
		if err != nil {
			bad = err
			return false
		}
		var spec preselect.Spec
		if p != nil {
			spec = p.Spec()
		}
		q.Was[number] = spec
		if s.now == "" {
			q.Now, s.number = spec, number
		}
		return true
	})
	if until := q.Now.Observe.Until; s.now == "" && until > counterfoil.TimeOf(time.Now()) {
		s.notes = append(s.notes, fmt.Sprintf("the policy in force only observes until %v: until then everything is kept. Here its rules decide", until))
	}
	return errors.Join(err, bad)
}

// each gives the records that a query of our own finds, oldest first.
func each(ctx context.Context, v *trail.View, query string, yield func(*counterfoil.Record) bool) error {
	parsed, err := searchq.Parse(query, time.Time{})
	if err != nil {
		return fmt.Errorf("the query %q: %w", query, err)
	}
	_, err = search.Run(ctx, v, search.Query{Filter: parsed.Expr, Oldest: true}, yield)
	return err
}

// examples words the records that are shown.
func (s *simulation) examples(ctx context.Context, v *trail.View, r *simulate.Report) error {
	s.shown = map[uint64]string{}
	for _, rule := range r.Rules {
		for _, seq := range rule.Examples {
			rec, ok, err := search.Get(ctx, v, seq)
			if err != nil {
				return err
			}
			if ok {
				s.shown[seq] = fmt.Sprintf("%s  %s  %s", tableTime(rec.Time), rec.Service, strings.Clone(rec.SentenceText()))
			}
		}
	}
	return nil
}

// told is a report with what was looked at, as other programs read it.
func (s *simulation) told(r *simulate.Report) any {
	return struct {
		Policy  string `json:"policy"`
		Against string `json:"against"`
		*simulate.Report
		Looked []looked `json:"looked_at"`
		Notes  []string `json:"notes"`
	}{s.next, s.nowWords(), r, s.looked, append([]string{}, s.notes...)}
}

// nowWords says which policy the other one is compared with.
func (s *simulation) nowWords() string {
	switch {
	case s.now != "":
		return s.now
	case s.number == 0:
		return "no policy: everything is kept"
	}
	return fmt.Sprintf("policy %d of the trail", s.number)
}
