package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Load reads a file. Every error is an *[Error], or several joined, or that of reading the file.
func Load(name string) (*Config, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(name, src)
}

// Parse reads the text of a file; name is for errors only. Strict: a key that is not known, or stands twice, is an error.
// A policy that is kept in other files is read from them.
func Parse(name string, src []byte) (*Config, error) {
	s := source{name: name, text: src, what: "configuration"}
	c := Default()
	if err := s.read(c); err != nil {
		return nil, err
	}
	for i := range c.Inputs {
		c.Inputs[i].complete()
	}
	for i := range c.Outputs {
		c.Outputs[i].complete()
	}
	if c.Policy != nil {
		s.policy(c.Policy, "$.policy")
	}
	return c, s.check(c)
}

// read puts the text into v.
func (s *source) read(v any) error {
	body, err := s.parse()
	if err != nil || body == nil {
		return err
	}
	if err := guard(func() error { return yaml.NodeToValue(body, v, yaml.Strict()) }); err != nil {
		return s.wrap(err)
	}
	return s.whole(body, reflect.TypeOf(v))
}

// whole looks at what stands where whole numbers belong: the library takes 5.9 for 5.
func (s *source) whole(n ast.Node, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if err := s.whole(v, t); err != nil {
				return err
			}
		}
	case *ast.MappingValueNode:
		for i := 0; t.Kind() == reflect.Struct && i < t.NumField(); i++ {
			if t.Field(i).Tag.Get("yaml") == n.Key.GetToken().Value {
				return s.whole(n.Value, t.Field(i).Type)
			}
		}
	case *ast.SequenceNode:
		for _, v := range n.Values {
			if t.Kind() != reflect.Slice {
				break
			}
			if err := s.whole(v, t.Elem()); err != nil {
				return err
			}
		}
	case *ast.StringNode:
		if t.Kind() == reflect.Int && strings.Trim(n.Value, "+-0123456789") != "" {
			return s.at(n.GetToken(), "%q is not a whole number", n.Value)
		}
	}
	return nil
}

// parse gives the one document's content, nil where the file says nothing.
func (s *source) parse() (ast.Node, error) {
	if err := guard(func() (err error) { s.tree, err = parser.Parse(tokens(string(s.text)), 0); return err }); err != nil {
		return nil, s.wrap(err)
	}
	return s.body(s.tree)
}

// tokens splits the text. Only what is a decimal number as it stands is one: of any other the library keeps the value and not the
// text, and mode: 0640 would be 416, a name 1.10 be 1.1.
func tokens(text string) token.Tokens {
	all := lexer.Tokenize(text)
	for _, t := range all {
		switch t.Type {
		case token.OctetIntegerType, token.HexIntegerType, token.BinaryIntegerType, token.FloatType, token.InfinityType, token.NanType:
			t.Type = token.StringType
		case token.IntegerType:
			if strings.Trim(t.Value[1:], "0123456789") != "" {
				t.Type = token.StringType // 1_000
			}
		}
	}
	return all
}

// lines gives the lines of a key at the top and its value, and the number of the first, from 1.
func (s *source) lines(key string) (first int, text string) {
	all := strings.SplitAfter(string(s.text), "\n")
	from, to := -1, len(all)
	for _, line := range s.keys() {
		switch {
		case line.Value == key:
			from = line.Position.Line - 1
		case from >= 0 && line.Position.Line > from:
			to = min(to, max(line.Position.Line-1, from+1))
		}
	}
	if from < 0 {
		return 1, ""
	}
	return from + 1, strings.Join(all[from:to], "")
}

// keys lists the keys at the top, in the order of the file.
func (s *source) keys() (keys []*token.Token) {
	body, err := s.body(s.tree)
	if err != nil {
		return nil
	}
	switch body := body.(type) {
	case *ast.MappingNode:
		for _, v := range body.Values {
			keys = append(keys, v.Key.GetToken())
		}
	case *ast.MappingValueNode:
		keys = append(keys, body.Key.GetToken())
	}
	return keys
}

var examples = map[string]string{"configuration": "listen: 127.0.0.1:8470", "policy": "flags: lo,aa"}

// guard turns a panic of the YAML library, which is not free of them on text that no person would write, into an error:
// none may stop the daemon at a reload.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the YAML reader failed: %v", p)
		}
	}()
	return f()
}

// body gives the one document's content, nil where the file says nothing.
func (s *source) body(tree *ast.File) (ast.Node, error) {
	var body ast.Node
	for _, d := range tree.Docs {
		if d.Body == nil || d.Body.Type() == ast.NullType || d.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			return nil, s.at(d.Body.GetToken(), "a second YAML document begins here: the %s is one document", s.what)
		}
		body = d.Body
	}
	if body != nil && body.Type() != ast.MappingType && body.Type() != ast.MappingValueType {
		return nil, s.at(body.GetToken(), "the %s is a mapping of keys, such as `%s`", s.what, examples[s.what])
	}
	if body != nil {
		if tags := ast.Filter(ast.TagType, body); len(tags) > 0 {
			return nil, s.at(tags[0].GetToken(), "the tag %q says nothing here: a key has one type", tags[0].GetToken().Value)
		}
		if err := s.textKeys(body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// textKeys refuses a key that is no text, such as 3 or true: the library ends there without a word, and all keys beside it would
// not be in force.
func (s *source) textKeys(body ast.Node) error {
	for _, n := range ast.Filter(ast.MappingValueType, body) {
		key := ast.Node(n.(*ast.MappingValueNode).Key)
		if explicit, is := key.(*ast.MappingKeyNode); is {
			key = explicit.Value
		}
		switch key.Type() {
		case ast.StringType, ast.LiteralType, ast.MergeKeyType, ast.AnchorType, ast.AliasType:
		default:
			return s.at(key.GetToken(), "the key %s is no text: write it in quotes", key.GetToken().Value)
		}
	}
	return nil
}

// wrap puts an error of the YAML library in our form.
func (s *source) wrap(err error) error {
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		return s.unknownKey(unknown.GetToken())
	}
	var positioned yaml.Error
	if !errors.As(err, &positioned) {
		if s.durations(); len(s.errs) > 0 {
			return s.errs[0]
		}
		return fmt.Errorf("%s: %w", s.name, err)
	}
	var node *yaml.UnexpectedNodeTypeError
	if errors.As(err, &node) {
		switch node.Expected {
		case ast.SequenceType:
			return s.at(node.GetToken(), "a list is wanted here, each item on a line that begins with `-`")
		case ast.MappingType:
			return s.at(node.GetToken(), "keys are wanted here, each with its value: docs/config.md lists them")
		}
	}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		return s.at(typed.GetToken(), "%s", wantType(typed))
	}
	return s.at(positioned.GetToken(), "%s", positioned.GetMessage())
}

// durations finds the duration that the library refused: it says so without a place.
func (s *source) durations() {
	if s.tree == nil {
		return
	}
	for _, key := range []string{"seal-age", "checkpoint-every"} {
		path, err := yaml.PathString("$.trail." + key)
		if err != nil {
			panic(err) // the path is ours
		}
		node, err := path.FilterFile(s.tree)
		if err != nil {
			continue // the key is not there
		}
		if _, err := time.ParseDuration(node.GetToken().Value); err != nil {
			s.errs = append(s.errs, s.at(node.GetToken(), "%s %q is not a duration such as 500ms, 1s or 1h30m", key, node.GetToken().Value))
		}
	}
}
