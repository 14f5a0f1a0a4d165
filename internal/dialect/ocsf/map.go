package ocsf

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// fieldPath is where a field may be in an object of others: the first of keys that has a value. class 0 is any class.
type fieldPath struct {
	field string
	class int
	keys  []string
}

func (p fieldPath) theirs() string {
	s := strings.Join(p.keys, ", else ")
	if p.class != 0 {
		s += " (class " + strconv.Itoa(p.class) + ")"
	}
	return s
}

// paths are tried in this order for each field; what an earlier one found stays.
var paths = []fieldPath{
	{"host", 0, []string{"device.hostname", "device.name", "device.ip", "dst_endpoint.hostname"}},
	{"addr", 0, []string{"src_endpoint.ip"}},
	{"user", authenticate, []string{"user.name", "user.uid"}},
	{"user", 0, []string{"actor.user.name", "actor.user.uid"}},
	{"sess", 0, []string{"actor.session.uid", "session.uid"}},
	{"subject.login_id", 0, []string{"actor.user.uid"}},
	{"subject.id", 0, []string{"actor.process.user.uid"}},
	{"subject.name", 0, []string{"actor.process.user.name"}},
	{"subject.terminal", 0, []string{"actor.session.terminal", "session.terminal"}},
	{"subject.pid", 0, []string{"actor.process.pid"}},
	{"subject.process", 0, []string{"actor.process.file.path", "actor.process.name"}},
	{"object.name", fileActivity, []string{"file.path", "file.name"}},
	{"object.id", fileActivity, []string{"file.uid"}},
	{"object.to", fileActivity, []string{"file_result.path", "file_result.name"}},
	{"object.name", processActive, []string{"process.cmd_line", "process.file.path", "process.name"}},
	{"object.name", kernelDriver, []string{"driver.file.path", "driver.file.name"}},
	{"object.name", eventLog, []string{"log_name", "log_provider"}},
	{"object.name", finding, []string{"finding_info.title"}},
	{"object.id", finding, []string{"finding_info.uid"}},
	{"object.name", accountChange, []string{"user.name", "user.uid"}},
	{"object.id", accountChange, []string{"user.uid"}},
	{"object.name", entityManage, []string{"entity.name", "entity.uid"}},
	{"object.id", entityManage, []string{"entity.uid"}},
	{"object.name", userAccess, []string{"user.name", "user.uid"}},
	{"object.id", userAccess, []string{"user.uid"}},
	{"object.name", network, []string{"dst_endpoint.ip", "dst_endpoint.hostname"}},
	{"object.name", smb, []string{"share", "file.path", "file.name"}},
	{"object.name", lifecycle, []string{"app.name"}},
	{"object.name", apiActivity, []string{"api.operation"}},
}

// kinds are the kinds of objects by class.
var kinds = map[int]string{fileActivity: "file", processActive: "process", kernelDriver: "file", eventLog: "log", finding: "alarm",
	accountChange: "account", entityManage: "entity", userAccess: "account", network: "socket", smb: "share", lifecycle: "service",
	apiActivity: "operation"}

// foreign makes an event of another's object.
func foreign(object counterfoil.JSON, received counterfoil.Time) counterfoil.Event {
	e := counterfoil.Event{Major: 1, Class: counterfoil.ClassApplication, EventData: object}
	class := number(object.Member("class_uid"))
	e.Time = timeOf(object, received)
	e.Service, e.Name = "OCSF", "EVENT"
	if s := text(object, "metadata.product.name"); s != "" {
		e.Service = counterfoil.ServiceName(s)
	}
	for _, key := range [...]string{"metadata.event_code", "class_name"} {
		if s := text(object, key); s != "" {
			e.Name = counterfoil.ServiceName(s)
			break
		}
	}
	for i := range paths {
		p := &paths[i]
		f := fields[i]
		if p.class != 0 && p.class != class || f.Text(&e) != "" {
			continue
		}
		for _, key := range p.keys {
			if v := text(object, key); v != "" {
				set(f, &e, v)
				break
			}
		}
	}
	if isNumber(e.User) {
		e.User = "UID:" + e.User
	}
	if e.Object.Name != "" {
		e.Object.Kind = kinds[class]
		if port := text(object, "dst_endpoint.port"); class == network && port != "" {
			if strings.Contains(e.Object.Name, ":") {
				e.Object.Name = "[" + e.Object.Name + "]"
			}
			e.Object.Name += ":" + port
		}
	}
	what(object, class, &e)
	return e
}

// what sets action, class, category and outcome.
func what(object counterfoil.JSON, class int, e *counterfoil.Event) {
	activity := number(object.Member("activity_id"))
	if t := number(object.Member("type_uid")); t >= 0 && activity < 0 {
		class, activity = t/100, t%100
	}
	if r := byType[class*100+activity]; r != nil && class >= 0 && activity >= 0 {
		e.Action, e.Class, e.Category = r.action, r.bsm, r.category
	}
	if class == finding {
		return // status_id is the state of the finding
	}
	switch number(object.Member("status_id")) {
	case 1:
		e.Outcome = counterfoil.Success
	case 2:
		e.Outcome = counterfoil.Failure
	}
}

// fields are those of paths.
var fields = func() (list []*carry.Field) {
	for _, p := range paths {
		list = append(list, carry.FieldOf(p.field))
	}
	return list
}()

// set fills a field; a pid that is none is left in event_data only.
func set(f *carry.Field, e *counterfoil.Event, v string) {
	before := *e
	if f.Set(e, v) != nil || e.Subject.PID < 0 || e.Subject.PID > 1<<53 {
		*e = before
	}
}

// timeOf gives the time of the event: milliseconds since 1970, or the source's own RFC 3339.
func timeOf(object counterfoil.JSON, received counterfoil.Time) counterfoil.Time {
	const most = (1<<63 - 1) / 1_000_000
	if ms, err := strconv.ParseInt(object.Member("time").Text(), 10, 64); err == nil && ms > -most && ms < most && counterfoil.Time(ms*1e6).Valid() {
		return counterfoil.Time(ms * 1e6)
	}
	for _, key := range [...]string{"time_dt", "metadata.original_time"} {
		if t, err := counterfoil.ParseTime(text(object, key)); err == nil && t != 0 {
			return t
		}
	}
	return max(received, 1)
}

// text gives the string or number at a path of keys, "" for anything else.
func text(object counterfoil.JSON, path string) string {
	for key := range strings.SplitSeq(path, ".") {
		object = object.Member(key)
	}
	if k := object.Kind(); k == '"' || k == '0' {
		return object.Text()
	}
	return ""
}

// number gives a small integer, -1 for anything else.
func number(j counterfoil.JSON) int {
	n, err := strconv.Atoi(string(j))
	if err != nil || n < 0 || n > 1e9 {
		return -1
	}
	return n
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
