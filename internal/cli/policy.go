package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newPolicy(env Env) *cobra.Command {
	c := &cobra.Command{Use: "policy", Short: "Try out policies"}
	c.AddCommand(newPolicyTest(env))
	return c
}

func newPolicyTest(env Env) *cobra.Command {
	var policy string
	c := &cobra.Command{
		Use:   "test [--policy FILE] FILE",
		Short: "Hold a policy against sample events and what is expected of it",
		Long: `Judge the sample events of a file and say where the decision is not the expected one. For the CI of those who write policies:

  policy: policy.yaml                 # from the directory of this file; --policy wins
  tests:
    - name: deletions are kept
      via: smb-1                      # the input; http where it is not told
      event: {svc: SMB, event: UNLINK, user: anna, class: [fd], category: data, success: true}
      groups: [finance]               # of the user, by the machine's database
      expect: keep                    # keep, refuse, stream
      rule: flags                     # the deciding rule; may be absent

Exit code 0: every decision is the expected one; 1: some are not; 2: misuse, among it a mistake in a file; 3: trouble.`,
		Example: `  counterfoil policy test tests.yaml
  counterfoil policy test --policy new.yaml tests.yaml`,
		Args: exactly("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			tests, err := config.LoadPolicyTests(args[0])
			if err != nil {
				return policyError(err)
			}
			file := cmp.Or(policy, tests.Policy)
			if file == "" {
				return misuse(c, "there is no policy: name one with --policy, or under policy: in %s", args[0])
			}
			p, err := config.LoadPolicy(file)
			if err != nil {
				return policyError(err)
			}
			return runPolicyTests(env, p, tests.Tests)
		},
	}
	c.Flags().StringVar(&policy, "policy", "", "file of the policy, or a counterfoil.yaml that has one")
	complete(c, "policy", []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	return c
}

// policyError tells a mistake in a file from trouble with reading it.
func policyError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return err
	}
	return &exit{exitMisuse, err}
}

func runPolicyTests(env Env, policy *config.Policy, tests []config.PolicyTest) error {
	failed := 0
	for _, t := range tests {
		p := preselect.New(policy.Spec(), func(string) []string { return t.Groups })
		d := p.Input(cmp.Or(t.Via, "http")).Judge(&t.Sample)
		got, rule := config.DecisionWord(d), p.Rules()[d.Rule]
		if got == t.Expect && (t.Rule == "" || t.Rule == rule.Name) {
			continue
		}
		failed++
		want := t.Expect
		if t.Rule != "" {
			want += " by " + t.Rule
		}
		fmt.Fprintf(env.Stdout, "%s: %s: want %s, got %s by %s (%s)\n", t.Place, visible.Text(t.Name), want, got, visible.Text(rule.Name), rule.Place)
	}
	fmt.Fprintf(env.Stdout, "%d of %d decisions are as expected\n", len(tests)-failed, len(tests))
	if failed > 0 {
		return no()
	}
	return nil
}
