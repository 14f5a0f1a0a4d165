package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

const (
	forgettingFile = "keys/forgetting"
	forgettingHead = "counterfoil forgetting 1"
)

// forgetting is one that is under way: whom, and how far it came. It is kept beside the keys, signed, so that nobody without the
// trail's secret can have anybody forgotten, from before anything is done until everything is. A value never changes.
type forgetting struct {
	User   string
	Before uint64 // number from which on the user's records stay: they have another key
	Secret string // with it alone can be shown whom the certificate is about
	key    counterfoil.SubjectKey
	hasKey bool              // false: it is destroyed; or there was none, because what is left of the user was under hold
	event  counterfoil.Event // what the trail is told, but for what has to be counted
	said   bool              // it was told, as record number
	number uint64
	done   bool // but for the certificate
}

// subject says whom a forgetting is about, for whoever has the secret, and the name to compare with.
func subject(secret, user string) string {
	sum := sha256.Sum256([]byte(secret + ":" + user))
	return hex.EncodeToString(sum[:])
}

func (g *forgetting) text(origin string) string {
	var b counterfoil.Builder
	b.Object("")
	b.Uint("before", g.Before)
	b.Bool("done", g.done)
	b.String("event", string(counterfoil.AppendEvent(nil, &g.event)))
	if g.hasKey {
		b.String("key", hex.EncodeToString(g.key[:]))
	}
	if g.said {
		b.Uint("number", g.number)
	}
	b.String("secret", g.Secret)
	b.String("user", g.User)
	b.End()
	return fmt.Sprintf("%s\n%s\n%s\n", forgettingHead, origin, b.JSON())
}

// keepForgetting makes g the one that is under way.
func (t *Trail) keepForgetting(g *forgetting) error {
	msg, err := t.id.signer.Sign(g.text(t.Origin()))
	if err != nil {
		return err
	}
	return disk.WriteFile(t.fs, forgettingFile, msg)
}

// readForgetting reads the one that is under way; nil if there is none.
func readForgetting(fsys disk.FS, id *identity) (*forgetting, error) {
	msg, err := disk.ReadFile(fsys, forgettingFile, 32<<20)
	if isMissing(err) {
		return nil, nil
	}
	var text string
	if err == nil {
		text, err = openNote(msg, id.vkey)
	}
	var g *forgetting
	if err == nil {
		g, err = parseForgetting(text, id.origin)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", forgettingFile, err)
	}
	return g, nil
}

func parseForgetting(text, origin string) (*forgetting, error) {
	bad := errors.New("is that of another trail, or not in its one form")
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return nil, bad
	}
	j, err := counterfoil.Canonical(lines[2])
	if err != nil {
		return nil, err
	}
	g := &forgetting{User: j.Member("user").Text(), Secret: j.Member("secret").Text(), done: j.Member("done") == "true"}
	if g.event, err = counterfoil.ParseEvent(j.Member("event").Text()); err != nil {
		return nil, err
	}
	if key := j.Member("key"); key != "" {
		raw, err := hex.DecodeString(key.Text())
		if err != nil || len(raw) != len(g.key) {
			return nil, bad
		}
		g.key, g.hasKey = counterfoil.SubjectKey(raw), true
	}
	if _, err := fmt.Sscan(string(j.Member("before")), &g.Before); err != nil {
		return nil, bad
	}
	if n := j.Member("number"); n != "" {
		g.said = true
		if _, err := fmt.Sscan(string(n), &g.number); err != nil {
			return nil, bad
		}
	}
	if g.text(origin) != text {
		return nil, bad
	}
	return g, nil
}
