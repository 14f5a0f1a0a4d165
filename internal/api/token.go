package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
)

// tokens serves GET /api/v1/tokens.
func (c *call) tokens() error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	if err := c.record(act.Token, counterfoil.ConfigRead, counterfoil.Object{Kind: "token", Name: "the tokens"}, nil); err != nil {
		return err
	}
	all, err := c.opts.Access.Tokens()
	if err != nil {
		return err
	}
	return c.json(200, map[string][]access.Entry{"tokens": all})
}

// maxTokenBody is the longest body of POST /api/v1/tokens.
const maxTokenBody = 4 << 10

type newToken struct {
	Name  string      `json:"name"`
	Role  access.Role `json:"role"`
	Token string      `json:"token,omitempty"`
}

// createToken serves POST /api/v1/tokens. A token whose making cannot be recorded is taken back before anybody sees it.
func (c *call) createToken() error {
	var t newToken
	if err := c.body(&t, `{"name":"…","role":"…"}`); err != nil {
		return err
	}
	if t.Token != "" {
		return &Error{Kind: KindBody, Parameter: "token", Message: "the server makes the token: leave it out"}
	}
	secret, err := c.opts.Access.CreateToken(t.Name, t.Role, c.who.Name)
	if err != nil {
		return err
	}
	if err := c.changed(t.Name, "created", t.Role); err != nil {
		return errors.Join(err, c.opts.Access.RevokeToken(t.Name))
	}
	t.Token = secret
	return c.json(http.StatusCreated, t)
}

// revokeToken serves DELETE /api/v1/tokens/{name}.
func (c *call) revokeToken() error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	name := c.r.PathValue("name")
	all, err := c.opts.Access.Tokens()
	if err != nil {
		return err
	}
	var role access.Role
	for _, t := range all {
		if t.Name == name {
			role = t.Role
		}
	}
	if role == "" {
		return &Error{Kind: KindNotFound, Parameter: "name", Message: fmt.Sprintf("there is no token %q", name)}
	}
	if err := c.changed(name, "revoked", role); err != nil {
		return err
	}
	if err := c.opts.Access.RevokeToken(name); err != nil && !errors.Is(err, access.ErrNotFound) {
		return fmt.Errorf("revoke token %s, which the trail says is revoked: %w", name, err)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// changed records a change of a token.
func (c *call) changed(name, verb string, role access.Role) error {
	return c.record(act.Token, counterfoil.AuditAccess, counterfoil.Object{Kind: "token", Name: name}, func(b *counterfoil.Builder) {
		b.String("change", verb)
		b.String("token_role", string(role))
	})
}

// body reads one JSON object, of the form wanted, of a request that has no parameters: who writes dry_run there must not think it was heard.
func (c *call) body(v any, want string) error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxTokenBody))
	if err != nil {
		return err
	}
	if err := keysOnce(text); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return &Error{Kind: KindBody, Message: "want " + want + ": " + err.Error()}
	}
	if _, err := d.Token(); err != io.EOF { // More takes a stray } or ] for an end
		return &Error{Kind: KindBody, Message: "want one object " + want + " and nothing behind it"}
	}
	return nil
}

// keysOnce refuses an object in which a key stands twice, or in other letters: encoding/json takes the last of them, and DRY_RUN for dry_run. What
// is no JSON is left to it.
func keysOnce(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil
		}
		switch {
		case seen[key]:
			return &Error{Kind: KindBody, Parameter: key, Message: fmt.Sprintf("key %q stands twice", key)}
		case strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "":
			return &Error{Kind: KindBody, Parameter: key, Message: fmt.Sprintf("there is no key %q here: all are in small letters from a to z", key)}
		}
		seen[key] = true
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil
		}
	}
	return nil
}
