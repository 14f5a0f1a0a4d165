package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/trail"
)

// parseSize reads a number of bytes with a unit of 1024s: 512K, 2M, 10G, 1T, also KiB, MiB, …; B or nothing is bytes. What
// auditd of FreeBSD takes for something else than it says (lower-case units, "2 M", a sign) is an error.
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "BKMGTiabcdefghjklmnopqrstuvwxyz")
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size: write a whole number with K, M, G or T, such as 20M", s)
	}
	shift := 0
	switch unit := s[len(digits):]; unit {
	case "", "B":
	case "K", "KiB":
		shift = 10
	case "M", "MiB":
		shift = 20
	case "G", "GiB":
		shift = 30
	case "T", "TiB":
		shift = 40
	default:
		if near := strings.ToUpper(unit[:1]); strings.Contains("KMGT", near) {
			return 0, fmt.Errorf("%q: the unit %q is not known: %s%s is %s%siB", s, unit, digits, near, digits, near)
		}
		return 0, fmt.Errorf("%q: the unit %q is not one of K, M, G, T", s, unit)
	}
	if n > math.MaxInt64>>shift {
		return 0, fmt.Errorf("%q is more than there can be", s)
	}
	return int64(n) << shift, nil
}

// ages are the units of an age. y is 365 days, where FreeBSD's has 364.
var ages = map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "y": 365 * 24 * time.Hour}

// parseExpireAfter reads an age, a size, or one of each with AND or OR between.
func parseExpireAfter(s string) (e trail.ExpireAfter, err error) {
	words := strings.Fields(s)
	if s == "never" {
		return e, nil
	}
	switch len(words) {
	case 1:
		return e, addAmount(&e, words[0])
	case 3:
		switch strings.ToUpper(words[1]) {
		case "AND":
			e.Both = true
		case "OR":
		default:
			return e, fmt.Errorf("%q: between an age and a size stands AND or OR, not %q", s, words[1])
		}
		return e, errors.Join(addAmount(&e, words[0]), addAmount(&e, words[2]))
	case 2:
		if i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, "AND") || strings.EqualFold(w, "OR") }); i >= 0 {
			return e, fmt.Errorf("%q: an age and a size stand on the two sides of %s, such as 30d OR 50G", s, words[i])
		}
		return e, fmt.Errorf("%q: a number and its unit stand together: %s", s, strings.Join(words, ""))
	}
	return e, fmt.Errorf("%q: write an age such as 180d, a size such as 10G, both with AND or OR between, or never", s)
}

func addAmount(e *trail.ExpireAfter, word string) error {
	i := strings.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' })
	if i < 0 {
		return fmt.Errorf("%q has no unit: d for days, h, min, s, y; K, M, G, T for a size", word)
	}
	unit := word[i:]
	n, err := strconv.ParseInt(word[:i], 10, 32)
	if age, ok := ages[unit]; ok {
		switch {
		case err != nil || n == 0 || time.Duration(n) > math.MaxInt64/age:
			return fmt.Errorf("%q is not an age: it begins with a number from 1 on", word)
		case e.Age != 0:
			return fmt.Errorf("%q is a second age: one age and one size can be given", word)
		}
		e.Age = time.Duration(n) * age
		return nil
	}
	if lower := strings.ToLower(unit); unit != lower && ages[lower] != 0 {
		return fmt.Errorf("%q: ages have lower-case units: %s%s", word, word[:i], lower)
	}
	if unit == "m" {
		return fmt.Errorf("%q: minutes are min, mebibytes are M", word)
	}
	if unit == "" || strings.IndexByte("KMGTBkmgtb", unit[0]) < 0 {
		return fmt.Errorf("%q is neither an age nor a size: write a whole number with s, min, h, d or y, or with K, M, G or T", word)
	}
	size, err := parseSize(word)
	switch {
	case err != nil:
		return err
	case size == 0:
		return fmt.Errorf("%q would keep nothing", word)
	case e.Bytes != 0:
		return fmt.Errorf("%q is a second size: one age and one size can be given", word)
	}
	e.Bytes = size
	return nil
}
