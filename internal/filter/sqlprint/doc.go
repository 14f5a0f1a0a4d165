// Package sqlprint writes filters as conditions of SQL, for engines that read sealed segments in place or have them loaded
// into a table with the same columns (docs/format/segment.md):
//
//	user = anna and event_data.file.path contains pay
//	"user" = 'anna' AND (len(list_filter(list_concat(…), lambda x: json_type(x) = 'VARCHAR' AND contains((x->>'$'), 'pay'))) > 0)
//
// There is no way back: SQL is only printed. What is printed is true or false of every row and never NULL, so that it means
// the same under NOT; what SQL cannot say, or not as [filter.Eval] means it, is a [filter.Loss]. Pure.
//
// print.go writes what holds conditions together, column.go those of columns, data.go those of paths in data, reach.go those
// of MongoDB and TrueNAS, number.go numbers; dialect.go has the words of each engine.
package sqlprint
