package cli

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

// Whatever the help shows can be typed: the command is there, its flags are, and its queries can be read.
func TestExamples(t *testing.T) {
	env := Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }}
	quoted := regexp.MustCompile("`(counterfoil [a-z][^`…]*)`")
	shown := 0
	for _, c := range commands(newRoot(env)) {
		for line := range strings.SplitSeq(c.Example, "\n") {
			for _, words := range typed(line) {
				shown++
				try(t, env, c.CommandPath(), words, true)
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(c.Long, -1) {
			shown++
			try(t, env, c.CommandPath(), strings.Fields(m[1])[1:], false)
		}
	}
	if shown < 60 {
		t.Errorf("only %d examples were found", shown)
	}
}

func commands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		list = append(list, commands(sub)...)
	}
	return list
}

// try reads words as the command line would. What is no whole example lacks arguments and values.
func try(t *testing.T, env Env, where string, words []string, whole bool) {
	t.Helper()
	c, rest, err := newRoot(env).Find(words)
	if err == nil && !slices.Contains(rest, "--help") {
		err = c.ParseFlags(rest)
	}
	if !whole && err != nil && strings.HasPrefix(err.Error(), "flag needs an argument") {
		err = nil
	}
	if whole && err == nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	if asks := c.Flags().Lookup("since") != nil; asks && err == nil {
		_, err = grammar.Parse(strings.Join(c.Flags().Args(), " "), time.Now())
	}
	if err != nil {
		t.Errorf("the help of %q shows `counterfoil %s`: %v", where, strings.Join(words, " "), err)
	}
}

// typed gives the words behind each counterfoil in a line of shell.
func typed(line string) (all [][]string) {
	word := regexp.MustCompile(`'[^']*'|"[^"]*"|[|<>;&)]+|[^\s'"|<>;&)]+`)
	var now []string
	in := false
	flush := func() {
		if in {
			all = append(all, now)
		}
		now, in = nil, false
	}
	for _, w := range word.FindAllString(line, -1) {
		switch {
		case strings.ContainsAny(w[:1], "|<>;&)"):
			flush()
		case strings.HasSuffix(w, "counterfoil") && !in:
			in = true
		case in:
			now = append(now, strings.Trim(w, `'"`))
		}
	}
	flush()
	return all
}
