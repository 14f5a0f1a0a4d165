package access

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clock is a clock that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

const goodPassword = "correct horse battery"

// open opens a store whose password hashing is cheap.
func open(t *testing.T, dir string, opts Options) (*Store, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	opts.Now = c.now
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	s.hash.params = params{64, 1, 1}
	return s, c
}

func TestRoles(t *testing.T) {
	want := map[Role]string{Admin: "send read export change", Auditor: "read export", Viewer: "read", Sender: "send", "": "", "root": ""}
	for role, rights := range want {
		var got []string
		for x, word := range []string{"send", "read", "export", "change"} {
			if role.May(Right(x)) {
				got = append(got, word)
			}
		}
		if strings.Join(got, " ") != rights {
			t.Errorf("%q may %v, want %s", role, got, rights)
		}
	}
	if _, err := ParseRole("root"); err == nil || !strings.Contains(err.Error(), "auditor") {
		t.Errorf("ParseRole(root): %v does not name the roles", err)
	}
}

func TestTokens(t *testing.T) {
	dir := t.TempDir()
	s, c := open(t, dir, Options{})
	secret, err := s.CreateToken("ci", Sender, "anna")
	if err != nil {
		t.Fatal(err)
	}
	if len(secret) != len(TokenPrefix)+secretDigits || !strings.HasPrefix(secret, "cf_") {
		t.Errorf("secret %q has another form", secret)
	}
	if who, err := s.CheckToken(secret); err != nil || who != (Identity{Name: "ci", Role: Sender, By: "token"}) {
		t.Errorf("CheckToken: %v, %v", who, err)
	}
	for _, wrong := range []string{"", "cf_", secret[:len(secret)-1], secret + "0", strings.ToUpper(secret), digest(secret)} {
		if _, err := s.CheckToken(wrong); !errors.Is(err, ErrCredentials) {
			t.Errorf("CheckToken(%q): %v", wrong, err)
		}
	}
	if _, err := s.CreateToken("ci", Admin, ""); !errors.Is(err, ErrTaken) {
		t.Errorf("a second token of one name: %v", err)
	}
	var input *InputError
	for _, name := range []string{"", " ci", "-ci", "a/b", "a\nb", "ä", strings.Repeat("a", 65)} {
		if _, err := s.CreateToken(name, Admin, ""); !errors.As(err, &input) || input.Field != "name" {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, err := s.CreateToken("x", "root", ""); !errors.As(err, &input) || input.Field != "role" {
		t.Errorf("unknown role: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "access", "tokens.json"))
	if err != nil || strings.Contains(string(text), secret) || !strings.Contains(string(text), digest(secret)) {
		t.Errorf("tokens.json (%v): %s", err, text)
	}
	info, err := os.Stat(filepath.Join(dir, "access", "tokens.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("tokens.json: %v, %v", info.Mode(), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "access", "*new*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files stay: %v, %v", left, err)
	}
	all, err := s.Tokens()
	if err != nil || len(all) != 1 || all[0] != (Entry{"ci", Sender, c.t, "anna"}) {
		t.Errorf("Tokens: %v, %v", all, err)
	}
	if err := s.RevokeToken("ci"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckToken(secret); !errors.Is(err, ErrCredentials) {
		t.Errorf("a revoked token: %v", err)
	}
	if err := s.RevokeToken("ci"); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoke twice: %v", err)
	}
}

func TestOtherProcess(t *testing.T) {
	dir := t.TempDir()
	var noticed []Notice
	daemon, c := open(t, dir, Options{Changed: func(n []Notice) { noticed = append(noticed, n...) }})
	other, _ := open(t, dir, Options{})
	secret, err := other.CreateToken("ci", Sender, "UID:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.CheckToken(secret); err != nil {
		t.Errorf("a token that another process just made: %v", err)
	}
	if err := other.RevokeToken("ci"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.CreateToken("ci", Admin, "UID:0"); err != nil {
		t.Fatal(err)
	}
	// A change of its own must not undo what it has not yet seen.
	if _, err := daemon.CreateToken("mine", Viewer, "anna"); err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.CheckToken(secret); !errors.Is(err, ErrCredentials) {
		t.Errorf("revoked elsewhere: %v", err)
	}
	c.advance(refreshEvery)
	if err := daemon.Refresh(); err != nil {
		t.Fatal(err)
	}
	want := []Notice{{"token", "created", "ci", Sender, "UID:0"}, {"token", "changed", "ci", Admin, "UID:0"}}
	if fmt.Sprint(noticed) != fmt.Sprint(want) {
		t.Errorf("noticed %v, want %v", noticed, want)
	}
	reopened, _ := open(t, dir, Options{})
	if all, err := reopened.Tokens(); err != nil || len(all) != 2 {
		t.Errorf("after all that: %v, %v", all, err)
	}
}

func TestUnreadableLetsNobodyIn(t *testing.T) {
	dir := t.TempDir()
	s, c := open(t, dir, Options{})
	secret, err := s.CreateToken("ci", Sender, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "access", "tokens.json")
	for text, want := range map[string]string{"{": "tokens.json", `{"version":2}`: "version 2"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c.advance(refreshEvery)
		for range 2 { // the second answer comes from memory
			_, err = s.CheckToken(secret)
			if err == nil || errors.Is(err, ErrCredentials) || !strings.Contains(err.Error(), want) {
				t.Errorf("with %s: %v", text, err)
			}
		}
		if _, err := Open(dir, Options{}); err == nil {
			t.Errorf("Open reads %s", text)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	c.advance(refreshEvery)
	if _, err := s.CheckToken(secret); !errors.Is(err, ErrCredentials) {
		t.Errorf("with the file removed: %v", err)
	}
}

func TestConcurrentChanges(t *testing.T) {
	dir := t.TempDir()
	const stores, each = 4, 8
	done := make(chan error, stores)
	for i := range stores {
		s, _ := open(t, dir, Options{})
		go func() {
			var errs []error
			for j := range each {
				_, err := s.CreateToken(fmt.Sprintf("t%d.%d", i, j), Viewer, "")
				errs = append(errs, err)
			}
			done <- errors.Join(errs...)
		}()
	}
	for range stores {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	s, _ := open(t, dir, Options{})
	if all, err := s.Tokens(); err != nil || len(all) != stores*each {
		t.Errorf("%d tokens of %d are there (%v)", len(all), stores*each, err)
	}
}

func TestAccounts(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, _ := open(t, dir, Options{})
	var input *InputError
	if err := s.CreateAccount(ctx, "anna", Auditor, "short", ""); !errors.As(err, &input) || input.Field != "password" {
		t.Errorf("a short password: %v", err)
	}
	if err := s.CreateAccount(ctx, "anna", "king", goodPassword, ""); !errors.As(err, &input) || input.Field != "role" {
		t.Errorf("an unknown role: %v", err)
	}
	if err := s.CreateAccount(ctx, "anna", Auditor, goodPassword, "admin"); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateAccount(ctx, "anna", Auditor, goodPassword, "admin"); !errors.Is(err, ErrTaken) {
		t.Errorf("the same name again: %v", err)
	}
	check := func(name, password, addr string, want error) {
		t.Helper()
		if _, err := s.CheckPassword(ctx, name, password, addr); !errors.Is(err, want) {
			t.Errorf("CheckPassword(%s, %s): %v, want %v", name, password, err, want)
		}
	}
	who, err := s.CheckPassword(ctx, "anna", goodPassword, "10.0.0.7")
	if err != nil || who.Name != "anna" || who.Role != Auditor || who.By != "account" {
		t.Errorf("CheckPassword: %v, %v", who, err)
	}
	check("anna", goodPassword+"x", "10.0.0.1", ErrCredentials)
	check("anna", strings.Repeat("x", maxPassword+1), "10.0.0.2", ErrCredentials)
	check("bert", goodPassword, "10.0.0.3", ErrCredentials)
	check("", "", "10.0.0.4", ErrCredentials)
	if err := s.SetPassword(ctx, "anna", "another good password"); err != nil {
		t.Fatal(err)
	}
	check("anna", goodPassword, "10.0.0.5", ErrCredentials)
	check("anna", "another good password", "10.0.0.5", nil)
	if err := s.SetPassword(ctx, "bert", goodPassword); !errors.Is(err, ErrNotFound) {
		t.Errorf("SetPassword of nobody: %v", err)
	}
	reopened, _ := open(t, dir, Options{})
	if _, err := reopened.CheckPassword(ctx, "anna", "another good password", ""); err != nil {
		t.Errorf("after opening again: %v", err)
	}
	if err := s.RemoveAccount("anna"); err != nil {
		t.Fatal(err)
	}
	check("anna", "another good password", "10.0.0.6", ErrCredentials)
}

func TestEnsureAdmin(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, _ := open(t, dir, Options{})
	if _, err := os.Stat(filepath.Join(dir, "access")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open made something: %v", err)
	}
	password, created, err := s.EnsureAdmin(ctx, "admin")
	if err != nil || !created || len(password) != 24 {
		t.Fatalf("EnsureAdmin: %q, %v, %v", password, created, err)
	}
	if who, err := s.CheckPassword(ctx, "admin", password, ""); err != nil || who.Role != Admin {
		t.Errorf("the first login: %v, %v", who, err)
	}
	if password, created, err := s.EnsureAdmin(ctx, "admin"); err != nil || created || password != "" {
		t.Errorf("EnsureAdmin again: %q, %v, %v", password, created, err)
	}
}

func TestDefaultHashIsArgon2id(t *testing.T) {
	h := newHasher()
	phc, err := h.make(context.Background(), goodPassword)
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Fatalf("%s, %v", phc, err)
	}
	if ok, err := h.check(context.Background(), phc, goodPassword); !ok || err != nil {
		t.Errorf("check: %v, %v", ok, err)
	}
	// A vector of the reference implementation's test.c: argon2id, m=2^16, t=2, p=1.
	const vector = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := h.check(context.Background(), vector, "password"); !ok || err != nil {
		t.Errorf("vector: %v, %v", ok, err)
	}
}

func TestParsePHC(t *testing.T) {
	for _, bad := range []string{"", "x", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=1$!!$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64$c29tZXNhbHQ$AAAA"} {
		if _, _, _, err := parsePHC(bad); err == nil {
			t.Errorf("parsePHC(%q) has no complaint", bad)
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	h := newHasher()
	var release []func()
	for range hashesAtOnce {
		r, err := h.acquire(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		release = append(release, r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	waiting := make(chan error, hashesWaiting)
	for range hashesWaiting - hashesAtOnce {
		go func() { _, err := h.acquire(ctx); waiting <- err }()
	}
	for len(h.queue) < hashesWaiting {
		time.Sleep(time.Millisecond)
	}
	var throttled *ThrottledError
	if _, err := h.acquire(context.Background()); !errors.As(err, &throttled) {
		t.Errorf("one too many: %v", err)
	}
	cancel()
	for range hashesWaiting - hashesAtOnce {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that gave up: %v", err)
		}
	}
	for _, r := range release {
		r()
	}
	if len(h.queue) != 0 || len(h.slots) != 0 {
		t.Errorf("%d callers and %d slots stay taken", len(h.queue), len(h.slots))
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir, Options{})
	if _, err := s.CreateToken("ci", Sender, "UID:0"); err != nil {
		t.Fatal(err)
	}
	if err := Check(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "access", "tokens.json")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		text[i] ^= 1 << (i % 8)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Check(dir); err == nil {
			t.Errorf("byte %d: not found", i)
		}
		text[i] ^= 1 << (i % 8)
	}
}
