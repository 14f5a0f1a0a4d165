package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// Session is a login to the web. Sessions live in memory: a restart ends them all.
type Session struct {
	Identity
	ID      string    // a public name for it, for the trail's sess; it opens nothing
	Started time.Time //
	Used    time.Time // last
}

// StartSession opens a session for an account that was just recognised by CheckPassword. secret is for the cookie: 256
// random bits in base64url; only its hash is kept. It fails with ErrCredentials if the account went, or its password
// changed, since it was recognised.
func (s *Store) StartSession(who Identity) (secret string, session Session, err error) {
	var b [32]byte
	rand.Read(b[:])
	secret = base64.RawURLEncoding.EncodeToString(b[:])
	var id [8]byte
	rand.Read(id[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	i := find(s.accounts.entries, who.Name)
	if i < 0 || who.By != "account" || s.accounts.entries[i].Password != who.password {
		return "", Session{}, ErrCredentials
	}
	now := s.opts.Now()
	s.expire(now)
	session = Session{who, hex.EncodeToString(id[:]), now, now}
	s.sessions[sha256.Sum256([]byte(secret))] = &session
	return secret, session, nil
}

// Session gives the session of a cookie's secret and counts as a use of it. It ends by idleness, by age, when the
// account's password changes and when the account goes; its role is the account's at this moment.
func (s *Store) Session(secret string) (Session, bool) { return s.session(secret, true) }

// PeekSession is Session without being a use: a page that refreshes itself keeps nobody logged in.
func (s *Store) PeekSession(secret string) (Session, bool) { return s.session(secret, false) }

func (s *Store) session(secret string, use bool) (Session, bool) {
	if s.Refresh() != nil {
		return Session{}, false
	}
	key := sha256.Sum256([]byte(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.sessions[key]
	if session == nil {
		return Session{}, false
	}
	now := s.opts.Now()
	i := find(s.accounts.entries, session.Name)
	if i < 0 || s.accounts.entries[i].Password != session.password || s.over(session, now) {
		delete(s.sessions, key)
		return Session{}, false
	}
	session.Role = s.accounts.entries[i].Role
	if use {
		session.Used = now
	}
	return *session, true
}

// EndSession ends a session, if there is one.
func (s *Store) EndSession(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, sha256.Sum256([]byte(secret)))
}

// CSRF gives the token that a form of this session must carry: an HMAC of its secret. It serves as well for the login
// form, with a random cookie in place of the secret.
func (s *Store) CSRF(secret string) string {
	m := hmac.New(sha256.New, s.csrf[:])
	m.Write([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// CheckCSRF reports whether token is the session's, in constant time.
func (s *Store) CheckCSRF(secret, token string) bool {
	return secret != "" && hmac.Equal([]byte(token), []byte(s.CSRF(secret)))
}

func (s *Store) over(x *Session, now time.Time) bool {
	return now.Sub(x.Used) >= s.opts.Idle || now.Sub(x.Started) >= s.opts.Absolute
}

// expire drops the sessions that are over.
func (s *Store) expire(now time.Time) {
	for k, x := range s.sessions {
		if s.over(x, now) {
			delete(s.sessions, k)
		}
	}
}
