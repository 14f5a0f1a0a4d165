package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/visible"
)

const explainHelp = `Say of each event on standard input what a policy decides and why: every rule that was asked, in order, with its place in
the file, and the one that decided. Events are messages of counterfoil, one JSON object a line, as search --format jsonl, export
and convert write them; what a policy that only observes would leave out counts as left out. Records of a trail are judged as coming by the input that they came by, other events by --via.
Without --policy there are no rules, and everything is kept.

With --flags, say what a selection expression of FreeBSD's audit_control(5) means: its classes, and the masks for
successes and failures. --freebsd names a directory whose audit_class(5) has classes of your own. docs/policy.md is the long form.

Exit code 0: every event would be kept; 1: some would not; 2: misuse, among it a policy or an expression with a mistake
and a line that is no event; 3: trouble.`

func newExplain(env Env) *cobra.Command {
	var policy, via, flags, dir string
	c := &cobra.Command{
		Use:   "explain [--policy FILE] < EVENTS | explain --flags EXPRESSION",
		Short: "Say which rule of a policy keeps or refuses an event, and why",
		Long:  explainHelp,
		Example: `  counterfoil explain --policy policy.yaml < events.jsonl
  counterfoil convert audit.log | counterfoil explain --policy /etc/counterfoil.yaml --via kernel
  counterfoil explain --flags 'lo,+ex,^-fc'`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("flags") {
				if c.Flags().Changed("policy") || c.Flags().Changed("via") {
					return misuse(c, "--flags explains an expression and no events: leave --policy and --via out")
				}
				return explainFlags(c, env, flags, dir)
			}
			if c.Flags().Changed("freebsd") {
				return misuse(c, "--freebsd is for --flags; a policy names FreeBSD's files itself")
			}
			p, err := loadPolicy(env, policy)
			if err != nil {
				return err
			}
			return explainEvents(c, env, p, via)
		},
	}
	c.Flags().StringVar(&policy, "policy", "", "file of the policy, or a counterfoil.yaml that has one")
	c.Flags().StringVar(&via, "via", "http", "the input that events come by")
	c.Flags().StringVar(&flags, "flags", "", "explain a selection expression such as lo,+ex,^-fc")
	c.Flags().StringVar(&dir, "freebsd", "", "with --flags: directory with the audit_class that defines the classes")
	complete(c, "policy", []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	complete(c, "via", nil, cobra.ShellCompDirectiveNoFileComp)
	complete(c, "flags", nil, cobra.ShellCompDirectiveNoFileComp)
	complete(c, "freebsd", nil, cobra.ShellCompDirectiveFilterDirs)
	return c
}

// loadPolicy compiles the policy of a file; without one, a policy of no rules. Warnings go to standard error.
func loadPolicy(env Env, file string) (*preselect.Policy, error) {
	if file == "" {
		return preselect.New(preselect.Spec{}, nil), nil
	}
	p, err := config.LoadPolicy(file)
	if err != nil {
		return nil, policyError(err)
	}
	for _, w := range p.Warnings() {
		fmt.Fprintln(env.Stderr, w)
	}
	return preselect.New(p.Spec(), nil), nil
}

func explainFlags(c *cobra.Command, env Env, expr, dir string) error {
	classes := bsm.Classes
	if dir != "" {
		s, err := config.LoadFreeBSD(dir)
		if err != nil {
			return err
		}
		classes = s.Classes
	}
	m, err := bsm.ParseMasks(expr, classes)
	if err != nil {
		return misuse(c, "--flags: %w", err)
	}
	for _, side := range []struct {
		name string
		mask bsm.Mask
	}{{"success", m.Success}, {"failure", m.Failure}} {
		if _, err := fmt.Fprintf(env.Stdout, "%s %08x %s\n", side.name, uint32(side.mask), preselect.ClassNames(side.mask, classes)); err != nil {
			return err
		}
	}
	for _, item := range bsm.Idle(expr, classes) {
		fmt.Fprintf(env.Stderr, "warning: %s takes out nothing, since nothing before it put it in\n", item)
	}
	return nil
}

// explainEvents judges the events of standard input.
func explainEvents(c *cobra.Command, env Env, p *preselect.Policy, via string) error {
	lines := bufio.NewScanner(env.Stdin)
	lines.Buffer(make([]byte, 64<<10), counterfoil.MaxMessage+1)
	inputs := map[string]*preselect.Input{}
	n, refused := 0, 0
	for line := 1; lines.Scan(); line++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		r, err := eventOf(lines.Text(), via)
		if err != nil {
			return misuse(c, "line %d: %w", line, err)
		}
		if inputs[r.Via] == nil {
			inputs[r.Via] = p.Input(r.Via)
		}
		in := inputs[r.Via]
		steps, d := in.Explain(&r.Event)
		if n++; !d.Keep {
			refused++
		}
		observed := p.Observing(counterfoil.TimeOf(time.Now())) && !(d.Keep && d.Persist) && in.ObservesStored(&r.Event)
		if err := printSteps(env.Stdout, p, n, &r, steps, d, observed); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	fmt.Fprintf(env.Stderr, "%d of %d events are kept\n", n-refused, n)
	if refused > 0 {
		return no()
	}
	return nil
}

// eventOf reads a record of a trail, or an event that comes by via.
func eventOf(line, via string) (counterfoil.Record, error) {
	if r, err := counterfoil.ParseRecord(line); err == nil {
		return r, nil
	}
	e, err := jsonl.Parse(line)
	act.Disclaim(&e)
	if err == nil {
		err = e.Check()
	}
	return counterfoil.Record{Event: e, Via: via}, err
}

func printSteps(w io.Writer, p *preselect.Policy, n int, r *counterfoil.Record, steps []preselect.Step, d preselect.Decision, observed bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d. %s %s by %s via %s: %s\n", n, r.Service, r.Name, quotedUser(r.User), visible.Text(r.Via), p.Words(d))
	for _, s := range steps {
		rule := p.Rules()[s.Rule]
		fmt.Fprintf(&b, "   %-6s  %s  %s\n           %s\n", s.Verdict, visible.Text(rule.Name), rule.Place, visible.Text(s.Words))
	}
	if observed {
		fmt.Fprintf(&b, "   kept all the same, and marked, until %v: the policy only observes\n", p.ObservesUntil())
	}
	decided := p.Rules()[d.Rule]
	fmt.Fprintf(&b, "   decided by %s at %s: %s\n", visible.Text(decided.Name), decided.Place, visible.Text(decided.Text))
	_, err := io.WriteString(w, b.String())
	return err
}

func quotedUser(user string) string {
	if user == "" {
		return "nobody"
	}
	return visible.Text(user)
}
