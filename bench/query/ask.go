package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/template"
)

// asker gives a function that asks query id, reads the whole answer, and gives its rows and its start.
func asker(o *options, id string, params map[string]string) (ask func() (int, string, error), text string, err error) {
	t, ok := queries[o.peer][id]
	if !ok {
		return nil, "", fmt.Errorf("there is no such query")
	}
	var b strings.Builder
	if err := template.Must(template.New(id).Funcs(funcs).Parse(t)).Execute(&b, params); err != nil {
		return nil, "", err
	}
	text = b.String()
	request, err := requester(o, text)
	if err != nil {
		return nil, "", err
	}
	count := lines
	if strings.HasPrefix(text, "/api/v1/count") {
		count = buckets
	}
	return func() (int, string, error) {
		req, err := request()
		if err != nil {
			return 0, "", err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 {
			body, err := io.ReadAll(io.LimitReader(resp.Body, 500))
			return 0, "", fmt.Errorf("%s: %s %w", resp.Status, body, err)
		}
		return count(resp.Body)
	}, text, nil
}

var defaults = map[string]string{
	"counterfoil": "http://127.0.0.1:8470",
	"vl":          "http://127.0.0.1:29428/select/logsql/query",
	"ch":          "http://127.0.0.1:28123/",
}

// requester gives a function that makes the peer's HTTP request of a query.
func requester(o *options, text string) (func() (*http.Request, error), error) {
	base := cmp.Or(o.url, defaults[o.peer])
	if path, ok := strings.CutPrefix(text, "GET "); ok {
		return get(base, path)
	}
	switch o.peer {
	case "counterfoil":
		return func() (*http.Request, error) {
			req, err := http.NewRequest("GET", base+text, nil)
			if err == nil {
				req.Header.Set("Authorization", "Bearer "+o.token)
			}
			return req, err
		}, nil
	case "vl":
		form := "query=" + url.QueryEscape(text)
		if limit, rest, ok := strings.Cut(text, "!"); ok && strings.HasPrefix(limit, "limit=") {
			form = "query=" + url.QueryEscape(rest) + "&" + limit
		}
		return func() (*http.Request, error) {
			req, err := http.NewRequest("POST", base, strings.NewReader(form))
			if err == nil {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			return req, err
		}, nil
	case "ch":
		return func() (*http.Request, error) { return http.NewRequest("POST", base, strings.NewReader(text)) }, nil
	}
	return nil, fmt.Errorf("peer %q: want counterfoil, vl or ch", o.peer)
}

// get gives a function that asks for another path of a server.
func get(base, path string) (func() (*http.Request, error), error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	u.Path = path
	return func() (*http.Request, error) { return http.NewRequest("GET", u.String(), nil) }, nil
}

const headBytes = 300

// lines counts the lines of an answer that are not blank.
func lines(r io.Reader) (n int, head string, err error) {
	br := bufio.NewReaderSize(r, 1<<18)
	whole := true // the piece at hand begins a line
	for {
		b, err := br.ReadSlice('\n')
		if whole && len(bytes.TrimSpace(b)) > 0 {
			n++
		}
		whole = err != bufio.ErrBufferFull
		if len(head) < headBytes {
			head += string(b[:min(len(b), headBytes)])
		}
		if err == io.EOF {
			return n, head, nil
		} else if err != nil && whole {
			return n, head, err
		}
	}
}

// buckets counts the groups of an answer of /api/v1/count.
func buckets(r io.Reader) (n int, head string, err error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return 0, "", err
	}
	var answer struct {
		Groups []struct{ Buckets []json.RawMessage }
	}
	err = json.Unmarshal(b, &answer)
	for _, g := range answer.Groups {
		n += len(g.Buckets)
	}
	return n, string(b[:min(len(b), headBytes)]), err
}
