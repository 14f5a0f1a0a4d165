package ocsf

import (
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

type encoder struct {
	w io.Writer
	b counterfoil.Builder
}

// Encode writes the object that r came as, if it was OCSF, or else one of ours.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	line := r.Raw
	loss, ok := carry.Again(Dialect, &r.Event, line)
	if !ok && r.Dialect == Dialect.ID() {
		line = string(r.EventData) // the same object in canonical form
		if loss, ok = carry.Again(Dialect, &r.Event, line); ok && r.Raw != "" {
			loss = append(loss, "raw")
		}
	}
	if !ok {
		loss = carry.Loss(Dialect, &r.Event)
		line = string(e.object(r))
	}
	_, err := io.WriteString(e.w, line+"\n")
	return loss, err
}

func (*encoder) Close() error { return nil }

// object makes the object of a record.
func (e *encoder) object(r *counterfoil.Record) counterfoil.JSON {
	e.b.Reset()
	w := writer{&e.b, &r.Event}
	at := rowOf(w.e)
	c := classes[at.class]
	name := c.activities[at.activity]
	if at.activity == other {
		name = string(at.action)
	}
	level := severities[carry.LevelOf(w.e)]
	w.b.Object("")
	w.b.Int("activity_id", int64(at.activity))
	w.b.String("activity_name", name)
	w.b.String("category_name", c.category)
	w.b.Int("category_uid", int64(at.class/1000))
	w.b.String("class_name", c.caption)
	w.b.Int("class_uid", int64(at.class))
	w.text("message", w.e.SentenceText())
	w.metadata(r, c)
	w.text("raw_data", w.e.Raw)
	w.b.String("severity", level.caption)
	w.b.Int("severity_id", int64(level.id))
	w.status(at)
	w.b.Int("time", int64(w.e.Time)/1e6)
	w.b.String("type_name", c.caption+": "+name)
	w.b.Int("type_uid", int64(at.class*100+at.activity))
	w.b.Object("unmapped")
	appendOwn(w.b, w.e)
	w.b.End()
	if c.host {
		w.actor("actor")
		w.device("device")
	}
	w.class(at)
	w.b.End()
	return w.b.JSON()
}

// class writes the attributes of the class beside those that all classes share.
func (w writer) class(at row) {
	o := &w.e.Object
	switch at.class {
	case fileActivity:
		w.file("file", o.Name, o.ID)
		if o.To != "" {
			w.file("file_result", o.To, "")
		}
	case kernelDriver:
		w.b.Object("driver")
		w.file("file", o.Name, "")
		w.b.End()
	case processActive:
		w.process()
	case eventLog:
		w.text("log_name", o.Name)
		w.text("log_provider", w.e.Service)
		w.source()
	case finding:
		w.findingInfo(at)
	case accountChange:
		w.user("user", o.Name, o.ID)
		w.source()
	case authenticate:
		w.authentication()
	case entityManage:
		w.b.Object("entity")
		w.text("name", known(o.Name, o.ID))
		w.text("type", o.Kind)
		w.text("uid", o.ID)
		w.b.End()
		w.source()
	case userAccess:
		w.b.Array("privileges") // of which kind they are is in event_data, in the words of the source
		w.b.String("", unknown)
		w.b.End()
		w.user("user", o.Name, o.ID)
		w.source()
	case network:
		w.destination(o.Name)
		w.source()
	case smb:
		w.destination("")
		w.text("share", o.Name)
		w.source()
	case lifecycle:
		w.b.Object("app")
		w.text("name", known(o.Name, w.e.Service))
		w.b.String("vendor_name", unknown)
		w.b.End()
	case apiActivity:
		w.actor("actor")
		w.b.Object("api")
		w.text("operation", w.e.Name)
		w.b.Object("service")
		w.text("name", w.e.Service)
		w.b.End()
		w.b.End()
		w.endpoint("src_endpoint", w.e.Addr)
		w.endpoint("dst_endpoint", w.e.Host)
	}
}
