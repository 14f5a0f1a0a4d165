package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil/internal/access"
)

// visitor is who sent a request.
type visitor struct {
	access.Session
	secret string // of the cookie
	addr   string
}

const (
	sessionCookie = "counterfoil"
	formCookie    = "counterfoil-form" // stands in for the session in the login form's CSRF token
	maxForm       = 64 << 10           // bytes of a form
)

// cookieName gives the name that a browser only takes for a cookie of this very host over TLS, where there is TLS.
func cookieName(r *http.Request, name string) string {
	if secure(r) {
		return "__Host-" + name
	}
	return name
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string) {
	c := &http.Cookie{Name: cookieName(r, name), Value: value, Path: "/", HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteStrictMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// visitor gives who is logged in, and counts as a use of the session.
func (s *Web) visitor(r *http.Request) (visitor, bool) {
	return visitorBy(r, s.opts.Access.Session)
}

// peek is visitor for what goes on by itself.
func (s *Web) peek(r *http.Request) (visitor, bool) {
	return visitorBy(r, s.opts.Access.PeekSession)
}

func visitorBy(r *http.Request, find func(secret string) (access.Session, bool)) (visitor, bool) {
	secret := cookie(r, sessionCookie)
	if secret == "" {
		return visitor{}, false
	}
	session, ok := find(secret)
	return visitor{session, secret, remote(r)}, ok
}

// need serves an answer to visitors who have a right, and the login form to those who are not known.
func (s *Web) need(right access.Right, f func(w http.ResponseWriter, r *http.Request, v visitor) error) http.Handler {
	return s.open(func(w http.ResponseWriter, r *http.Request) error {
		find := s.visitor
		if r.Header.Get("Last-Event-ID") != "" { // a browser takes a live tail up again by itself
			find = s.peek
		}
		v, ok := find(r)
		if !ok {
			return s.sendToLogin(w, r)
		}
		if !v.Role.May(right) {
			if err := s.denied(r, v, right); err != nil {
				return err
			}
			return problem(http.StatusForbidden, fmt.Sprintf("Your role (%s) does not include the right to %s. An administrator can change it.", v.Role, right))
		}
		return f(w, r, v)
	})
}

func (s *Web) sendToLogin(w http.ResponseWriter, r *http.Request) error {
	h := r.Header
	switch mode := h.Get("Sec-Fetch-Mode"); {
	case mode == "navigate" && h.Get("Sec-Fetch-Site") == "cross-site":
		// A link from elsewhere: the browser kept a SameSite=Strict cookie back. A page that asks again from here gets it.
		return s.write(w, http.StatusOK, "again", page{Title: "Opening", Body: local(r.URL.RequestURI())})
	case mode != "" && mode != "navigate":
		return problem(http.StatusUnauthorized, "You are not logged in, or no longer.")
	}
	v := url.Values{}
	if u := r.URL.RequestURI(); u != "/" {
		v.Set("next", u)
	}
	http.Redirect(w, r, link("/login", v), http.StatusSeeOther)
	return nil
}

type loginPage struct {
	Name, Next, Token, Problem string
	Clear                      bool // the connection is not encrypted
}

func (s *Web) loginForm(w http.ResponseWriter, r *http.Request) error {
	if _, ok := s.visitor(r); ok {
		http.Redirect(w, r, local(r.URL.Query().Get("next")), http.StatusSeeOther)
		return nil
	}
	return s.showLogin(w, r, http.StatusOK, loginPage{Next: r.URL.Query().Get("next")})
}

func (s *Web) showLogin(w http.ResponseWriter, r *http.Request, status int, p loginPage) error {
	secret := cookie(r, formCookie)
	if secret == "" {
		secret = rand.Text()
		setCookie(w, r, formCookie, secret)
	}
	p.Token = s.opts.Access.CSRF(secret)
	p.Next = local(p.Next)
	return s.write(w, status, "login", page{Title: "Log in", Body: p})
}

// local gives an address of this site, "/" for any other.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(u.Path, "/login") || strings.HasPrefix(u.Path, "/logout") {
		return "/"
	}
	return next
}

func (s *Web) login(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return problem(http.StatusBadRequest, "The login form could not be read.")
	}
	p := loginPage{Name: r.PostForm.Get("name"), Next: r.PostForm.Get("next")}
	if inClear(r) {
		p.Problem = "This connection is not encrypted, so you cannot log in over it, and the password you sent could be read on the way. Use HTTPS, or a tunnel to this machine, and change that password."
		return s.showLogin(w, r, http.StatusForbidden, p)
	}
	if !s.opts.Access.CheckCSRF(cookie(r, formCookie), r.PostForm.Get("token")) {
		p.Problem = "The form had been open too long, or your browser does not keep cookies. Try again."
		return s.showLogin(w, r, http.StatusForbidden, p)
	}
	who, err := s.opts.Access.CheckPassword(r.Context(), p.Name, r.PostForm.Get("password"), remote(r))
	if err != nil {
		return s.refuseLogin(w, r, p, err)
	}
	secret, session, err := s.opts.Access.StartSession(who)
	if err != nil {
		return s.refuseLogin(w, r, p, err)
	}
	if err := s.recordLogin(r, session.Name, session.ID, nil); err != nil {
		s.opts.Access.EndSession(secret)
		return err
	}
	setCookie(w, r, sessionCookie, secret)
	setCookie(w, r, formCookie, "")
	http.Redirect(w, r, local(p.Next), http.StatusSeeOther)
	return nil
}

func (s *Web) refuseLogin(w http.ResponseWriter, r *http.Request, p loginPage, cause error) error {
	var slow *access.ThrottledError
	status := http.StatusUnauthorized
	switch {
	case errors.Is(cause, access.ErrCredentials):
		p.Problem = "Name or password is wrong."
	case errors.As(cause, &slow):
		wait := int(math.Ceil(slow.RetryAfter.Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		p.Problem = fmt.Sprintf("Too many failed logins. Try again in %s.", plural(uint64(wait), "second"))
		status = http.StatusTooManyRequests
	default:
		return trouble(http.StatusServiceUnavailable, "Accounts cannot be checked at the moment. The log of counterfoil says why.", cause)
	}
	if err := s.recordLogin(r, p.Name, "", cause); err != nil {
		return err
	}
	return s.showLogin(w, r, status, p)
}

func (s *Web) logout(w http.ResponseWriter, r *http.Request) error {
	v, ok := s.visitor(r)
	if !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || !s.opts.Access.CheckCSRF(v.secret, r.PostForm.Get("token")) {
		return problem(http.StatusForbidden, "The page had been open too long. Reload it, then log out again.")
	}
	s.opts.Access.EndSession(v.secret)
	setCookie(w, r, sessionCookie, "")
	if err := s.recordLogout(r, v); err != nil {
		return err
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}
