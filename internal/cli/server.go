package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/daemon"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// server asks a daemon over its HTTP interface. What is asked so is an event in its trail.
type server struct {
	base, token string
	client      *http.Client
}

func newServer(base, token string, env Env) (*server, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, &exit{exitMisuse, fmt.Errorf("--server %q is no URL such as http://127.0.0.1:8470", base)}
	}
	if token == "" {
		token = env.Getenv("COUNTERFOIL_TOKEN")
	}
	if token == "" {
		return nil, &exit{exitMisuse, errors.New("--server wants a token: --token or $COUNTERFOIL_TOKEN; `counterfoil token create` makes one")}
	}
	return &server{strings.TrimRight(base, "/"), token, &http.Client{}}, nil
}

// refusal is the body of an answer that is no success, over HTTP and on the socket.
type refusal struct {
	Error struct {
		Kind      string `json:"kind"`
		Parameter string `json:"parameter"`
		Message   string `json:"message"`
		Text      string `json:"text"`
		Hint      string `json:"hint"`
	} `json:"error"`
}

// do sends a request and gives the body of its success.
func (s *server) do(ctx context.Context, method, path string, params url.Values, body io.Reader) (io.ReadCloser, error) {
	answer, err := s.ask(ctx, method, path, params, body)
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// ask sends a request and gives the answer, if it is a success.
func (s *server) ask(ctx context.Context, method, path string, params url.Values, body io.Reader) (*http.Response, error) {
	address := s.base + path
	if len(params) > 0 {
		address += "?" + params.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return answer, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read the daemon's answer (%s): %w", answer.Status, err)
	}
	return nil, refused(answer.Status, text)
}

// refused words an answer that is no success, and gives it the exit code of its kind.
func refused(status string, text []byte) error {
	var r refusal
	if json.Unmarshal(text, &r) != nil {
		r = refusal{} // somebody else answered, such as a proxy: its words are shown as they are
	}
	message := r.Error.Message
	// What a question did not find is named by its parameter. Without one it is the address that is not there: no answer.
	nothingThere := r.Error.Kind == "not_found" && r.Error.Parameter == ""
	switch {
	case nothingThere:
		message += ": the URL is the daemon's address alone, such as http://127.0.0.1:8470"
	case r.Error.Text != "":
		message = r.Error.Text
	case r.Error.Hint != "":
		message += ": " + r.Error.Hint
	case message == "" && bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")):
		message = "a page and no answer of the API: the URL is the daemon's address alone, such as http://127.0.0.1:8470"
	case message == "":
		message = strings.TrimSpace(string(text))
	}
	code := exitTrouble
	switch r.Error.Kind {
	case "parameter", "query", "body", "bad_line", "bad_field", "line_too_long":
		code = exitMisuse
	case "not_found", "expired", "conflict":
		if !nothingThere {
			code = exitNo
		}
	}
	return &exit{code, fmt.Errorf("the daemon says %s: %s", status, visibleLines(message))}
}

// visibleLines is visible for text of several lines.
func visibleLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = visible.Text(l)
	}
	return strings.Join(lines, "\n")
}

func (q *question) params() url.Values {
	p := url.Values{}
	if text := cmp.Or(q.sent, q.text); text != "" {
		p.Set("q", text)
	}
	if q.from != 0 {
		p.Set("from", q.from.String())
	}
	if q.to != 0 {
		p.Set("to", q.to.String())
	}
	return p
}

func (s *server) search(ctx context.Context, q *question, yield func(*counterfoil.Record) bool) error {
	p := q.params()
	p.Set("limit", strconv.Itoa(q.limit))
	if q.before != 0 {
		p.Set("before", strconv.FormatUint(q.before, 10))
	}
	if q.oldest {
		p.Set("order", "oldest")
	}
	return s.records(ctx, "/api/v1/events", p, yield)
}

func (s *server) follow(ctx context.Context, q *question, size uint64, yield func(*counterfoil.Record) bool) error {
	p := q.params()
	p.Set("after", strconv.FormatInt(int64(size)-1, 10))
	if q.shown {
		p.Set("shown", "true")
	}
	err := s.records(ctx, "/api/v1/follow", p, yield)
	if err == nil {
		err = errors.New("the daemon ended the answer: it is stopping")
	}
	return err
}

// readMessage reads a record, or an event that is only shown: it has no place in the trail and no time received.
func readMessage(line string) (counterfoil.Record, error) {
	r, err := counterfoil.ParseRecord(line)
	var field *counterfoil.FieldError
	if errors.As(err, &field) && field.Reason == "is missing" {
		e, err := counterfoil.ParseEvent(line)
		return counterfoil.Record{Event: e}, err
	}
	return r, err
}

