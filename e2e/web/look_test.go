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

// What stands below the histogram can be read at every width: no time lies upon its neighbour.
func TestTicksApart(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	b.open("/?last=7d")
	apart(t, b)
	now := time.Now().UTC() // ten bars of a tenth of a second
	b.open("/?from=" + now.Add(-time.Second).Format("2006-01-02T15:04:05Z") + "&to=" + now.Format("2006-01-02T15:04:05Z"))
	apart(t, b)
	b.quiet()
}

func apart(t *testing.T, b *tab) {
	t.Helper()
	for _, width := range []int64{360, 390, 719, 721, 800, 1000, 1101, 1280} {
		b.size(width, 844)
		b.see("#plot")
		boxes := js[[]struct{ L, R float64 }](b, `[...document.querySelectorAll(".ticks text")].map((t) => t.getBoundingClientRect()).filter((r) => r.width).map((r) => ({L: r.left, R: r.right}))`)
		for i := 1; i < len(boxes); i++ {
			if boxes[i].L < boxes[i-1].R+4 {
				t.Errorf("%d pixels wide: time %d of %d begins at %.0f, before the end of its neighbour at %.0f", width, i+1, len(boxes), boxes[i].L, boxes[i-1].R)
			}
		}
		if len(boxes) < 2 {
			t.Errorf("%d pixels wide: %d times are shown", width, len(boxes))
		}
	}
}
