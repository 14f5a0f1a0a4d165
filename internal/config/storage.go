package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// leastFileSize is the smallest log that may be sealed for its size, as with FreeBSD's filesz.
const leastFileSize = 512 << 10

// checkStorage looks at where and how long records are kept.
func (s *source) checkStorage(c *Config) {
	t := &c.Trail
	if n, err := parseSize(t.FileSize); err != nil {
		s.atPath("$.trail.filesz", "filesz %v", err)
	} else if n != 0 && n < leastFileSize {
		s.atPath("$.trail.filesz", "filesz is %s: want at least 512K, or 0 for no limit", t.FileSize)
	}
	for i, d := range t.Dirs {
		at := fmt.Sprintf("$.trail.dirs[%d]", i)
		switch {
		case d.Path == "":
			s.atPath(at, "a directory needs a path")
		case slices.ContainsFunc(t.Dirs[:i], func(o Dir) bool { return filepath.Clean(o.Path) == filepath.Clean(d.Path) }):
			s.atPath(at+".path", "the directory %s is there twice", d.Path)
		}
		if d.MinFree < 0 || d.MinFree > 90 {
			s.atPath(at+".minfree", "minfree is %d: want a percentage from 0 to 90", d.MinFree)
		}
		if d.MinFreeBytes != "" {
			if _, err := parseSize(d.MinFreeBytes); err != nil {
				s.atPath(at+".minfree-bytes", "minfree-bytes %v", err)
			}
		}
	}
	if _, err := parseExpireAfter(t.Retention.ExpireAfter); err != nil {
		s.atPath("$.trail.retention.expire-after", "expire-after %v", err)
	}
	for i := range t.Retention.Rules {
		s.checkRule(c, i)
	}
	s.checkFull(t)
}

func (s *source) checkFull(t *Trail) {
	s.oneOf("$.trail.full.action", "action", t.Full.Action, trail.FullActions())
	if t.Full.Soft < 0 || t.Full.Soft > 90 {
		s.atPath("$.trail.full.soft", "soft is %d: want a percentage from 0 to 90", t.Full.Soft)
	}
	if n, err := parseSize(t.Full.Reserve); err != nil {
		s.atPath("$.trail.full.reserve", "reserve %v", err)
	} else if n < 1<<20 || n > 1<<30 {
		s.atPath("$.trail.full.reserve", "reserve is %s: want 1M to 1G, so that a full disk can be told of", t.Full.Reserve)
	}
	if len(t.Full.Command) > 0 && t.Full.Action != trail.Halt.String() {
		s.atPath("$.trail.full.command", "command is for the action halt: leave it out")
	}
	const least = 64 << 10 // less is a number whose unit was forgotten: the trail would be full before its first record
	if n, err := parseSize(t.Quota); err != nil {
		s.atPath("$.trail.quota", "quota %v", err)
	} else if n != 0 && n < least {
		s.atPath("$.trail.quota", "quota is %s bytes: want at least 64K, or 0 for none; a size has K, M, G or T behind it", t.Quota)
	}
	if t.QuotaWarning < 5 || t.QuotaWarning >= t.QuotaCritical || t.QuotaCritical > 99 {
		s.atPath("$.trail.quota-warning", "quota-warning is %d and quota-critical %d: want 5 or more, and the second greater, at most 99", t.QuotaWarning, t.QuotaCritical)
	}
}

func (s *source) checkRule(c *Config, i int) {
	r, at := &c.Trail.Retention.Rules[i], fmt.Sprintf("$.trail.retention.rules[%d]", i)
	if r.Category == "" && r.Input == "" {
		s.atPath(at, "a rule needs a category, an input, or both; what is for all records is retention.expire-after")
	}
	if r.Category != "" {
		s.oneOf(at+".category", "category", r.Category, categories())
	}
	// Records outlive the input that they came by, so that a name need not be configured; a slip of one is an error.
	if inputs := append(c.inputNames(), ownInputs...); r.Input != "" && !slices.Contains(inputs, r.Input) {
		if near := nearest(r.Input, inputs); near != "" {
			s.atPath(at+".input", "input %q: did you mean %q?", r.Input, near)
		}
	}
	if _, err := parseExpireAfter(r.ExpireAfter); err != nil {
		s.atPath(at, "expire-after %v", err)
	}
	same := func(o RetentionRule) bool {
		return (o.Category == "" || o.Category == r.Category) && (o.Input == "" || o.Input == r.Input)
	}
	if slices.ContainsFunc(c.Trail.Retention.Rules[:i], same) {
		s.atPath(at, "no record gets to this rule: one before it is for all that it is for")
	}
}

// ownInputs are the names that the program itself appends under.
var ownInputs = []string{"counterfoil", "http", "local"}

func (c *Config) inputNames() (names []string) {
	for _, in := range c.Inputs {
		names = append(names, in.Name)
	}
	return names
}

func categories() (names []string) {
	for c := counterfoil.Category(1); c.String() != ""; c++ {
		names = append(names, c.String())
	}
	return names
}

// Apply puts what the configuration says of storage into the options of a trail. The configuration was checked.
func (t *Trail) Apply(dataDir string, o *trail.Options) (err error) {
	o.SegmentRows, o.SealAge, o.CheckpointEvery, o.Dist = t.SegmentRows, t.SealAge, t.CheckpointEvery, t.Dist
	if o.FileSize, err = parseSize(t.FileSize); err != nil {
		return err
	}
	home, err := filepath.Abs(dataDir)
	if err != nil {
		return err
	}
	for _, d := range t.Dirs {
		dir := trail.Dir{FreePercent: d.MinFree}
		if d.MinFreeBytes != "" {
			n, err := parseSize(d.MinFreeBytes)
			if err != nil {
				return err
			}
			dir.FreeBytes = uint64(n)
		}
		if dir.Path, err = filepath.Abs(d.Path); err != nil {
			return err
		}
		if dir.Path == home {
			dir.Path = "."
		}
		o.Dirs = append(o.Dirs, dir)
	}
	if err := t.applySpace(o); err != nil {
		return err
	}
	if o.Retention.Default, err = parseExpireAfter(t.Retention.ExpireAfter); err != nil {
		return err
	}
	for _, r := range t.Retention.Rules {
		rule := trail.RetentionRule{Input: r.Input}
		if r.Category != "" {
			if rule.Category, err = counterfoil.ParseCategory(r.Category); err != nil {
				return err
			}
		}
		if rule.After, err = parseExpireAfter(r.ExpireAfter); err != nil {
			return err
		}
		o.Retention.Rules = append(o.Retention.Rules, rule)
	}
	return nil
}

func (t *Trail) applySpace(o *trail.Options) error {
	reserve, err := parseSize(t.Full.Reserve)
	quota, qerr := parseSize(t.Quota)
	o.Space = trail.Space{Action: trail.FullAction(slices.Index(trail.FullActions(), t.Full.Action)), Reserve: reserve, SoftPercent: t.Full.Soft,
		Quota: quota, Warning: t.QuotaWarning, Critical: t.QuotaCritical}
	return errors.Join(err, qerr)
}
