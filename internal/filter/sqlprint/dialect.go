package sqlprint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Names are the dialects.
var Names = []string{"clickhouse", "duckdb"}

// dialect is the words of an engine. v is an expression that is text, x one that is a value of JSON.
type dialect struct {
	quoted   func(text string) string
	contains func(v, text string) string // text is quoted
	starts   func(v, text string) string
	lower    func(v string) string
	matches  func(v, re string) string // re is not quoted
	isTrue   string                    // of success
	isFalse  string
	told     string
	hasRaw   string
	class    func(names []string) string // the column class has one of them; names are quoted
	moment   func(counterfoil.Time) string
	fine     bool                       // times have nanoseconds
	data     func(column string) string // the text of a data column, without the quotes of a string
	// way gives a list of what keys lead to. Behind the keys that starred tells stands an array, whose elements are meant; where there is none the
	// list is empty, or has nothing in it.
	way    func(column string, keys []string, starred func(i int) bool) string
	concat func(lists []string) string
	some   func(list, cond string) string // cond is true of a value x of a list
	// What follows is said of x.
	there, isString, isBool, isNull, isScalar string
	text                                      string // of a scalar: a string without its quotes
	unquoted                                  string // the text of a string
	double                                    string // the text as a number, where it is one
}

// jsonNumber is how a number is written in JSON.
const jsonNumber = `^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?$`

var dialects = map[string]*dialect{"duckdb": duckdb(), "clickhouse": clickhouse()}

func duckdb() *dialect {
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	return &dialect{
		quoted:   quoted,
		contains: func(v, text string) string { return "contains(" + v + ", " + text + ")" },
		starts:   func(v, text string) string { return "starts_with(" + v + ", " + text + ")" },
		lower:    func(v string) string { return "lower(" + v + ")" },
		matches:  func(v, re string) string { return "regexp_matches(" + v + ", " + quoted(re) + ")" },
		isTrue:   "success IS NOT DISTINCT FROM true", isFalse: "success IS NOT DISTINCT FROM false", told: "success IS NOT NULL", hasRaw: "octet_length(raw) > 0",
		class: func(names []string) string {
			return "list_has_any(string_split(class, ','), [" + strings.Join(names, ", ") + "])"
		},
		moment: func(t counterfoil.Time) string {
			return "TIMESTAMPTZ '" + t.Std().Format("2006-01-02 15:04:05.000000+00") + "'"
		},
		data: func(c string) string {
			return "CASE WHEN starts_with(" + c + ", '\"') THEN TRY(" + c + "->>'$') ELSE " + c + " END"
		},
		way: func(column string, keys []string, starred func(int) bool) string {
			path, list := "$", false
			for i, key := range keys {
				if !isBare(key) {
					key = `"` + key + `"`
				}
				if path += "." + key; starred(i) {
					path, list = path+"[*]", true
				}
			}
			value := "TRY(json_extract(nullif(" + column + ", ''), " + quoted(path) + "))" // nothing where the data is no JSON to it
			if list {
				return value
			}
			return "[" + value + "]"
		},
		concat: func(lists []string) string { return "list_concat(" + strings.Join(lists, ", ") + ")" },
		some:   func(list, cond string) string { return "len(list_filter(" + list + ", lambda x: " + cond + ")) > 0" },
		there:  "json_type(x) <> 'ARRAY'", isString: "json_type(x) = 'VARCHAR'", isBool: "json_type(x) = 'BOOLEAN'", isNull: "json_type(x) = 'NULL'",
		isScalar: "json_type(x) NOT IN ('OBJECT', 'ARRAY', 'NULL')", text: "(x->>'$')", unquoted: "(x->>'$')", double: "TRY_CAST(x->>'$' AS DOUBLE)",
	}
}

// isBare tells a key that needs no quotes in a path.
func isBare(key string) bool {
	for i := range len(key) {
		c := key[i]
		if c|0x20 < 'a' && c != '_' || c|0x20 > 'z' && c != '_' {
			return false
		}
	}
	return key != ""
}

func clickhouse() *dialect {
	quoted := func(s string) string {
		return "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", `\'`) + "'"
	}
	extract := func(function, x string, keys []string) string {
		for _, key := range keys {
			x += ", " + quoted(key)
		}
		return function + "(" + x + ")"
	}
	return &dialect{
		quoted:   quoted,
		contains: func(v, text string) string { return "position(" + v + ", " + text + ") > 0" },
		starts:   func(v, text string) string { return "startsWith(" + v + ", " + text + ")" },
		lower:    func(v string) string { return "lowerUTF8(" + v + ")" },
		matches: func(v, re string) string {
			// Its dot matches a line's end, and outside of groups it looks for letters as they stand, (?i) or not.
			return "match(" + v + ", " + quoted("(?-s:"+re+")") + ")"
		},
		isTrue: "ifNull(success, 0) = 1", isFalse: "ifNull(success, 1) = 0", told: "isNotNull(success)", hasRaw: "raw <> ''",
		class: func(names []string) string {
			return "hasAny(splitByChar(',', class), [" + strings.Join(names, ", ") + "])"
		},
		moment: func(t counterfoil.Time) string {
			return "toDateTime64('" + t.Std().Format("2006-01-02 15:04:05.000000000") + "', 9, 'UTC')"
		},
		fine: true,
		data: func(c string) string {
			return "if(startsWith(" + c + ", '\"'), JSONExtractString(" + c + "), " + c + ")"
		},
		way: func(column string, keys []string, starred func(int) bool) string {
			list, from := "", 0 // keys before from are in the list
			for i := range keys {
				if !starred(i) {
					continue
				}
				if part := keys[from : i+1]; list == "" {
					list = extract("JSONExtractArrayRaw", column, part)
				} else {
					list = "arrayFlatten(arrayMap(x -> " + extract("JSONExtractArrayRaw", "x", part) + ", " + list + "))"
				}
				from = i + 1
			}
			switch rest := keys[from:]; {
			case list == "":
				return "[" + extract("JSONExtractRaw", column, rest) + "]"
			case len(rest) > 0:
				return "arrayMap(x -> " + extract("JSONExtractRaw", "x", rest) + ", " + list + ")"
			}
			return list
		},
		concat: func(lists []string) string { return "arrayConcat(" + strings.Join(lists, ", ") + ")" },
		some:   func(list, cond string) string { return "arrayExists(x -> " + cond + ", " + list + ")" },
		there:  "x <> '' AND NOT startsWith(x, '[')", isString: "startsWith(x, '\"')", isBool: "x IN ('true', 'false')", isNull: "x = 'null'",
		isScalar: "x <> '' AND NOT match(x, '^[{[n]')", text: "if(startsWith(x, '\"'), JSONExtractString(x), x)", unquoted: "JSONExtractString(x)", double: "toFloat64OrZero(if(startsWith(x, '\"'), JSONExtractString(x), x))",
	}
}

// lookup gives a dialect by its name.
func lookup(name string) *dialect {
	if !slices.Contains(Names, name) {
		panic(fmt.Sprintf("sqlprint: there is no dialect %q", name))
	}
	return dialects[name]
}
