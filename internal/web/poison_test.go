package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Two events at both ends of time, which any sender may send, leave the page usable.
func TestEndsOfTime(t *testing.T) {
	first, last := deletion(0, "ben", "/first"), deletion(0, "ben", "/last")
	first.Time = counterfoil.TimeOf(time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC))
	last.Time = counterfoil.TimeOf(time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC))
	d := newDesk(t, first, deletion(0, "ben", "/a"), last)
	d.login("anna", secret)
	for _, path := range []string{"/", "/?from=1678-01-01T00:00&to=2261-12-31T12:00", "/?from=1678-01-01T00:00", "/?to=2261-12-31T12:00"} {
		acts := len(d.acts(100))
		resp, text := d.get(path)
		var total, bars int
		for _, m := range regexp.MustCompile(`data-from="(....)[^"]*" data-to="(....)[^"]*" data-n="(\d+)"`).FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[3])
			total, bars = total+n, bars+1
			if m[1] < "1678" || m[2] > "2262" || m[1] > m[2] {
				t.Errorf("%s: a bar from %s to %s", path, m[1], m[2])
			}
		}
		if resp.StatusCode != 200 || bars < 2 || bars > maxBars || total != 3+acts || strings.Contains(text, "Counting took too long") {
			t.Errorf("%s: %s, %d events in %d bars", path, resp.Status, total, bars)
		}
	}
}

// An event of the greatest size is looked at without a page many times as large.
func TestLargestEvents(t *testing.T) {
	const size = 4 << 20
	user, data, deep := deletion(0, strings.Repeat("\x01", size/8), "/a"), deletion(1, "ben", "/b"), deletion(2, "ben", "/c")
	data.EventData = counterfoil.JSON(`{"x":"` + strings.Repeat("\x7f", size) + `"}`)
	deep.EventData = counterfoil.JSON(`{"x":` + strings.Repeat("[", 60) + strings.Repeat("1,", size/2) + `1` + strings.Repeat("]", 60) + `}`)
	d := newDesk(t, user, data, deep)
	d.login("anna", secret)
	for path, most := range map[string]int{"/": size / 8, "/event/0": size / 4, "/event/1": size / 4, "/event/2": size / 4, "/?sel=2": size / 4,
		"/event/0/text": 5 * size, "/event/1/text": 5 * size, "/event/2/text": 5 * size} {
		resp, text := d.get(path)
		if resp.StatusCode != 200 || len(text) > most {
			t.Errorf("%s: %s, %d bytes, want at most %d", path, resp.Status, len(text), most)
		}
		if strings.HasPrefix(path, "/event/") && !strings.HasSuffix(path, "text") && !strings.Contains(text, "JSON has") {
			t.Errorf("%s does not say that it shows a part", path)
		}
	}
}
