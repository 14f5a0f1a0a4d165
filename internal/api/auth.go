package api

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
)

// letIn finds out who asks and whether the route is for them. Who is turned away is recorded.
func (c *call) letIn() error {
	if err := c.identify(); err != nil {
		if errors.Is(err, errNoToken) || errors.Is(err, access.ErrCredentials) {
			c.denied(counterfoil.AuthAttempt, err.Error(), "")
		}
		return err
	}
	return c.need(c.route.right)
}

var errNoToken = errors.New("no token was given")

func (c *call) identify() (err error) {
	scheme, secret, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		c.who, err = c.opts.Access.CheckToken(strings.TrimSpace(secret))
		return err
	}
	// A page of another site can make a browser send the cookie, but not read the answer to a GET; it must not change.
	if c.opts.Session != nil && (c.r.Method == http.MethodGet || c.r.Method == http.MethodHead) {
		if s, ok := c.opts.Session(c.r); ok {
			c.who, c.session = s.Identity, s.ID
			return nil
		}
	}
	return errNoToken
}

// still says why a caller who was let in may not read on: the token was revoked meanwhile, the account removed, the role taken away.
func (c *call) still() error {
	if err := c.identify(); err != nil {
		return err
	}
	if !c.who.Role.May(c.route.right) {
		return errNoRight
	}
	return nil
}

var errNoRight = errors.New("the role does not have the right any more")

// need refuses, and records it, unless the caller has right x.
func (c *call) need(x access.Right) error {
	if c.who.Role.May(x) {
		return nil
	}
	c.denied(counterfoil.AuthAuthorize, "role "+string(c.who.Role)+" may not "+x.String(), x.String())
	return &Error{Kind: KindForbidden, Message: c.who.By + " " + c.who.Name + " has role " + string(c.who.Role) + ", which may not " + x.String()}
}

// remote is the address that the request came from, without port.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
