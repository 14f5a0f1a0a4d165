package truenasq

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// value is a JSON value and where it stands.
type value struct {
	kind byte // as counterfoil.JSON.Kind
	at   int
	text string // of a string
	kids []value
	keys []string // of an object's kids
	json counterfoil.JSON
}

type parser struct{ text string }

func (p *parser) fail(at int, hint, format string, args ...any) error {
	return filter.ErrorAt(p.text, at, hint, format, args...)
}

// read reads the whole text as one value.
func (p *parser) read() (value, error) {
	if len(p.text) > maxLength {
		return value{}, p.fail(0, "", "the filter is longer than %d bytes", maxLength)
	}
	d := json.NewDecoder(strings.NewReader(p.text))
	d.UseNumber()
	v, err := p.value(d, 0)
	if err == nil {
		rest := strings.TrimLeft(p.text[d.InputOffset():], " \t\r\n")
		if rest != "" {
			err = p.fail(len(p.text)-len(rest), "", "text follows the value")
		}
	}
	return v, err
}

// value reads the next value of d.
func (p *parser) value(d *json.Decoder, depth int) (value, error) {
	at := p.next(d)
	v := value{at: at}
	if depth > counterfoil.MaxDepth {
		return v, p.fail(at, "", "the filter nests deeper than %d", counterfoil.MaxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return v, p.jsonError(d, err)
	}
	switch t := token.(type) {
	case json.Delim:
		v.kind = byte(t)
		for d.More() {
			kid, err := p.value(d, depth+1)
			if err != nil {
				return v, err
			}
			if v.kind == '{' {
				v.keys = append(v.keys, kid.text)
				if kid, err = p.value(d, depth+1); err != nil {
					return v, err
				}
			}
			v.kids = append(v.kids, kid)
		}
		if _, err = d.Token(); err != nil { // the bracket that closes
			return v, p.jsonError(d, err)
		}
	case string:
		v.kind, v.text = '"', t
	}
	j, err := counterfoil.Canonical(p.text[at:d.InputOffset()])
	if err != nil {
		if depth > 0 || v.kind == 0 {
			return v, p.fail(at, "", "%v", err)
		}
		return v, nil
	}
	v.kind, v.json = j.Kind(), j
	if token == nil {
		v.kind = 'n'
	} else if _, number := token.(json.Number); number {
		v.kind = '0' // also one that data keeps as a string
	}
	return v, nil
}

// next gives where the next token of d begins.
func (p *parser) next(d *json.Decoder) int {
	rest := p.text[d.InputOffset():]
	return len(p.text) - len(strings.TrimLeft(rest, " \t\r\n,:"))
}

func (p *parser) jsonError(d *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return p.fail(p.next(d), "", "this is not JSON: %s", syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return p.fail(len(p.text), "", "the text ends where more is expected")
	}
	return p.fail(int(d.InputOffset()), "", "this is not JSON: %v", err)
}
