package web_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
)

// story makes a working day of a small office that ends at now: a file server, a web server, a database. It is the
// same each time, so that pictures can be compared.
func story(now time.Time) (events []counterfoil.Event) {
	s := &teller{rnd: rand.New(rand.NewPCG(2026, 11)), now: now}
	for at := now.Add(-5 * time.Hour); at.Before(now.Add(-10 * time.Minute)); at = at.Add(time.Duration(4+s.rnd.IntN(22)) * time.Second) {
		if d := now.Sub(at); d > 61*time.Minute && d < 73*time.Minute {
			continue // the gap
		}
		s.routine(at)
	}
	s.gap(now.Add(-73*time.Minute), now.Add(-61*time.Minute))
	s.ending()
	slices.SortStableFunc(s.events, func(x, y counterfoil.Event) int { return cmp.Compare(x.Time, y.Time) })
	return s.events
}

type teller struct {
	rnd    *rand.Rand
	now    time.Time
	events []counterfoil.Event
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func data(f func(b *counterfoil.Builder)) counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	f(&b)
	b.End()
	return b.JSON()
}

var offices = map[string]string{"anna": "10.0.0.7", "ben": "10.0.0.12", "carla": "10.0.0.19", "dmitri": "10.0.0.23", "backup": "10.0.0.2"}

func (s *teller) smb(at time.Time, user, name string, action counterfoil.Action, class counterfoil.Class, path, result string) *counterfoil.Event {
	addr := offices[user]
	raw := fmt.Sprintf("%s|%s|pc-%d|hr|SMB3_11|12855|%s|%s|/srv%s", user, addr, 10+len(user), map[bool]string{true: "ok", false: "fail (Permission denied)"}[result == "NT_STATUS_OK"], name, path)
	s.events = append(s.events, counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(at), Dialect: "samba/1", Host: "nas1", Service: "SMB", Name: name,
		Class: class, Category: counterfoil.CategoryData, Action: action, Outcome: counterfoil.OutcomeOf(result == "NT_STATUS_OK"), Addr: addr, User: user,
		Session: "6f0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b91", Subject: counterfoil.Subject{ID: fmt.Sprint(3000 + len(user)), Group: "office"},
		Object:  counterfoil.Object{Kind: "file", Name: path, ID: fmt.Sprintf("58:%d:0", 100+len(path))},
		SvcData: data(func(b *counterfoil.Builder) { b.String("service", "hr"); b.String("protocol", "SMB3_11") }),
		EventData: data(func(b *counterfoil.Builder) {
			b.Object("file")
			b.String("path", path[1:])
			b.String("type", "REGULAR")
			b.String("handle", fmt.Sprintf("58:%d:0", 100+len(path)))
			b.End()
			b.String("result", result)
		}), Raw: raw})
	return &s.events[len(s.events)-1]
}

func (s *teller) linux(at time.Time, user, name string, action counterfoil.Action, class counterfoil.Class, cat counterfoil.Category, ok bool) *counterfoil.Event {
	at = at.Truncate(time.Millisecond)
	s.events = append(s.events, counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(at), Dialect: "linux/1", Host: "web3", Service: "LINUX", Name: name,
		Class: class, Category: cat, Action: action, Outcome: counterfoil.OutcomeOf(ok), Addr: offices[user], User: user, Session: "118",
		Subject: counterfoil.Subject{LoginID: "1000", ID: "1000", Terminal: "pts/0", PID: 4711, Process: "/usr/sbin/sshd"},
		EventData: data(func(b *counterfoil.Builder) {
			b.String("op", "login")
			b.String("res", map[bool]string{true: "success", false: "failed"}[ok])
		}),
		Raw: fmt.Sprintf(`type=%s msg=audit(%d.%03d:%d): pid=4711 uid=0 auid=1000 ses=118 msg='op=login acct="%s" exe="/usr/sbin/sshd" hostname=? addr=%s terminal=ssh res=%v'`, name, at.Unix(), at.Nanosecond()/1e6, 9000+len(s.events), user, offices[user], ok)})
	return &s.events[len(s.events)-1]
}

