package main

import (
	"net/url"
	"strings"
	"text/template"
)

// The queries, with parameters from the generator, behind two that say what of their times is none of theirs:
//
//	ping  the server's own "I am here": HTTP
//	Q0    events of a user that there is not: what every question takes
//
//	Q1  latest 50 events of one rare user          Q5  count by hour over everything
//	Q2  all events of one session                  Q6  ten users with most events of one kind
//	Q3  free text: one unique word of a path       Q7  one event by aid
//	Q3s the same, a part of that word              Q8  regular expression over event_data, for one user
//	Q4  user, event and failure within a day       Q9  100,000 events of one day, all fields
//
// counterfoil records every question it answers as an event of its own, which holds the question's text. Where that would
// be found by the next run, "to" ends the question behind the generated data.
var ids = strings.Fields("ping Q0 Q1 Q2 Q3 Q3s Q4 Q5 Q6 Q7 Q8 Q9")

var funcs = template.FuncMap{
	"sp":  func(s string) string { return strings.ReplaceAll(strings.TrimSuffix(s, "Z"), "T", " ") },
	"esc": func(s string) string { return strings.ReplaceAll(s, `\`, `\\`) },
	"q":   func(s string) string { return strings.ReplaceAll(s, `"`, `\"`) },
	"url": url.QueryEscape,
}

// by peer and query. For counterfoil, addresses; for VictoriaLogs, LogsQL; for ClickHouse, SQL; for all, what begins with GET is an address of the server.
var queries = map[string]map[string]string{
	"counterfoil": {
		"ping": `GET /healthz`,
		"Q0":   `/api/v1/events?limit=50&q=user%3Dnobody`,
		"Q1":   `/api/v1/events?limit=50&q=user%3D{{url .RareUser}}`,
		"Q2":   `/api/v1/events?limit=10000&q=sess%3D{{url .Sess}}`,
		"Q3":   `/api/v1/events?limit=10000&to={{.To}}&q={{url .Word}}`,
		"Q3s":  `/api/v1/events?limit=10000&to={{.To}}&q=event_data+contains+{{url .Substr}}`,
		"Q4":   `/api/v1/events?limit=10000&from={{.Day}}&to={{.DayEnd}}&q=user%3D{{url .User}}+event%3D{{url .Event}}+success%3Dfalse`,
		"Q5":   `/api/v1/count?by=1h&to={{.To}}`,
		"Q6":   `/api/v1/count?by=user&top=10&q=event%3D{{url .TopEvent}}`,
		"Q7":   `/api/v1/events?q=aid%3D{{.Aid}}`,
		"Q8":   `/api/v1/events?limit=10000&q=user%3D{{url .ReUser}}+event_data+~+%27{{url .Re}}%27`,
		"Q9":   `/api/v1/events?limit=100000&from={{.Day}}&to={{.DayEnd}}`,
	},
	"vl": {
		"ping": `GET /health`,
		"Q0":   `limit=50!user:="nobody"`,
		"Q1":   `limit=50!user:="{{.RareUser}}"`,
		"Q2":   `sess:="{{.Sess}}"`,
		"Q3":   `{{.Word}}`,
		"Q3s":  `_msg:~"{{.Substr}}"`,
		"Q4":   `_time:[{{.Day}}, {{.DayEnd}}) user:="{{.User}}" event:="{{.Event}}" success:="false"`,
		"Q5":   `* | stats by (_time:1h) count() n`,
		"Q6":   `event:="{{.TopEvent}}" | stats by (user) count() n | sort by (n desc) limit 10`,
		"Q7":   `aid:="{{.Aid}}"`,
		"Q8":   `user:="{{.ReUser}}" _msg:~"{{q (esc .Re)}}"`,
		"Q9":   `_time:[{{.Day}}, {{.DayEnd}}) | limit 100000`,
	},
	"ch": {
		"ping": `GET /ping`,
		"Q0":   `SELECT * FROM ev WHERE user='nobody' ORDER BY ns DESC LIMIT 50 FORMAT JSONEachRow`,
		"Q1":   `SELECT * FROM ev WHERE user='{{.RareUser}}' ORDER BY ns DESC LIMIT 50 FORMAT JSONEachRow`,
		"Q2":   `SELECT * FROM ev WHERE sess='{{.Sess}}' FORMAT JSONEachRow`,
		"Q3":   `SELECT * FROM ev WHERE event_data LIKE '%{{.Word}}%' FORMAT JSONEachRow`,
		"Q3s":  `SELECT * FROM ev WHERE event_data LIKE '%{{.Substr}}%' FORMAT JSONEachRow`,
		"Q4":   `SELECT * FROM ev WHERE time>='{{sp .Day}}' AND time<'{{sp .DayEnd}}' AND user='{{.User}}' AND event='{{.Event}}' AND success=0 FORMAT JSONEachRow`,
		"Q5":   `SELECT toStartOfHour(time) h, count() FROM ev GROUP BY h ORDER BY h FORMAT JSONEachRow`,
		"Q6":   `SELECT user, count() n FROM ev WHERE event='{{.TopEvent}}' GROUP BY user ORDER BY n DESC LIMIT 10 FORMAT JSONEachRow`,
		"Q7":   `SELECT * FROM ev WHERE aid='{{.Aid}}' FORMAT JSONEachRow`,
		"Q8":   `SELECT * FROM ev PREWHERE user='{{.ReUser}}' WHERE match(event_data,'{{esc .Re}}') FORMAT JSONEachRow`,
		"Q9":   `SELECT * FROM ev WHERE time>='{{sp .Day}}' AND time<'{{sp .DayEnd}}' LIMIT 100000 FORMAT JSONEachRow`,
	},
}