// records reads an answer of canonical messages, one a line; empty lines say that the daemon lives.
func (s *server) records(ctx context.Context, path string, p url.Values, yield func(*counterfoil.Record) bool) error {
	body, err := s.do(ctx, http.MethodGet, path, p, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	r := bufio.NewReaderSize(body, 1<<16)
	for {
		line, err := r.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" && err == nil {
			record, perr := readMessage(line)
			if perr != nil {
				return fmt.Errorf("read the daemon's answer: %w", perr)
			}
			if !yield(&record) {
				return nil
			}
		}
		switch {
		case err == io.EOF && line == "":
			return nil
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("the daemon's answer breaks off: %w", err)
		}
	}
}

func (s *server) count(ctx context.Context, q *question, by string) ([]search.Bucket, error) {
	p := q.params()
	// The daemon reads one number and one unit; 1h30m and 90.5m are lengths of time here.
	if group, err := grouping(by); err == nil && group.Every > 0 && group.Every%time.Second == 0 {
		by = strconv.FormatInt(int64(group.Every/time.Second), 10) + "s"
	}
	p.Set("by", by)
	answer, err := s.json(ctx, "/api/v1/count", p)
	if err != nil {
		return nil, err
	}
	var buckets []search.Bucket
	for group := range answer.Member("groups").Elements() {
		for b := range group.Member("buckets").Elements() {
			n, err := strconv.ParseUint(b.Member("count").Text(), 10, 64)
			failures, ferr := strconv.ParseUint(b.Member("failures").Text(), 10, 64)
			if err := errors.Join(err, ferr); err != nil {
				return nil, fmt.Errorf("read the daemon's answer: %w", err)
			}
			buckets = append(buckets, search.Bucket{Key: b.Member("key").Text(), Count: n, Failures: failures})
		}
	}
	return buckets, nil
}

// json reads an answer whose strings may be any bytes, as canonical messages have them.
func (s *server) json(ctx context.Context, path string, p url.Values) (counterfoil.JSON, error) {
	body, err := s.do(ctx, http.MethodGet, path, p, nil)
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return "", fmt.Errorf("read the daemon's answer: %w", err)
	}
	v, err := counterfoil.Canonical(string(text))
	if err != nil {
		return "", fmt.Errorf("read the daemon's answer: %w", err)
	}
	return v, nil
}

func (s *server) record(ctx context.Context, seq uint64) (*counterfoil.Record, error) {
	body, err := s.do(ctx, http.MethodGet, "/api/v1/events/"+strconv.FormatUint(seq, 10), nil, nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read the daemon's answer: %w", err)
	}
	r, err := counterfoil.ParseRecord(strings.TrimSpace(string(text)))
	return &r, err
}

func (s *server) prove(ctx context.Context, seq uint64, _ string) ([]byte, error) {
	body, err := s.do(ctx, http.MethodGet, fmt.Sprintf("/api/v1/events/%d/proof", seq), nil, nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

func (s *server) evidence(ctx context.Context, q *question, _ string) ([]byte, error) {
	body, err := s.do(ctx, http.MethodGet, "/api/v1/evidence", q.params(), nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// export copies the answer as the daemon encodes it.
func (s *server) export(ctx context.Context, q *question, format string, w io.Writer) (dialect.Loss, error) {
	p := q.params()
	p.Set("limit", strconv.Itoa(q.limit))
	p.Set("format", format)
	p.Set("order", "oldest")
	answer, err := s.ask(ctx, http.MethodGet, "/api/v1/events", p, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(w, answer.Body); err != nil {
		return nil, fmt.Errorf("the daemon's answer breaks off: %w", err)
	}
	const header = "X-Counterfoil-Loss" // of a long answer it is a trailer
	return strings.Fields(answer.Header.Get(header) + " " + answer.Trailer.Get(header)), nil
}

func (s *server) status(ctx context.Context) (*daemon.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	body, err := s.do(ctx, http.MethodGet, "/api/v1/status", nil, nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var st daemon.Status
	if err := json.NewDecoder(body).Decode(&st); err != nil {
		return nil, fmt.Errorf("read the daemon's answer: %w", err)
	}
	return &st, nil
}

func (s *server) rotate(ctx context.Context) ([]api.Rotated, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	body, err := s.do(ctx, http.MethodPost, "/api/v1/rotate", nil, nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var answer struct {
		Rotated []api.Rotated `json:"rotated"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the daemon's answer: %w", err)
	}
	return answer.Rotated, nil
}

func (s *server) size(ctx context.Context) (uint64, error) {
	st, err := s.status(ctx)
	if err != nil {
		return 0, err
	}
	return st.Records, nil
}

func (s *server) close() error { return nil }
