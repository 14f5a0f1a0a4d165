package mongo

import (
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// mapping makes the table of the page from those of the code.
func mapping() []dialect.Row {
	list := []dialect.Row{
		{Theirs: "`atype`", Ours: "`event`, in upper case; `action`, `class`, `category` by the rows below", Note: "of an unknown one only `event`"},
		{Theirs: "`ts`", Ours: "`time`", Note: "not in event_data, unless it is no date"},
		{Theirs: "`users[0].user`", Ours: "`user`", Note: "of authenticate, where it is absent: `param.user`"},
		{Theirs: "`users[0].user`, `.db`", Ours: "`subject.login_id`: user@db"},
		{Theirs: "`remote.ip`", Ours: "`addr`", Note: "if it is an address"},
		{Theirs: "`uuid`", Ours: "`sess`", Note: "Enterprise"},
		{Theirs: "`result`", Ours: "`success`: 0 is true"},
		{Theirs: "every other field", Ours: "`event_data`, under its own name"},
	}
	for i := range atypes {
		r := &atypes[i]
		list = append(list, line("`"+r.atype+"`", string(r.action), r.class.String(), r.category.String(), objectDoc[r.object]))
	}
	for i := range acts {
		a := &acts[i]
		list = append(list, line("authCheck of `"+strings.ReplaceAll(a.names, " ", "`, `")+"`", string(a.action), "aa,"+a.class.String(),
			a.category.String(), objectDoc[ofNS]))
	}
	names := []string{}
	for name, c := range commands {
		if c.like != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		r := commands[name].like
		list = append(list, dialect.Row{Theirs: "authCheck of `" + name + "`", Ours: "auth.authorize · aa," + r.class.String() + " · " + r.category.String(),
			Note: "refused: the action of `" + r.atype + "`"})
	}
	list = append(list, dialect.Row{Theirs: "authCheck of any other command", Ours: "auth.authorize · aa · administration", Note: "object: " + objectDoc[ofNS]},
		dialect.Row{Theirs: "`updateUser` with `password` or `passwordChanged` true", Ours: "account.password"},
		dialect.Row{Theirs: "`directAuthMutation`", Ours: "account.create, .modify, .delete or role.create, .modify, .delete", Note: "by `param.operation` and `param.ns`"},
		dialect.Row{Theirs: "authCheck of `aggregate` with `$out` or `$merge`", Ours: "data.write · aa,fr,fw"},
		dialect.Row{Theirs: "authCheck of `findAndModify` with `remove`", Ours: "data.delete · aa,fd"},
		dialect.Row{Theirs: "authenticate, authCheck with result ≠ 0", Ours: "category security"})
	return append(list, ocsfRows()...)
}

func line(theirs, action, class, category, object string) dialect.Row {
	if object != "" {
		object = "object: " + object
	}
	if action == "" {
		action = "no action"
	}
	return dialect.Row{Theirs: theirs, Ours: action + " · " + class + " · " + category, Note: object}
}

func ocsfRows() []dialect.Row {
	list := []dialect.Row{
		{Theirs: "OCSF `unmapped.atype`", Ours: "as `atype`", Note: "`authzCheck` and class 6003 are authCheck; absent: by `type_uid`"},
		{Theirs: "OCSF `actor.user.name`, db.user", Ours: "`user`, `subject.login_id`", Note: "of authenticate, where it is absent: `user.name`"},
		{Theirs: "OCSF `time`", Ours: "`time`", Note: "not in event_data"},
		{Theirs: "OCSF `src_endpoint.ip`", Ours: "`addr`"},
		{Theirs: "OCSF `metadata.correlation_uid`", Ours: "`sess`"},
		{Theirs: "OCSF `api.operation`, `api.request.uid`", Ours: "the command and the namespace of authCheck"},
		{Theirs: "OCSF `api.response.code`, `status_id`", Ours: "`success`", Note: "neither: not told"},
		{Theirs: "OCSF `user.name`, `entity.name`", Ours: "`object`: account, role, entity"},
	}
	types := []int64{}
	for n := range ocsfTypes {
		types = append(types, n)
	}
	slices.Sort(types)
	for _, n := range types {
		ours := "OCSF_" + strconv.FormatInt(n, 10)
		if r := ocsfTypes[n]; r.atype != "" {
			ours = "as `" + r.atype + "`"
		} else {
			ours += " · " + r.class.String() + " · " + r.category.String()
		}
		list = append(list, dialect.Row{Theirs: "OCSF `type_uid` " + strconv.FormatInt(n, 10) + " without atype", Ours: ours})
	}
	return list
}
