package sudo

import "strings"

// cutUser parts "    anna : rest".
func cutUser(message string) (user, rest string, ok bool) {
	user, rest, ok = strings.Cut(strings.TrimLeft(message, " "), " : ")
	return user, rest, ok && user != "" && !strings.ContainsAny(user, ";:")
}

// fields is a record in sudo's own format.
//
//	[reason ; ][HOST=… ; ][TTY=… ; ][CHROOT=… ; ][PWD=… ; ][USER=… ; ][GROUP=… ; ][TSID=… ; ][ENV=… ; ][COMMAND=…][ ; SIGNAL=…][ ; EXIT=…]
//
// Control characters in a value are written #ooo, but a space is a space in all of them: the name of a directory, a
// variable, or an argument can look like the fields behind it. What can be read in two ways is in doubt, and not told.
type fields struct {
	reason string
	value  [numFields]string
	has    [numFields]bool
	doubt  []string // names of fields that cannot be told apart
}

type fieldName uint8

const (
	fHost fieldName = iota
	fTTY
	fChroot
	fPwd
	fUser
	fGroup
	fTSID
	fEnv
	fCommand
	fSignal
	fExit
	numFields
)

// fieldNames in the order in which sudo writes them.
var fieldNames = [numFields]string{"HOST", "TTY", "CHROOT", "PWD", "USER", "GROUP", "TSID", "ENV", "COMMAND", "SIGNAL", "EXIT"}

// fieldOf gives the field that a part begins.
func fieldOf(part string) (fieldName, bool) {
	for f, name := range fieldNames {
		if len(part) > len(name) && part[len(name)] == '=' && part[:len(name)] == name {
			return fieldName(f), true
		}
	}
	return 0, false
}

const separator = " ; "

// parseFields takes a record apart.
func parseFields(body string) (r fields) {
	parts := strings.Split(strings.TrimRight(body, " ;"), separator)
	first := len(parts)
	var users, commands []int
	for i, p := range parts {
		f, ok := fieldOf(p)
		if ok && i < first {
			first = i
		}
		if ok && f == fCommand {
			commands = append(commands, i)
		}
		if ok && f == fUser {
			users = append(users, i)
		}
	}
	r.reason = strings.Join(parts[:first], separator)
	end := len(parts)
	switch len(commands) {
	case 0:
	case 1:
		end = commands[0]
		r.command(parts[end:])
	default:
		r.doubt = append(r.doubt, fieldNames[fCommand])
	}
	before := 0 // how many of users stand before the command
	for _, i := range users {
		if i < end {
			before++
		}
	}
	if before > 1 || len(commands) > 1 && (len(users) > 1 || before == 1 && users[0] > commands[0]) {
		r.doubt = append(r.doubt, fieldNames[fPwd], fieldNames[fUser], fieldNames[fGroup])
		open := first // the first that can hold anything; what stands before is sure
		for open < users[0] && !strings.HasPrefix(parts[open], "CHROOT=") && !strings.HasPrefix(parts[open], "PWD=") {
			open++
		}
		r.run(parts[first:open], fHost, fTTY)
		return r
	}
	if len(commands) > 1 {
		end = commands[0]
	}
	user := end
	if before == 1 {
		user = users[0]
	}
	r.run(parts[first:user], fHost, fPwd)
	r.run(parts[user:end], fUser, fEnv)
	return r
}

// run reads fields from..to in their order. A part that is no field, or not the next, belongs to the value before it.
func (r *fields) run(parts []string, from, to fieldName) {
	last := from
	open := false
	for _, p := range parts {
		f, ok := fieldOf(p)
		if ok && f >= last && f <= to && !r.has[f] {
			r.has[f], r.value[f] = true, p[len(fieldNames[f])+1:]
			last, open = f, true
		} else if open {
			r.value[last] += separator + p
		}
	}
}

// command reads COMMAND, with what sudo writes behind it when the command is over.
func (r *fields) command(parts []string) {
	for _, f := range [...]fieldName{fExit, fSignal} {
		if n := len(parts) - 1; n > 0 {
			if g, ok := fieldOf(parts[n]); ok && f == g && !strings.Contains(parts[n], " ") {
				r.has[f], r.value[f] = true, parts[n][len(fieldNames[f])+1:]
				parts = parts[:n]
			}
		}
	}
	r.has[fCommand] = true
	r.value[fCommand] = strings.Join(parts, separator)[len("COMMAND="):]
}

// program gives the path of a command; a space in it is #040.
func program(command string) string {
	path, _, _ := strings.Cut(command, " ")
	return unescape(path)
}

// unescape turns #ooo into the control character or space it stands for. sudo escapes nothing else, and not '#' itself.
func unescape(s string) string {
	if !strings.Contains(s, "#") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c, ok := escaped(s[i:]); ok {
			b = append(b, c)
			i += 3
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func escaped(s string) (byte, bool) {
	if len(s) < 4 || s[0] != '#' {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s[1:4]) {
		if c < '0' || c > '7' {
			return 0, false
		}
		n = n*8 + int(c-'0')
	}
	return byte(n), n <= ' ' || n == 0x7f
}
