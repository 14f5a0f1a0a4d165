package mongoq

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads a string in either quote.
func (p *parser) quoted() (string, error) {
	quote := p.text[p.i]
	p.i++
	return p.chars(quote)
}

// chars reads up to the byte that ends a string or a literal of a regular expression, with the same escapes in both.
func (p *parser) chars(end byte) (string, error) {
	var b strings.Builder
	for p.i < len(p.text) {
		c := p.text[p.i]
		switch {
		case c == end:
			p.i++
			return b.String(), nil
		case c < ' ':
			return "", p.fail(p.i, "Invalid control character")
		case c != '\\':
			b.WriteByte(c)
			p.i++
		default:
			if err := p.escape(&b, end == '/'); err != nil {
				return "", err
			}
		}
	}
	return "", p.fail(p.i, "Unexpected end of input")
}

const plainEscapes, escaped = `"'\/bfnrtv`, "\"'\\/\b\f\n\r\t\v"

func (p *parser) escape(b *strings.Builder, inRegexp bool) error {
	at := p.i
	p.i++
	if p.i == len(p.text) {
		return p.fail(p.i, "Unexpected end of input")
	}
	c := p.text[p.i]
	p.i++
	switch {
	case c == 'u':
		r, err := p.hex4(at)
		if err != nil {
			return err
		}
		if utf16.IsSurrogate(r) && strings.HasPrefix(p.text[p.i:], `\u`) {
			before := p.i
			p.i += 2
			low, err := p.hex4(before)
			if err != nil {
				return err
			}
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				r = both
			} else {
				p.i = before
			}
		}
		b.WriteRune(r)
	case c == 'x':
		return p.fail(at, "Hex escape not supported")
	case c >= '0' && c <= '7':
		return p.fail(at, "Octal escape not supported")
	default:
		if inRegexp && strings.IndexByte(`.dwsbDWSB()[]{}+*?|^$`, c) >= 0 {
			p.warn(at, `write \\`+string(c), `\%c in a literal is an escape of a string, as MongoDB reads it, and not of the expression`, c)
		}
		if i := strings.IndexByte(plainEscapes, c); i >= 0 {
			c = escaped[i]
		}
		b.WriteByte(c)
	}
	return nil
}

func (p *parser) hex4(at int) (rune, error) {
	if p.i+4 <= len(p.text) {
		if n, err := strconv.ParseUint(p.text[p.i:p.i+4], 16, 16); err == nil {
			p.i += 4
			return rune(n), nil
		}
	}
	return 0, p.fail(at, "Expecting 4 hex digits")
}

// regexp reads /pattern/options.
func (p *parser) regexp() (value, error) {
	v := value{kind: regex, at: p.i}
	p.i++
	var err error
	if v.s, err = p.chars('/'); err != nil {
		return v, err
	}
	start := p.i
	for p.i < len(p.text) && strings.IndexByte("gims", p.text[p.i]) >= 0 {
		p.i++
	}
	v.t = p.text[start:p.i]
	return v, nil
}

// constructor reads Date(ms) and its like.
func (p *parser) constructor() (value, error) {
	at := p.i
	if p.take("new") {
		p.space()
	}
	start := p.i
	for p.i < len(p.text) && isNameByte(p.text[p.i], true) {
		p.i++
	}
	name := p.text[start:p.i]
	args, known := constructors[name]
	if !known {
		p.i = at
		if name == "ISODate" {
			return value{}, p.errorAt(at, `write {"$date": "2024-05-06T07:08:09Z"}`, failedToParse, "Bad characters in value")
		}
		return value{}, p.fail(at, "Bad characters in value")
	}
	if !p.take("(") {
		return value{}, p.fail(p.i, "Expecting '('")
	}
	v := value{kind: object, at: at}
	for i, arg := range args {
		if i > 0 && !p.take(",") {
			return v, p.fail(p.i, "Expecting ','")
		}
		c := p.peek()
		if name == "Date" && c != '-' && (c < '0' || c > '9') {
			return v, p.fail(p.i, "Date expecting integer milliseconds")
		}
		x, err := p.value(1)
		if err != nil {
			return v, err
		}
		v.kids = append(v.kids, member{arg, x.at, x})
	}
	if !p.take(")") {
		return v, p.fail(p.i, "Expecting ')'")
	}
	switch name {
	case "DBRef", "Dbref":
		return v, nil
	case "Timestamp":
		v = value{kind: object, at: at, kids: []member{{"$timestamp", at, v}}}
	}
	if x := &v.kids[0].value; strings.HasPrefix(name, "Number") && x.kind == number {
		x.kind = text
	}
	return p.extended(v)
}

