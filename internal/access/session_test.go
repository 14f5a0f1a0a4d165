package access

import (
	"context"
	"errors"
	"testing"
	"time"
)

// login makes the account anna and opens a session.
func login(t *testing.T, s *Store) (secret string) {
	t.Helper()
	ctx := context.Background()
	if err := s.CreateAccount(ctx, "anna", Auditor, goodPassword, ""); err != nil && !errors.Is(err, ErrTaken) {
		t.Fatal(err)
	}
	who, err := s.CheckPassword(ctx, "anna", goodPassword, "10.0.0.7")
	if err != nil {
		t.Fatal(err)
	}
	secret, session, err := s.StartSession(who)
	if err != nil || len(secret) != 43 || len(session.ID) != 16 || session.Name != "anna" {
		t.Fatalf("StartSession: %q, %+v, %v", secret, session, err)
	}
	return secret
}

func TestSessionEnds(t *testing.T) {
	ctx := context.Background()
	tests := map[string]func(*testing.T, *Store, *clock, string){
		"by logout":        func(t *testing.T, s *Store, _ *clock, secret string) { s.EndSession(secret) },
		"by idleness":      func(t *testing.T, s *Store, c *clock, _ string) { c.advance(time.Hour) },
		"with the account": func(t *testing.T, s *Store, _ *clock, _ string) { must(t, s.RemoveAccount("anna")) },
		"with the password": func(t *testing.T, s *Store, _ *clock, _ string) {
			must(t, s.SetPassword(ctx, "anna", "another good password"))
		},
		"though it is peeked at": func(t *testing.T, s *Store, c *clock, secret string) {
			for range 4 {
				if _, ok := s.PeekSession(secret); !ok {
					t.Fatal("ends too early")
				}
				c.advance(15 * time.Minute)
			}
		},
		"by age": func(t *testing.T, s *Store, c *clock, secret string) {
			for range 12*4 - 1 {
				c.advance(15 * time.Minute)
				if _, ok := s.Session(secret); !ok {
					t.Fatal("ends while it is used")
				}
			}
			c.advance(15 * time.Minute)
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			s, c := open(t, t.TempDir(), Options{})
			secret := login(t, s)
			if x, ok := s.Session(secret); !ok || x.Role != Auditor {
				t.Fatalf("Session: %+v, %v", x, ok)
			}
			end(t, s, c, secret)
			if x, ok := s.Session(secret); ok {
				t.Errorf("goes on: %+v", x)
			}
		})
	}
}

func TestSessionFollowsRole(t *testing.T) {
	s, _ := open(t, t.TempDir(), Options{})
	secret := login(t, s)
	must(t, s.SetRole("anna", Viewer))
	if x, ok := s.Session(secret); !ok || x.Role != Viewer {
		t.Errorf("after SetRole: %+v, %v", x, ok)
	}
	if _, ok := s.Session("no such secret"); ok {
		t.Error("any secret opens a session")
	}
	if _, _, err := s.StartSession(Identity{Name: "ci", Role: Admin, By: "token"}); !errors.Is(err, ErrCredentials) {
		t.Errorf("a token opens a session: %v", err)
	}
}

// Nobody who logs in with the old password at the moment of its change gets a session that outlives it.
func TestSessionNeedsTheSamePassword(t *testing.T) {
	ctx := context.Background()
	s, _ := open(t, t.TempDir(), Options{})
	must(t, s.CreateAccount(ctx, "anna", Admin, goodPassword, ""))
	who, err := s.CheckPassword(ctx, "anna", goodPassword, "10.0.0.7")
	must(t, err)
	must(t, s.SetPassword(ctx, "anna", "another good password"))
	if secret, _, err := s.StartSession(who); !errors.Is(err, ErrCredentials) {
		_, open := s.Session(secret)
		t.Errorf("after the change: %v, session open: %v", err, open)
	}
}

func TestSessionsAreForgotten(t *testing.T) {
	s, c := open(t, t.TempDir(), Options{})
	for range 5 {
		login(t, s)
		c.advance(2 * time.Hour)
	}
	if len(s.sessions) != 1 {
		t.Errorf("%d sessions are kept", len(s.sessions))
	}
}

func TestCSRF(t *testing.T) {
	s, _ := open(t, t.TempDir(), Options{})
	other, _ := open(t, t.TempDir(), Options{})
	a, b := login(t, s), login(t, s)
	if !s.CheckCSRF(a, s.CSRF(a)) {
		t.Error("refuses its own token")
	}
	for name, token := range map[string]string{"none": "", "another session's": s.CSRF(b), "another server's": other.CSRF(a), "the secret": a} {
		if s.CheckCSRF(a, token) {
			t.Errorf("takes %s", name)
		}
	}
	if s.CheckCSRF("", s.CSRF("")) {
		t.Error("takes a form without a session")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
