package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/peertest"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"counterfoil": main})
}

// The scripts are the command line's tests and its manual by example.
func TestScripts(t *testing.T) {
	python, err := peertest.Verifier()
	peertest.Demand(t, "verifier", err)
	filter := exec.Command("unshare", "--net", "nft", "list", "ruleset").Run()
	peertest.Demand(t, "netfilter", filter)
	testscript.Run(t, testscript.Params{Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			verifier, err := filepath.Abs("../../docs/format/verify.py")
			env.Vars = append(env.Vars, "PYTHON="+python, "VERIFIER="+verifier)
			return err
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "verifier":
				return python != "", nil
			case "netfilter":
				return filter == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "freeport": freeport, "await": await, "setenvfile": setenvfile, "retry": retry, "post": post, "seq": seq, "flip": flip, "signal": signal,
			"setenvjson": setenvjson, "expand": expand, "send": send,
		}})
}

// status runs a command and checks its exit code, which `!` does not tell: status CODE COMMAND ARG…
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE COMMAND ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// freeport sets the variable named to a TCP port of the loopback that nobody listens on: freeport NAME
func freeport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: freeport NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	ts.Check(l.Close())
}

// await waits until a URL answers 200, and prints what it answers: await URL
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await URL")
	}
	var last error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		r, err := http.Get(args[0])
		if last = err; err != nil {
			continue
		}
		text, err := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode == 200 && err == nil {
			fmt.Fprint(ts.Stdout(), string(text))
			return
		}
		last = errors.New(r.Status)
	}
	ts.Fatalf("%s does not answer: %v", args[0], last)
}

// setenvfile sets the variable named to a file's text without its last line end: setenvfile NAME FILE
func setenvfile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenvfile NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile(args[1]), "\n"))
}

// setenvjson sets the variable named to a string in the object that the last command printed: setenvjson NAME KEY
func setenvjson(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenvjson NAME KEY")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	text, ok := object[args[1]].(string)
	if !ok {
		ts.Fatalf("%s is no string in it", args[1])
	}
	ts.Setenv(args[0], text)
}

// expand puts the values of variables into a file: expand FILE
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// retry runs a command until it succeeds, for what another process does soon: retry COMMAND ARG…
func retry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: retry COMMAND ARG…")
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if ts.Exec(args[0], args[1:]...) == nil {
			return
		}
	}
	ts.Fatalf("%v does not succeed", args)
}

// post sends a file to a URL with the token in $COUNTERFOIL_TOKEN and checks the status: post STATUS URL FILE
func post(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: post STATUS URL FILE")
	}
	r, err := http.NewRequest("POST", args[1], strings.NewReader(ts.ReadFile(args[2])))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+ts.Getenv("COUNTERFOIL_TOKEN"))
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), string(text))
	if got := strconv.Itoa(answer.StatusCode); got != args[0] {
		ts.Fatalf("status %s, want %s", got, args[0])
	}
}

// send sends a file's bytes to an address, over tcp as one connection, over udp as one datagram: send NETWORK ADDRESS FILE
func send(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: send NETWORK ADDRESS FILE")
	}
	c, err := net.Dial(args[0], args[1])
	ts.Check(err)
	_, err = io.WriteString(c, ts.ReadFile(args[2]))
	ts.Check(err)
	ts.Check(c.Close())
}

// seq sets the variable named to the sequence number in the message that the last command printed: seq NAME
func seq(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: seq NAME")
	}
	var message struct{ Seq *uint64 }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &message))
	if message.Seq == nil {
		ts.Fatalf("no seq in the message")
	}
	ts.Setenv(args[0], strconv.FormatUint(*message.Seq, 10))
}

// flip changes one bit of the one file that a pattern names, at a byte offset: flip PATTERN OFFSET
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip PATTERN OFFSET")
	}
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if len(files) != 1 {
		ts.Fatalf("%d files are named %s", len(files), args[0])
	}
	b, err := os.ReadFile(files[0])
	ts.Check(err)
	b[at] ^= 1
	ts.Check(os.WriteFile(files[0], b, 0o600))
}

// signal sends HUP, TERM or KILL to the one command in the background: signal NAME
func signal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	cmds := ts.BackgroundCmds()
	if neg || len(args) != 1 || signals[args[0]] == nil || len(cmds) != 1 {
		ts.Fatalf("usage: signal HUP|TERM|KILL, with one command in the background; there are %d", len(cmds))
	}
	ts.Check(cmds[0].Process.Signal(signals[args[0]]))
}
