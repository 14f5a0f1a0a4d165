package trail

import (
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// watchSpace warns before a directory is full or the quota is used up, once each time.
func (t *Trail) watchSpace(now time.Time) {
	if now.Sub(t.watched) < 10*time.Second && now.After(t.watched) {
		return
	}
	t.watched = now
	soft, hard, n := 0, 0, 0
	for _, p := range t.places.filling(t.opts.Dirs) {
		n++
		if err := t.usable(p); err != nil {
			t.level("getacdir", p.shown, true, err.Error())
			continue
		}
		t.level("getacdir", p.shown, false, "it is there")
		free, total, err := p.fs.Space()
		if err != nil {
			t.opts.Log.Warn("free space", "directory", p.shown, "err", err)
			continue
		}
		isHard := free <= p.floor(total) && p.floor(total) > 0
		isSoft := isHard || free < total/100*uint64(t.opts.Space.SoftPercent)
		t.level("soft", p.shown, isSoft, fmt.Sprintf("%d bytes are free", free))
		t.level("hard", p.shown, isHard, fmt.Sprintf("%d bytes are free", free))
		if isSoft {
			soft++
		}
		if isHard {
			hard++
		}
	}
	t.level("allsoft", "", soft == n, "no directory has more free space than the soft limit")
	if q := &t.opts.Space; q.Quota > 0 {
		used := t.used()
		what := fmt.Sprintf("%d of %d bytes are used", used, q.Quota)
		t.level("quota-warning", "", used >= q.Quota/100*int64(q.Warning), what)
		t.level("quota-critical", "", used >= q.Quota/100*int64(q.Critical), what)
		if used >= q.Quota {
			t.noteFull(errQuota)
		}
	}
}

// level says that a limit is passed, or not any more, when that changes.
func (t *Trail) level(event, dir string, passed bool, detail string) {
	key := event + " " + dir
	if t.levels[key] == passed {
		return
	}
	t.levels[key] = passed
	action := counterfoil.AlarmClear
	if passed {
		action = counterfoil.AlarmRaise
		t.opts.Warn(event, dir)
		t.opts.Log.Warn("space", "limit", event, "directory", dir, "detail", detail)
	}
	e := t.opts.Act(act.Space, action, true, counterfoil.Object{Kind: "disk", Name: event, ID: dir}, func(b *counterfoil.Builder) { b.String("detail", detail) })
	t.committing.Lock()
	err := t.commitOwn(e)
	t.committing.Unlock()
	if err != nil {
		t.opts.Log.Error("a warning of space could not be recorded", "err", err)
	}
}
