package segment

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// TestLanes makes signatures of pages that have as many keys as each other, and of some that have very different numbers: no key is missed, and of
// keys that no page has about as few are found.
func TestLanes(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, c := range []struct {
		name  string
		keys  func(p int) int
		pages int
		least float64 // of a million asked of a page, so many may have it
		most  float64
		lanes uint64
	}{
		{"even", func(int) int { return 2000 }, 64, 50, 350, 64},
		{"one page", func(int) int { return 2000 }, 1, 50, 350, 1},
		{"dense pages", func(p int) int { return 1500 + p%8/7*4500 }, 64, 50, 600, 80},
		{"one of all", func(p int) int { return 100 + p/63*100_000 }, 64, 0, 300, 114},
		{"none", func(int) int { return 0 }, 33, 0, 0, 33},
	} {
		var b signatureBuilder
		var all [][]uint64
		for p := range c.pages {
			b.page()
			keys := make([]uint64, c.keys(p))
			for i := range keys {
				keys[i] = rng.Uint64()
			}
			if p == 0 && len(keys) > 0 {
				keys[0] = 0
			}
			b.addAll(keys)
			all = append(all, keys)
		}
		s := b.finish(rng.Uint64())
		if s.width != c.lanes || !s.valid() {
			t.Errorf("%s: %d lanes, want %d: %d", c.name, s.width, c.lanes, s.lanes)
		}
		for p, keys := range all {
			for _, h := range keys {
				if pages, err := s.pages(h); err != nil || pages>>p&1 == 0 {
					t.Fatalf("%s: page %d has %x, the signature says %b, %v", c.name, p, h, pages, err)
				}
			}
		}
		const asked = 100_000
		vain := 0
		for range asked {
			pages, err := s.pages(rng.Uint64())
			if err != nil || pages>>(c.pages-1)>>1 != 0 {
				t.Fatalf("%s: %b, %v", c.name, pages, err)
			}
			for ; pages != 0; pages &= pages - 1 {
				vain++
			}
		}
		if got := float64(vain) / float64(asked*c.pages) * 1e6; got < c.least || got > c.most {
			t.Errorf("%s: %.0f of a million are found in vain, want %.0f to %.0f", c.name, got, c.least, c.most)
		}
	}
}

// However the keys are spread, there is a lane for each page, room for all lanes, and no lane has much more keys than the mean of the pages.
func TestLanesFor(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		keys, total := make([]int, 1+rng.IntN(MaxPages)), 0
		for p := range keys {
			keys[p] = rng.IntN(1 << rng.IntN(22))
			total += keys[p]
		}
		lanes := lanesFor(keys)
		for p, n := range lanes {
			if n < 1 || float64(keys[p])/float64(n) > 1.2*float64(total)/float64(len(keys))+1 {
				t.Fatalf("%d lanes for page %d of %d", lanes, p, keys)
			}
		}
		if w := widthOf(lanes); len(lanes) != len(keys) || w > mostLanes || w >= 2*uint64(len(keys)) {
			t.Fatalf("%d lanes for %d pages", w, len(keys))
		}
	}
}

// Files have much in common. No key that none of them has is found in vain in many pages because of where it stands.
func TestNoKeyIsUnlucky(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	common := make([]uint64, 300) // a third of the keys of a page
	for i := range common {
		common[i] = rng.Uint64()
	}
	const files, pages, asked = 12, 32, 3000
	var all []signature
	for range files {
		var b signatureBuilder
		for range pages {
			b.page()
			b.addAll(common)
			for range 600 {
				b.add(rng.Uint64())
			}
		}
		all = append(all, b.finish(rng.Uint64()))
	}
	worst, sum := 0, 0
	for range asked {
		key, vain := rng.Uint64(), 0
		for i := range all {
			found, err := all[i].pages(key)
			if err != nil {
				t.Fatal(err)
			}
			vain += bits.OnesCount64(found)
		}
		worst, sum = max(worst, vain), sum+vain
	}
	const most = files * pages / 16
	if sum == 0 || worst > most {
		t.Errorf("of %d pages a key is found in vain in %d, on average in %.2f: want at most %d", files*pages, worst, float64(sum)/asked, most)
	}
	t.Logf("of %d pages: at worst %d, on average %.2f", files*pages, worst, float64(sum)/asked)
}
