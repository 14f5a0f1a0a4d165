package web_test

import (
	"testing"
	"time"
)

// TestLook takes the pictures that people compare with the sketch; it fails if the browser complains of anything.
func TestLook(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "")
	b.open("/")
	b.see("form.login")
	b.picture("login")
	b = newTab(t, s, "anna")
	b.picture("all")
	b.search("user = anna and not svc = COUNTERFOIL")
	b.click(".r:not(.gap) > a")
	b.see("#pane h1")
	b.click("#check")
	b.see(".proof.verified")
	b.picture("light")
	b.dark(true)
	b.picture("dark")
	b.quiet()
}
