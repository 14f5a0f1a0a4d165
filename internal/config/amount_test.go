package config

import (
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/trail"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "7": 7, "7B": 7, "512K": 512 << 10, "2M": 2 << 20, "2MiB": 2 << 20, "3G": 3 << 30, "1T": 1 << 40} {
		if got, err := parseSize(s); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", s, got, err, want)
		}
	}
	// All of these are taken by FreeBSD's auditd for something else than they say, or refused without a word.
	for _, s := range []string{"", "-1", "2 M", " 2M", "2m", "2MB", "1.5M", "5P", "99999999999999999999", "9999999999T", "M", "0x10"} {
		if got, err := parseSize(s); err == nil {
			t.Errorf("%q is taken for %d", s, got)
		}
	}
}

func TestParseExpireAfter(t *testing.T) {
	const day = 24 * time.Hour
	for s, want := range map[string]trail.ExpireAfter{
		"180d": {Age: 180 * day}, "10G": {Bytes: 10 << 30}, "1y": {Age: 365 * day}, "30min": {Age: 30 * time.Minute}, "never": {},
		"60d AND 1G": {Age: 60 * day, Bytes: 1 << 30, Both: true}, "1G and 60d": {Age: 60 * day, Bytes: 1 << 30, Both: true},
		"60d or 5G": {Age: 60 * day, Bytes: 5 << 30},
	} {
		got, err := parseExpireAfter(s)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", s, got, err, want)
		}
		if again, err := parseExpireAfter(got.String()); err != nil || again != want {
			t.Errorf("%q is written as %q", s, got)
		}
	}
	// ../shared/reference/bsm.md §2.5: refused, or taken for another thing, by FreeBSD's auditd.
	for _, s := range []string{"", "10", "10 M", "60 d AND 1G", "1d OR 2d", "1G AND 2G", "60D OR 5G", "60d or 5g", "30m", "60d XOR 1G", "60d AND 1",
		"60dAND1G", "0d", "0G", "-1d", "1.5d", "10MB", "60d AND", "d", "99999999999d", "1d 2G", "60d AND 1G OR 2G"} {
		if got, err := parseExpireAfter(s); err == nil {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
}

// What is wrong is said of what stands there: a missing half is no unit, and a word may be meant for an age.
func TestExpireAfterMistakes(t *testing.T) {
	for s, want := range map[string]string{
		"30d OR":  `"30d OR": an age and a size stand on the two sides of OR, such as 30d OR 50G`,
		"and 30d": `"and 30d": an age and a size stand on the two sides of and, such as 30d OR 50G`,
		"30 d":    `"30 d": a number and its unit stand together: 30d`,
		"10w":     `"10w" is neither an age nor a size: write a whole number with s, min, h, d or y, or with K, M, G or T`,
		"1.5d":    `"1.5d" is neither an age nor a size: write a whole number with s, min, h, d or y, or with K, M, G or T`,
		"5Q":      `"5Q" is neither an age nor a size: write a whole number with s, min, h, d or y, or with K, M, G or T`,
		"10MB":    `"10MB": the unit "MB" is not known: 10M is 10MiB`,
	} {
		if _, err := parseExpireAfter(s); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
}
