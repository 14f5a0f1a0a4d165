package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/convert"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

const convertHelp = `Read audit records in any dialect and write them in another. Nothing is kept and no daemon is asked. Without a file, or
for "-", standard input is read. Where --from is not told, each input is recognised by how it begins. Files that are
compressed (gzip, zstd, bzip2) are decompressed. A directory stands for the one log in it with all its rotated files.
Inputs follow one another, or are merged by time with --merge.

What a dialect cannot read becomes an event UNPARSED that holds the bytes as they came; what the other has no words for
is counted. Both are told on standard error at the end, so that you know what the result is worth. With --lossless
nothing may be lost: the first event that cannot be wholly expressed ends the work.

--where takes a query as ` + "`counterfoil search`" + ` does; moments such as "since 2h" count from now. docs/convert.md is the long form.

Exit code 0: every record was understood; 1: some were not (they are in the output all the same), or --lossless found
a loss; 2: misuse, among it an input that is not recognised; 3: trouble. With -o the file is there whole or not at all.`

// convertGC lets garbage be four times what is alive before it is collected: here that is next to nothing, since every event
// is garbage as soon as it is written. It costs some 10 MB and saves a sixth of the time.
const convertGC = 400

type convertFlags struct {
	from, to, out, where string
	fromOpt, toOpt       []string
	lossless, quiet      bool
	rotated, merge       bool
	notes                []string // on the inputs
}

