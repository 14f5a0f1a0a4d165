package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/counterfoil/counterfoil/proof"
)

// Client asks a witness for cosignatures.
type Client struct {
	url      string
	verifier note.Verifier
	http     *http.Client
	old      uint64 // size that the witness is believed to have cosigned last
}

// NewClient makes the client of a witness from its submission prefix, a URL, and its verifier key.
func NewClient(url, vkey string, c *http.Client) (*Client, error) {
	v, err := proof.NewWitnessVerifier(vkey)
	if err != nil {
		return nil, err
	}
	return &Client{url: strings.TrimSuffix(url, "/"), verifier: v, http: c}, nil
}

// Name is that of the witness's key.
func (c *Client) Name() string { return c.verifier.Name() }

// Cosign asks for a cosignature of the newest checkpoint. grow gives the proof that it contains the one of old records,
// and its size; it is called again where the witness stands elsewhere. The line that Cosign gives was checked. For one
// goroutine.
func (c *Client) Cosign(ctx context.Context, grow func(old uint64) (g *proof.Growth, size uint64, err error)) (line []byte, err error) {
	for range 2 {
		g, size, err := grow(c.old)
		if err != nil {
			return nil, fmt.Errorf("witness %s: %w", c.Name(), err)
		}
		line, err := c.ask(ctx, g)
		if err == nil {
			c.old = size
			return line, nil
		}
		conflict, ok := errors.AsType[*ConflictError](err)
		if !ok || conflict.Size == c.old {
			return nil, fmt.Errorf("witness %s: %w", c.Name(), err)
		}
		c.old = conflict.Size
	}
	return nil, fmt.Errorf("witness %s: it moved on while it was asked", c.Name())
}

// ask makes one request.
func (c *Client) ask(ctx context.Context, g *proof.Growth) (line []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/add-checkpoint", bytes.NewReader(g.Marshal()))
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 16<<10))
	if err != nil {
		return nil, err
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return c.check(g, body)
	case http.StatusConflict:
		if size, err := strconv.ParseUint(strings.TrimSuffix(string(body), "\n"), 10, 63); err == nil {
			return nil, &ConflictError{size}
		}
	}
	return nil, fmt.Errorf("it answers %s: %.200q", answer.Status, body)
}

// check takes the line of our witness from the answer; those of other keys are ignored, as the protocol demands.
func (c *Client) check(g *proof.Growth, body []byte) (line []byte, err error) {
	text, _, _ := bytes.Cut(g.Checkpoint, []byte("\n\n"))
	n, err := note.Open(append(append(bytes.Clone(text), '\n', '\n'), body...), note.VerifierList(c.verifier))
	if err == nil && n.Text != string(text)+"\n" { // what it answers may make the text longer
		err = errors.New("it is that of another text")
	}
	if err != nil {
		return nil, fmt.Errorf("its cosignature is wrong: %w", err)
	}
	return fmt.Appendf(nil, "— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}