func (s *teller) routine(at time.Time) {
	user := pick(s.rnd, "anna", "anna", "ben", "carla", "dmitri", "backup")
	dir := pick(s.rnd, "/hr/pay/", "/hr/board/", "/projects/bridge/", "/projects/tower/drawings/", "/office/letters/")
	path := dir + pick(s.rnd, "2026-11.xlsx", "minutes.docx", "plan-"+fmt.Sprint(s.rnd.IntN(40))+".dwg", "offer.pdf", "photo-"+fmt.Sprint(s.rnd.IntN(900))+".jpg")
	switch n := s.rnd.IntN(100); {
	case n < 40:
		s.smb(at, user, "READ", counterfoil.FileRead, counterfoil.ClassFileRead, path, "NT_STATUS_OK")
	case n < 66:
		s.smb(at, user, "WRITE", counterfoil.FileWrite, counterfoil.ClassFileWrite, path, "NT_STATUS_OK")
	case n < 74:
		s.smb(at, user, "CREATE", counterfoil.FileOpen, counterfoil.ClassFileRead, path, "NT_STATUS_OK")
	case n < 79:
		s.smb(at, user, "UNLINK", counterfoil.FileDelete, counterfoil.ClassFileDelete, path, "NT_STATUS_OK")
	case n < 81:
		s.smb(at, user, "CREATE", counterfoil.FileOpen, counterfoil.ClassFileRead, "/hr/board/minutes.docx", "NT_STATUS_ACCESS_DENIED")
	case n < 90:
		e := s.linux(at, pick(s.rnd, "ben", "dmitri"), "EXECVE", counterfoil.ProcessExec, counterfoil.ClassExec, counterfoil.CategorySystem, true)
		e.Object = counterfoil.Object{Kind: "process", Name: pick(s.rnd, "/usr/bin/git", "/usr/bin/less", "/usr/bin/systemctl", "/usr/bin/make")}
		e.Addr = ""
	case n < 95:
		s.linux(at, user, "USER_LOGIN", counterfoil.SessionLogin, counterfoil.ClassLogin, counterfoil.CategorySecurity, s.rnd.IntN(5) > 0)
	default:
		s.mongo(at, user, "FIND", counterfoil.DataRead, pick(s.rnd, "hr.staff", "hr.salaries", "shop.orders"))
	}
}

func (s *teller) mongo(at time.Time, user, name string, action counterfoil.Action, collection string) {
	s.events = append(s.events, counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(at), Dialect: "mongo/1", Host: "db1", Service: "MONGODB", Name: name,
		Class: counterfoil.ClassAdministration, Category: counterfoil.CategoryData, Action: action, Outcome: counterfoil.Success, Addr: "192.0.2.14", User: user,
		Object:    counterfoil.Object{Kind: "collection", Name: collection},
		EventData: data(func(b *counterfoil.Builder) { b.String("ns", collection); b.Int("result", 0) })})
}

func (s *teller) gap(from, to time.Time) {
	s.events = append(s.events, counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(to), Dialect: "counterfoil/1", Host: "audit1", Service: "COUNTERFOIL", Name: "GAP",
		Class: counterfoil.ClassAdministration, Category: counterfoil.CategoryAlarm, Action: counterfoil.AuditGap, Object: counterfoil.Object{Kind: "input", Name: "smb-nas1"},
		EventData: data(func(b *counterfoil.Builder) {
			b.String("reason", "the host was unreachable")
			b.String("count", "unknown")
			b.String("unit", "events")
			b.String("from", counterfoil.TimeOf(from).String())
			b.String("to", counterfoil.TimeOf(to).String())
		})})
}

// ending is what the picture shows.
func (s *teller) ending() {
	ago := func(d time.Duration) time.Time {
		return s.now.Add(-d).Add(time.Duration(s.rnd.IntN(999)) * time.Millisecond)
	}
	s.linux(ago(9*time.Minute+50*time.Second), "anna", "USER_LOGIN", counterfoil.SessionLogin, counterfoil.ClassLogin, counterfoil.CategorySecurity, false)
	s.linux(ago(9*time.Minute+41*time.Second), "anna", "USER_LOGIN", counterfoil.SessionLogin, counterfoil.ClassLogin, counterfoil.CategorySecurity, true)
	e := s.linux(ago(9*time.Minute+2*time.Second), "anna", "USER_CMD", counterfoil.SessionBecome, counterfoil.ClassAuthentication, counterfoil.CategorySecurity, true)
	e.Object, e.Subject.Process, e.Addr = counterfoil.Object{Kind: "account", Name: "root"}, "sudo -i", ""
	s.mongo(ago(8*time.Minute), "anna", "DROP_COLLECTION", counterfoil.CollectionDrop, "hr.salaries_tmp")
	s.smb(ago(6*time.Minute), "anna", "CREATE", counterfoil.FileOpen, counterfoil.ClassFileRead, "/hr/pay/2026-11.xlsx", "NT_STATUS_OK")
	s.smb(ago(5*time.Minute), "anna", "WRITE", counterfoil.FileWrite, counterfoil.ClassFileWrite, "/hr/pay/2026-11.xlsx", "NT_STATUS_OK")
	s.smb(ago(4*time.Minute), "anna", "CREATE", counterfoil.FileOpen, counterfoil.ClassFileRead, "/hr/board/minutes.docx", "NT_STATUS_ACCESS_DENIED")
	r := s.smb(ago(2*time.Minute), "anna", "RENAME", counterfoil.FileRename, counterfoil.ClassFileCreate|counterfoil.ClassFileDelete, "/hr/pay/old.xlsx", "NT_STATUS_OK")
	r.Object.To = "/hr/pay/2026-11.xlsx"
	s.smb(ago(time.Minute), "anna", "UNLINK", counterfoil.FileDelete, counterfoil.ClassFileDelete, "/hr/pay/2026-11.xlsx", "NT_STATUS_OK")
}