func newConvert(env Env) *cobra.Command {
	var f convertFlags
	c := &cobra.Command{
		Use:   "convert [--from DIALECT] [--to DIALECT] [FILE…|-]",
		Short: "Rewrite audit records from any dialect in another, without a trail",
		Long:  convertHelp,
		Example: `  counterfoil convert /var/log/audit/audit.log
  counterfoil convert --rotated /var/log/audit/audit.log -o audit.jsonl
  counterfoil convert --merge --rotated nas1/audit.log nas2/audit.log -o both.jsonl
  counterfoil convert --to csv --where 'user = anna and success = false' audit.log -o anna.csv
  ausearch --raw -ts today | counterfoil convert --from linux --from-opt timeout=5s --to jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			j, err := f.job(c, env, args)
			if err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(convertGC)
			}
			return f.run(c, env, j)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.from, "from", "", "dialect of the input, if it is not to be recognised: "+strings.Join(dialectNames(canReadFiles), ", "))
	flags.StringVar(&f.to, "to", "jsonl", "dialect of the output: "+strings.Join(dialectNames(canWrite), ", "))
	flags.StringArrayVar(&f.fromOpt, "from-opt", nil, "`NAME=VALUE`, an option of the input's dialect: see counterfoil dialects NAME; may be repeated")
	flags.StringArrayVar(&f.toOpt, "to-opt", nil, "`NAME=VALUE`, an option of the output's dialect; may be repeated")
	flags.StringVar(&f.where, "where", "", "write only the events that match this filter, of any grammar")
	flags.BoolVar(&f.rotated, "rotated", false, "read also the older files that rotation left beside each FILE, the newest, as one stream")
	flags.BoolVar(&f.merge, "merge", false, "write the events of all inputs in the order of their times")
	flags.BoolVar(&f.lossless, "lossless", false, "end at the first event that the output cannot wholly express")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no summary and no progress")
	outFlag(c, &f.out)
	complete(c, "from", dialectNames(canReadFiles), cobra.ShellCompDirectiveNoFileComp)
	complete(c, "to", dialectNames(canWrite), cobra.ShellCompDirectiveNoFileComp)
	completeOptions(c, "from-opt", &f.from)
	completeOptions(c, "to-opt", &f.to)
	if err := c.RegisterFlagCompletionFunc("where", completeQuery); err != nil {
		panic(err) // the flag was not defined before: a mistake in this package
	}
	return c
}

func canReadFiles(d *dialect.Dialect) bool { return d.Decode != nil && d.Split != nil }

// job says what the command line asks.
func (f *convertFlags) job(c *cobra.Command, env Env, args []string) (j convert.Job, err error) {
	j = convert.Job{Stdin: env.Stdin, Merge: f.merge, Lossless: f.lossless, Now: time.Now}
	if c.Flags().Changed("from") {
		if j.From, err = lookUp(c, f.from); err != nil {
			return j, err
		} else if !canReadFiles(j.From) {
			return j, misuse(c, "%s cannot be read from a file: want one of %s", j.From.Name, strings.Join(dialectNames(canReadFiles), ", "))
		}
	}
	if j.To, err = lookUp(c, f.to); err != nil {
		return j, err
	} else if j.To.Encode == nil {
		return j, misuse(c, "%s cannot be written: want one of %s", j.To.Name, strings.Join(dialectNames(canWrite), ", "))
	}
	if j.FromOptions, err = settings(c, "from-opt", f.fromOpt); err != nil {
		return j, err
	}
	if j.ToOptions, err = settings(c, "to-opt", f.toOpt); err != nil {
		return j, err
	}
	if f.where != "" {
		q, err := grammar.Parse(f.where, time.Now())
		if err != nil {
			return j, misuse(c, "--where: %w", err)
		}
		j.Where, j.Since, j.Until = q.Expr, q.From, q.To
	}
	if len(args) == 0 {
		args = []string{convert.Stdin}
	}
	for _, name := range args {
		in, err := f.input(name)
		var bad *convert.UsageError
		if errors.As(err, &bad) {
			return j, misuse(c, "%w", err)
		} else if err != nil {
			return j, err
		}
		j.Inputs = append(j.Inputs, in)
	}
	return j, nil
}

// input gives the files that an argument stands for.
func (f *convertFlags) input(name string) (in convert.Input, err error) {
	var notes []string
	if info, serr := os.Stat(name); name != convert.Stdin && serr == nil && info.IsDir() {
		in, notes, err = convert.Directory(name)
	} else if f.rotated {
		in, notes, err = convert.Rotated(name)
	} else {
		in = convert.Input{name}
	}
	f.notes = append(f.notes, notes...)
	return in, err
}

// settings reads the values of a flag of the form NAME=VALUE.
func settings(c *cobra.Command, flag string, values []string) (list []convert.Setting, err error) {
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok {
			return nil, misuse(c, "--%s %q: want NAME=VALUE", flag, v)
		}
		list = append(list, convert.Setting{Name: name, Value: value})
	}
	return list, nil
}

func (f *convertFlags) run(c *cobra.Command, env Env, j convert.Job) error {
	var sum *convert.Summary
	bar := newBar(env.Stderr, f.quiet, j.Now)
	j.Progress = bar.show
	err := writeOut(env, f.out, func(w io.Writer) (err error) {
		sum, err = convert.Run(c.Context(), w, j)
		return err
	})
	bar.clear()
	var bad *convert.UsageError
	var loss *convert.LossError
	switch {
	case errors.As(err, &bad):
		return misuse(c, "%w", bad)
	case errors.As(err, &loss) && f.out == convert.Stdin:
		return &exit{exitNo, fmt.Errorf("%w\nwhat is on standard output so far is not the whole", loss)}
	case errors.As(err, &loss):
		return &exit{exitNo, fmt.Errorf("%w\n%s is not written", loss, f.out)}
	case err != nil:
		return err
	}
	if !f.quiet {
		for _, note := range f.notes {
			fmt.Fprintln(env.Stderr, note)
		}
		sum.Print(env.Stderr)
	}
	if sum.Unparsed > 0 {
		return no()
	}
	return nil
}

// completeOptions completes NAME=VALUE of the dialect that another flag names.
func completeOptions(c *cobra.Command, flag string, name *string) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) (out []string, d cobra.ShellCompDirective) {
		found, ok := all.Lookup(*name)
		if !ok {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, o := range describe(found) {
			if o.Type == "true or false" {
				out = append(out, o.Name+"=true\t"+o.Doc, o.Name+"=false\t"+o.Doc)
				continue
			}
			doc := o.Type
			if o.Default != "" {
				doc += ", default " + o.Default
			}
			out = append(out, o.Name+"=\t"+doc)
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
	if err != nil {
		panic(err) // the flag was not defined before: a mistake in this package
	}
}
