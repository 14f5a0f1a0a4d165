package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// logging is what `counterfoil log` is told by flags.
type logging struct {
	where
	socket, event, svc, action, user, object, kind, aid string
	success, failure                                    bool
	timeout                                             time.Duration
}

func newLog(env Env) *cobra.Command {
	var l logging
	c := &cobra.Command{
		Use:   "log --event NAME [MESSAGE] [KEY=VALUE…]",
		Short: "Put one event into the trail, from a shell script",
		Long: `Hand one event to the daemon and wait until it is durable: exit code 0 means that it is in the trail for good and
numbered; the number is printed. The daemon is reached over the socket ingest.sock in the data directory, where the kernel
says who sends, or with --server over HTTP and a token of role sender.

MESSAGE becomes event_data.message, KEY=VALUE a text in event_data, KEY:=JSON any JSON value. Names of service and
event are taken in upper case. With --aid UUID the same event can be sent again without being kept twice.

Exit code 0: durable; 1: refused; 2: misuse; 3: nobody answered, so that nothing is known.`,
		Example: `  counterfoil log --event BACKUP.DONE --success 'nightly backup' target=nas2 bytes:=8123456
  counterfoil log --svc DEPLOY --event ROLLBACK --failure --object web-7 --action service.config || exit 1`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case l.success && l.failure:
				return misuse(c, "--success and --failure exclude each other")
			case l.server != "" && l.socket != "":
				return misuse(c, "--server and --socket exclude each other")
			}
			line, err := l.line(c, args, time.Now())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(c.Context(), l.timeout)
			defer cancel()
			return l.send(c, ctx, env, line)
		},
	}
	l.flags(c)
	f := c.Flags()
	f.StringVar(&l.socket, "socket", "", "socket of the daemon (default DATA-DIR/"+filepath.Base(config.Default().IngestSocket())+")")
	f.StringVar(&l.event, "event", "", "what happened, in the service's own word")
	f.StringVar(&l.svc, "svc", "SCRIPT", "what it happened in")
	f.StringVar(&l.action, "action", "", "what happened, in the vocabulary all share")
	f.StringVar(&l.user, "user", localUser(), "who did it")
	f.StringVar(&l.object, "object", "", "what it was done to")
	f.StringVar(&l.kind, "kind", "", "kind of the object: file, account, service, …")
	f.StringVar(&l.aid, "aid", "", "identifier of the event, a UUID")
	f.BoolVar(&l.success, "success", false, "it succeeded")
	f.BoolVar(&l.failure, "failure", false, "it failed")
	f.DurationVar(&l.timeout, "timeout", 30*time.Second, "how long to wait for the answer")
	var actions []string
	for _, a := range counterfoil.Actions() {
		actions = append(actions, string(a))
	}
	complete(c, "action", actions, cobra.ShellCompDirectiveNoFileComp)
	need(c, "event")
	return c
}

// line words the event. What the trail would refuse is refused here.
func (l *logging) line(c *cobra.Command, args []string, now time.Time) ([]byte, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	e := counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(now), Host: host, Dialect: "jsonl/1", Service: counterfoil.ServiceName(l.svc),
		Name: counterfoil.ServiceName(l.event), Class: counterfoil.ClassApplication, Action: counterfoil.Action(l.action), User: l.user,
		Object: counterfoil.Object{Kind: l.kind, Name: l.object}}
	switch {
	case l.success:
		e.Outcome = counterfoil.Success
	case l.failure:
		e.Outcome = counterfoil.Failure
	}
	if l.aid != "" {
		if e.AID, err = counterfoil.ParseAID(l.aid); err != nil {
			return nil, misuse(c, "--aid: %w", err)
		}
	}
	if e.EventData, err = logData(args); err != nil {
		return nil, misuse(c, "%w", err)
	}
	if actions := counterfoil.Actions(); l.action != "" && !slices.Contains(actions, e.Action) {
		hint := "the TAB key lists it"
		var words []string
		for _, a := range actions {
			words = append(words, string(a))
		}
		if near := filter.Nearest(l.action, words); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return nil, misuse(c, "--action %q is not in the vocabulary: %s", l.action, hint)
	}
	if err := e.Check(); err != nil {
		return nil, misuse(c, "%w", err)
	}
	return append(counterfoil.AppendEvent(nil, &e), '\n'), nil
}

// logData makes event_data of the arguments: one message and any number of members.
func logData(args []string) (counterfoil.JSON, error) {
	if len(args) == 0 {
		return "", nil
	}
	var b counterfoil.Builder
	b.Object("")
	message := false
	for _, a := range args {
		key, value, ok := strings.Cut(a, "=")
		switch {
		case !ok && message:
			return "", fmt.Errorf("%q is a second message: quote a message of several words, and write members as KEY=VALUE", a)
		case !ok:
			b.String("message", a)
			message = true
		case strings.HasSuffix(key, ":"):
			v, err := counterfoil.Canonical(value)
			if err != nil {
				return "", fmt.Errorf("%q is no JSON: %w", a, err)
			}
			b.Value(strings.TrimSuffix(key, ":"), v)
		default:
			b.String(key, value)
		}
	}
	b.End()
	return b.JSON(), nil
}

func (l *logging) send(c *cobra.Command, ctx context.Context, env Env, line []byte) error {
	var answer io.ReadCloser
	var err error
	if l.server != "" {
		var s *server
		if s, err = newServer(l.server, l.token, env); err != nil {
			return err
		}
		answer, err = s.do(ctx, http.MethodPost, "/api/v1/events", nil, bytes.NewReader(line))
	} else {
		answer, err = l.dial(ctx, line)
	}
	if err != nil {
		return err
	}
	defer answer.Close()
	text, err := io.ReadAll(io.LimitReader(answer, 1<<20))
	if err != nil {
		return fmt.Errorf("no answer, so it is not known whether the event was kept: %w", err)
	}
	return logAnswer(env, text)
}

// dial sends the line over the socket and says that it was the last.
func (l *logging) dial(ctx context.Context, line []byte) (io.ReadCloser, error) {
	path := l.socket
	if path == "" {
		path = (&config.Config{DataDir: l.dataDir}).IngestSocket()
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		err = fmt.Errorf("%w: does `counterfoil run` run on this directory?", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reach the daemon: %w", err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		err = conn.SetDeadline(deadline)
	}
	if err == nil {
		_, err = conn.Write(line)
	}
	if err == nil {
		err = conn.(*net.UnixConn).CloseWrite()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("send the event: %w", err), conn.Close())
	}
	return conn, nil
}

// logAnswer reads what became of the one event.
func logAnswer(env Env, text []byte) error {
	var kept struct {
		First *uint64         `json:"first"`
		Taken json.RawMessage `json:"taken"` // a number, or an object beside an error
		Out   int             `json:"left_out"`
		refusal
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if err := json.Unmarshal(first, &kept); err != nil {
		return fmt.Errorf("the daemon's answer %q cannot be read, so it is not known whether the event was kept", text)
	}
	if kept.Out > 0 {
		return &exit{exitNo, errors.New("the policy in force leaves such events out of the trail: it is counted, not kept")}
	}
	if kept.Error.Kind != "" || string(kept.Taken) != "1" || kept.First == nil {
		return &exit{exitNo, fmt.Errorf("the daemon refused the event: %s", visible.Text(kept.Error.Message))}
	}
	fmt.Fprintln(env.Stdout, *kept.First)
	return nil
}
