package router

import (
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// metrics is the member that holds the records where Telegraf writes several as one object.
const metrics = "metrics"

// stream reads a JSON object: an item of the t128_events stream, {"name":…,"tags":{…},"fields":{…},"timestamp":…}, or the
// flat form with the same words on one level.
func (d *decoder) stream(e *counterfoil.Event, f dialect.Frame) (problem string) {
	data, err := counterfoil.Canonical(string(dialect.Element(f.Data, metrics)))
	if err != nil {
		return err.Error()
	}
	tags, fields := data.Member("tags"), data.Member("fields")
	if tags == "" {
		tags, fields = data, data
	}
	if tags.Member(writerWord) == counterfoil.String(writer) {
		return own(e, tags, fields)
	}
	var r ssr
	for key, v := range data.Members() {
		switch {
		case key == "tags" || key == "fields":
			continue
		case key == "timestamp": // a string where it is beyond 2^53: Canonical made it one
			r.time = stamp(v.Text())
		default:
			r.setJSON(key, v)
		}
	}
	for _, group := range [...]string{"tags", "fields"} { // a field is no tag: what both have is the tag's
		for key, v := range data.Member(group).Members() {
			r.setJSON(key, v)
		}
	}
	if problem := r.event(e); problem != "" {
		return problem
	}
	e.EventData = data
	return ""
}

// setJSON takes a member; only scalars have a meaning here.
func (r *ssr) setJSON(key string, v counterfoil.JSON) {
	switch v.Kind() {
	case '"', '0', 't', 'f':
		r.set(key, v.Text())
	}
}

// stamp reads a time since 1970 in the unit that its size tells, as Telegraf writes seconds, milliseconds, microseconds
// or nanoseconds (json_timestamp_units): between 1973 and 2261 one fits. 0: none does.
func stamp(s string) counterfoil.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1e8 {
		return 0
	}
	for unit := int64(1e9); unit >= 1; unit /= 1000 {
		if at := counterfoil.Time(n * unit); n/(1e9/unit) < maxSeconds && at.Valid() {
			return at
		}
	}
	return 0
}
