// Package sudo is the room of sudo's log, in its own format and as JSON (log_format=json), behind syslog headers and in files.
//
//	Nov 22 22:40:53 gate sudo:     anna : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/id -un
//	Nov 22 22:40:53 2026 : anna : command not allowed ; TTY=pts/0 ; PWD=/srv ; USER=root ;
//	    COMMAND=/usr/bin/id -un
//	… sudo: @cee:{"sudo":{"accept":{"submituser":"anna",…}}}
//
// The way of a record: assemble.go puts the lines of one together; text.go takes sudo's own format apart and says what cannot
// be told apart; json.go reads the other; map.go translates both. Specified by sudoers(5), "EVENT LOGGING", and what sudo 1.9.13
// writes (corpus/sudo). Not understood: sudo's mails, its I/O logs, messages in other languages than English.
package sudo