// constructors names the arguments of each as extended JSON does.
var constructors = map[string][]string{"Date": {"$date"}, "Timestamp": {"t", "i"}, "ObjectId": {"$oid"}, "NumberLong": {"$numberLong"},
	"NumberInt": {"$numberInt"}, "NumberDecimal": {"$numberDecimal"}, "UUID": {"$uuid"}, "DBRef": {"$ref", "$id"}, "Dbref": {"$ref", "$id"}}

// reserved are the keys that make an object a value in extended JSON where they come first.
var reserved = map[string]bool{"$oid": true, "$binary": true, "$uuid": true, "$date": true, "$timestamp": true, "$regex": true, "$regularExpression": true,
	"$ref": true, "$undefined": true, "$numberInt": true, "$numberLong": true, "$numberDouble": true, "$numberDecimal": true, "$minKey": true, "$maxKey": true}

// extended makes the value of an object whose first key says what it is.
func (p *parser) extended(o value) (value, error) {
	key, x := o.kids[0].key, &o.kids[0].value
	v := value{at: o.at}
	most := map[string]int{"$binary": 2, "$regex": 2, "$ref": 3}[key]
	if len(o.kids) > max(most, 1) {
		return v, p.fail(o.kids[max(most, 1)].at, "Expecting '}'")
	}
	wantText := func(x *value) error {
		if x.kind != text {
			return p.fail(x.at, "Expecting quoted string")
		}
		return nil
	}
	switch key {
	case "$ref":
		return o, wantText(x)
	case "$undefined":
		v.kind = undefined
		return v, nil
	case "$minKey":
		v.kind = minKey
		return v, nil
	case "$maxKey":
		v.kind = maxKey
		return v, nil
	case "$date":
		return p.date(v, x)
	case "$timestamp":
		return p.timestamp(v, x)
	case "$binary":
		return p.binary(v, &o)
	case "$regex", "$regularExpression":
		return p.extendedRegexp(v, &o)
	}
	if err := wantText(x); err != nil {
		return v, err
	}
	switch v.s = x.s; key {
	case "$oid":
		if v.kind = objectID; len(v.s) != 24 || !isHex(v.s) {
			return v, p.fail(x.at, "Expecting 24 hex digits: %s", v.s)
		}
		v.s = strings.ToLower(v.s)
	case "$uuid":
		hex := strings.ReplaceAll(v.s, "-", "")
		if len(hex) != 32 || !isHex(hex) {
			return v, p.fail(x.at, "Expecting 32 hex digits: %s", v.s)
		}
		var b []byte
		for i := 0; i < 32; i += 2 {
			n, _ := strconv.ParseUint(hex[i:i+2], 16, 8)
			b = append(b, byte(n))
		}
		v.kind, v.s, v.t = binary, base64.StdEncoding.EncodeToString(b), "04"
	case "$numberInt", "$numberLong":
		n, err := strconv.ParseInt(v.s, 10, 64)
		if err != nil || key == "$numberInt" && n != int64(int32(n)) {
			return v, p.fail(x.at, "Expecting number in %s", key)
		}
		v.kind, v.s = number, strconv.FormatInt(n, 10)
	case "$numberDouble":
		f, err := strconv.ParseFloat(v.s, 64)
		if err != nil && !math.IsInf(f, 0) {
			return v, p.fail(x.at, "Expecting number in $numberDouble")
		}
		v.kind, v.s = number, doubleText(f)
	case "$numberDecimal":
		if _, err := strconv.ParseFloat(v.s, 64); err != nil && !strings.HasSuffix(err.Error(), strconv.ErrRange.Error()) || strings.ContainsAny(v.s, "xXpP_") {
			return v, p.fail(x.at, "Expecting decimal in $numberDecimal")
		}
		v.kind = decimal
	}
	return v, nil
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

// date reads ISO text in double quotes, milliseconds, or $numberLong.
func (p *parser) date(v value, x *value) (value, error) {
	v.kind = date
	switch {
	case x.kind == text && !x.bare:
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700"} {
			if t, err := time.Parse(layout, x.s); err == nil {
				v.n = t.UnixMilli()
				return v, nil
			}
		}
		return v, p.errorAt(x.at, "such as 2024-05-06T07:08:09.123Z", failedToParse, "Bad date format: %s", x.s)
	case x.kind == number:
		if n, err := strconv.ParseInt(x.s, 10, 64); err == nil {
			v.n = n
			return v, nil
		}
	}
	return v, p.fail(x.at, "Date expecting integer milliseconds")
}

