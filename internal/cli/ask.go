package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/daemon"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/search"
)

// question is what a reading command asks. Text has been parsed by asking.parse.
type question struct {
	text   string
	sent   string // text as a daemon is to be asked it, where that differs from text
	expr   filter.Expr
	from   counterfoil.Time // 0: no bound
	to     counterfoil.Time
	after  uint64 // records from this number on
	before uint64 // records before this number; 0: no bound
	limit  int    // 0: all
	oldest bool
	shown  bool // follow: also what a policy keeps from the disk
}

func (q *question) query() search.Query {
	return search.Query{Filter: q.expr, From: q.from, To: q.to, After: q.after, Before: q.before, Limit: q.limit, Oldest: q.oldest}
}

// teller answers questions: a directory read in this process, or a daemon asked over HTTP.
type teller interface {
	// search calls yield with each record that matches until it returns false. The record is valid during the call only.
	search(ctx context.Context, q *question, yield func(*counterfoil.Record) bool) error
	count(ctx context.Context, q *question, by string) ([]search.Bucket, error)
	record(ctx context.Context, seq uint64) (*counterfoil.Record, error)
	// size is the number of records at this moment. follow gives those that match from that number on, as they come,
	// until ctx is done or yield returns false.
	size(ctx context.Context) (uint64, error)
	follow(ctx context.Context, q *question, size uint64, yield func(*counterfoil.Record) bool) error
	prove(ctx context.Context, seq uint64, madeBy string) ([]byte, error)
	// evidence proves all that is found.
	evidence(ctx context.Context, q *question, madeBy string) ([]byte, error)
	// export gives the fields for which the format has no words.
	export(ctx context.Context, q *question, format string, w io.Writer) (dialect.Loss, error)
	status(ctx context.Context) (*daemon.Status, error)
	close() error
}

// where are the flags that say whom to ask.
type where struct{ dataDir, server, token string }

func (w *where) flags(c *cobra.Command) {
	dataDirFlag(c, &w.dataDir)
	c.Flags().StringVar(&w.server, "server", "", "ask the daemon at this URL instead of reading the directory")
	c.Flags().StringVar(&w.token, "token", "", "token for --server (default $COUNTERFOIL_TOKEN)")
	complete(c, "server", []string{"http://" + config.Default().Listen}, cobra.ShellCompDirectiveNoFileComp)
	complete(c, "token", nil, cobra.ShellCompDirectiveNoFileComp)
}

func (w *where) open(c *cobra.Command, env Env) (teller, error) {
	if w.server == "" {
		return openDirectory(w.dataDir)
	}
	if c.Flags().Changed("data-dir") {
		return nil, misuse(c, "--server and --data-dir exclude each other")
	}
	return newServer(w.server, w.token, env)
}

// asking are the flags that say what is asked.
type asking struct {
	since, until string
	limit        int
}

func (a *asking) flags(c *cobra.Command) {
	c.Flags().StringVar(&a.since, "since", "", `records from this moment on: 2h, yesterday, 14:30, 2026-11-22, RFC 3339`)
	c.Flags().StringVar(&a.until, "until", "", "records before this moment")
	moments := []string{"15m", "1h", "24h", "today", "yesterday"}
	complete(c, "since", moments, cobra.ShellCompDirectiveNoFileComp)
	complete(c, "until", moments, cobra.ShellCompDirectiveNoFileComp)
	c.ValidArgsFunction = completeQuery
}

// parse reads the query and the moments. Words of the query may come as several arguments.
func (a *asking) parse(c *cobra.Command, args []string, now time.Time) (*question, error) {
	q := &question{text: strings.Join(args, " "), limit: a.limit}
	parsed, err := grammar.Parse(q.text, now)
	if err != nil {
		return nil, misuse(c, "%w", err)
	}
	q.expr, q.from, q.to = parsed.Expr, parsed.From, parsed.To
	q.sent = forDaemon(q.text, now)
	if err := bound(c, &q.from, "since", a.since, now); err != nil {
		return nil, err
	}
	if err := bound(c, &q.to, "until", a.until, now); err != nil {
		return nil, err
	}
	if q.from != 0 && q.to != 0 && q.from >= q.to {
		return nil, misuse(c, "the span from %v to %v holds no time", q.from, q.to)
	}
	return q, nil
}

// forDaemon gives the text that means to a daemon what text means here. Moments such as 14:30 are in the zone of who asks, and a
// daemon takes them to be UTC: where that differs they are written out.
func forDaemon(text string, now time.Time) string {
	here, err := grammar.Parse(text, now)
	there, uerr := grammar.Parse(text, now.UTC())
	if err != nil || uerr != nil || here.String() == there.String() {
		return text
	}
	return here.String()
}

// bound reads a flag as the query reads the word of the same name.
func bound(c *cobra.Command, t *counterfoil.Time, word, text string, now time.Time) error {
	if text == "" {
		return nil
	}
	if *t != 0 {
		return misuse(c, "%s is told twice: in the query and as --%s", word, word)
	}
	parsed, err := searchq.Parse(word+" "+filter.Quote(text), now)
	var wrong *filter.SyntaxError
	if errors.As(err, &wrong) {
		return misuse(c, "--%s: %s: %s", word, wrong.Message, wrong.Hint)
	} else if err != nil {
		return err
	}
	*t = parsed.From | parsed.To // one of them is zero
	return nil
}
