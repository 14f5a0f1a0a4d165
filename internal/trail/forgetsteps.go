package trail

import (
	"context"
	"fmt"
	"maps"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// advanceForgetting keeps how far the one under way came.
func (t *Trail) advanceForgetting(g *forgetting) error {
	if err := t.keepForgetting(g); err != nil {
		return t.storageError("forget", err)
	}
	now := *g // the caller goes on with its own
	t.committing.Lock()
	defer t.committing.Unlock()
	t.subjects.going = &now
	return nil
}

// resumeForgetting goes on with what was begun, if something was.
func (t *Trail) resumeForgetting(ctx context.Context) error {
	t.retiring.Lock()
	defer t.retiring.Unlock()
	if t.subjects.going == nil {
		return nil
	}
	_, err := t.finishForgetting(ctx)
	return err
}

// finishForgetting does what is left to do. Every step may be done again. The caller holds retiring.
func (t *Trail) finishForgetting(ctx context.Context) (*Forgotten, error) {
	g := *t.subjects.going
	if !g.done {
		if err := t.places.noDamaged(); err != nil { // a repair since
			return nil, err
		}
		if err := t.sealBefore(ctx); err != nil {
			return nil, err
		}
		if err := t.dropKey(&g); err != nil {
			return nil, err
		}
		if err := t.sayForgetting(ctx, &g); err != nil {
			return nil, err
		}
		if err := t.forgetHalves(ctx, &g); err != nil {
			return nil, err
		}
		// Now nothing needs the key: this is its last copy.
		g.done, g.hasKey, g.key = true, false, counterfoil.SubjectKey{}
		if err := t.advanceForgetting(&g); err != nil {
			return nil, err
		}
	}
	return t.certify(&g)
}

// sealBefore seals what waits to be sealed: the user's records are among it, or sealed already.
func (t *Trail) sealBefore(ctx context.Context) error {
	for t.ready() {
		if err := t.stopped(ctx); err != nil {
			return err
		}
		if err := t.sealOne(); err != nil {
			return t.storageError("seal a segment", err)
		}
	}
	return nil
}

// stopped says why what takes long is to stop.
func (t *Trail) stopped(ctx context.Context) error {
	select {
	case <-t.closing:
		return ErrClosed
	default:
		return ctx.Err()
	}
}

// dropKey takes the key out of the file of keys. One that the user's newer records have stays.
func (t *Trail) dropKey(g *forgetting) error {
	t.committing.Lock()
	defer t.committing.Unlock()
	if key, ok := t.subjects.keys[g.User]; ok && g.hasKey && key == g.key {
		delete(t.subjects.keys, g.User)
	}
	if err := t.subjects.rewrite(t.fs); err != nil {
		return t.storageError("keep subject keys", err)
	}
	return nil
}

// sayForgetting tells the trail what is about to be forgotten, once.
func (t *Trail) sayForgetting(ctx context.Context, g *forgetting) error {
	v := t.View()
	s, err := surveyOf(v, g.User, g.Before, t.Holds())
	if err != nil {
		return err
	}
	if err := t.keepHeld(s); err != nil {
		return err
	}
	if !g.said {
		number, known, err := t.eventOf(g)
		if err != nil {
			return err
		}
		if !known {
			g.word(s)
			r, err := t.Append(ctx, act.Via, []counterfoil.Event{g.event})
			if err != nil {
				return err
			}
			number = r.First
		}
		g.said, g.number = true, number
		if err := t.advanceForgetting(g); err != nil {
			return err
		}
	}
	if err := t.Checkpoint(); err != nil {
		return t.storageError("write checkpoint", err)
	}
	return nil
}

// word puts what was counted into the event.
func (g *forgetting) word(s *survey) {
	f := Forgotten{Before: g.Before, Records: s.Records, Held: s.Held, Ranges: s.Ranges, Subject: subject(g.Secret, g.User), Reason: g.event.EventData.Member("reason").Text()}
	g.event.Object.Name = fmt.Sprintf("%d records of one user", s.Records)
	var b counterfoil.Builder
	b.Object("")
	f.say(&b)
	b.End()
	g.event.EventData = b.JSON()
}

// eventOf finds the event of a forgetting that was appended before a crash, and takes what it says.
func (t *Trail) eventOf(g *forgetting) (number uint64, known bool, err error) {
	t.committing.Lock()
	number, known = t.window.lookup(g.event.AID)
	known = known && number < t.next
	t.committing.Unlock()
	if !known {
		return 0, false, nil
	}
	var rec counterfoil.Record
	if err := t.View().Record(number, &rec); err != nil && !isExpired(err) {
		return 0, false, err
	}
	if rec.AID != g.event.AID {
		return 0, false, nil
	}
	g.event = rec.Event
	return number, true, nil
}

// keepHeld keeps the salts of records that a hold keeps: their key is about to go.
func (t *Trail) keepHeld(s *survey) error {
	if len(s.held) == 0 {
		return nil
	}
	kept := maps.Clone(t.subjects.kept)
	if kept == nil {
		kept = map[uint64]counterfoil.Salt{}
	}
	for i := range s.held {
		salt, err := t.salt(&s.held[i])
		if err != nil {
			return errNoSalt(s.held[i].Seq, err)
		}
		kept[s.held[i].Seq] = salt
	}
	if err := t.keepSalts(kept); err != nil {
		return t.storageError("keep salts", err)
	}
	return nil
}

// forgetHalves takes the hidden halves out of all files.
func (t *Trail) forgetHalves(ctx context.Context, g *forgetting) error {
	if err := t.rewriteSpans(ctx, g); err != nil {
		return err
	}
	if err := t.deleteAgain(); err != nil {
		return t.storageError("forget", err)
	}
	if err := t.pruneSalts(); err != nil {
		return err
	}
	// What an incremental verification remembers may quote a record, and is of no use any more. What a crash or a full disk left of the
	// file of holds has their authors' names.
	for _, name := range []string{verifiedFile, verifiedFile + disk.TempSuffix, holdsFile + disk.TempSuffix} {
		if err := t.fs.Remove(name); err != nil && !isMissing(err) {
			return t.storageError("forget", err)
		}
	}
	// Names that were removed must not come back with a power cut: those of the log, and of strays that opening removed.
	dirs := []string{".", "wal", "keys", segmentDir, segmentDir + "/" + distDir}
	for _, p := range t.places[1:] {
		for _, d := range []string{p.within, p.file(distDir)} {
			if err := p.fs.SyncDir(d); err != nil && !isMissing(err) {
				return t.storageError("forget", err)
			}
		}
	}
	for _, d := range dirs {
		if err := t.fs.SyncDir(d); err != nil && !isMissing(err) {
			return t.storageError("forget", err)
		}
	}
	return nil
}

// pruneSalts drops the salts of records that have been forgotten, or have expired.
func (t *Trail) pruneSalts() error {
	v := t.View()
	kept := maps.Clone(t.subjects.kept)
	for seq := range kept {
		var rec counterfoil.Record
		if err := v.Record(seq, &rec); err != nil && !isExpired(err) {
			return err
		} else if err != nil || rec.IsForgotten() {
			delete(kept, seq)
		}
	}
	if err := t.keepSalts(kept); err != nil {
		return t.storageError("keep salts", err)
	}
	return nil
}

// certify writes the certificate and ends it.
func (t *Trail) certify(g *forgetting) (*Forgotten, error) {
	f, err := parseForgotten(g.event.EventData)
	if err != nil {
		return nil, err
	}
	f.Event, f.At = g.number, counterfoil.TimeOf(t.opts.Now()).String()
	note, err := t.id.signer.Sign(f.text(t.Origin()))
	if err == nil {
		err = t.fs.MkdirAll(forgottenDir)
	}
	if err == nil {
		err = disk.WriteFile(t.fs, certificateName(f.Event), note)
	}
	if err == nil {
		err = t.fs.Remove(forgettingFile)
	}
	if err == nil {
		err = t.fs.SyncDir("keys")
	}
	if err != nil {
		return nil, t.storageError("forget", err)
	}
	t.committing.Lock()
	defer t.committing.Unlock()
	t.subjects.going = nil
	f.Secret, f.Certificate = g.Secret, string(note)
	return &f, nil
}