func (p *parser) timestamp(v value, x *value) (value, error) {
	v.kind = timestamp
	for _, m := range x.kids {
		n, err := strconv.ParseUint(m.s, 10, 32)
		switch {
		case err != nil || m.kind != number:
			return v, p.fail(m.value.at, "Expecting unsigned integer in $timestamp")
		case m.key == "t":
			v.s = strconv.FormatUint(n, 10)
		case m.key == "i":
			v.t = strconv.FormatUint(n, 10)
		}
	}
	if x.kind != object || len(x.kids) != 2 || v.s == "" || v.t == "" {
		return v, p.fail(x.at, `Expecting {"t": seconds, "i": increment} in $timestamp`)
	}
	return v, nil
}

func (p *parser) binary(v value, o *value) (value, error) {
	data, sub := o.kids[0].value, value{kind: text, s: "00"}
	switch {
	case data.kind == object && len(o.kids) == 1 && len(data.kids) == 2 && data.kids[0].key == "base64" && data.kids[1].key == "subType":
		data, sub = data.kids[0].value, data.kids[1].value
	case len(o.kids) == 2 && o.kids[1].key == "$type":
		sub = o.kids[1].value
	case len(o.kids) == 2:
		return v, p.fail(o.kids[1].at, `Expected second field name: "$type" in "$binary" object`)
	}
	b, err := base64.StdEncoding.DecodeString(data.s)
	n, subErr := strconv.ParseUint(sub.s, 16, 8)
	switch {
	case data.kind != text || err != nil:
		return v, p.fail(data.at, "Invalid base64 in $binary")
	case sub.kind != text || subErr != nil:
		return v, p.fail(sub.at, "Argument of $type in $binary object must be a hex string representation of a single byte")
	}
	v.kind, v.s, v.t = binary, base64.StdEncoding.EncodeToString(b), string("0123456789abcdef"[n>>4])+string("0123456789abcdef"[n&15])
	return v, nil
}

func (p *parser) extendedRegexp(v value, o *value) (value, error) {
	v.kind = regex
	pattern, options := o.kids[0].value, value{kind: text}
	if o.kids[0].key == "$regularExpression" {
		if pattern.kind != object || len(pattern.kids) != 2 || pattern.kids[0].key != "pattern" || pattern.kids[1].key != "options" {
			return v, p.fail(pattern.at, `Expecting {"pattern": "…", "options": "…"} in $regularExpression`)
		}
		pattern, options = pattern.kids[0].value, pattern.kids[1].value
	} else if len(o.kids) == 2 {
		if o.kids[1].key != "$options" {
			return v, p.errorAt(o.kids[1].at, "put the other operator first", failedToParse, `Expected field name: "$options" in "$regex" object`)
		}
		options = o.kids[1].value
	}
	for _, x := range [...]value{pattern, options} {
		if x.kind != text {
			return v, p.fail(x.at, "Expecting quoted string")
		}
	}
	if i := strings.IndexFunc(options.s, func(r rune) bool { return !strings.ContainsRune("gims", r) }); i >= 0 {
		return v, p.errorAt(options.at, "x is written in front of the expression: (?x)", failedToParse, "Bad regex option: %c", options.s[i])
	}
	v.s, v.t = pattern.s, options.s
	return v, nil
}
