package config

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
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
func Parse(name string, src []byte) (*Config, error) {
	s := source{name: name, text: src}
	if err := guard(func() (err error) { s.tree, err = parser.ParseBytes(src, 0); return err }); err != nil {
		return nil, s.wrap(err)
	}
	c := Default()
	body, err := s.body(s.tree)
	if err != nil {
		return nil, err
	}
	if body != nil {
		if err := guard(func() error { return yaml.NodeToValue(body, c, yaml.Strict()) }); err != nil {
			return nil, s.wrap(err)
		}
	}
	for i := range c.Inputs {
		c.Inputs[i].complete()
	}
	for i := range c.Outputs {
		c.Outputs[i].complete()
	}
	return c, s.check(c)
}

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
			return nil, s.at(d.Body.GetToken(), "a second YAML document begins here: the configuration is one document")
		}
		body = d.Body
	}
	if body != nil && body.Type() != ast.MappingType && body.Type() != ast.MappingValueType {
		return nil, s.at(body.GetToken(), "the configuration is a mapping of keys, such as `listen: 127.0.0.1:8470`")
	}
	if body != nil {
		if tags := ast.Filter(ast.TagType, body); len(tags) > 0 {
			return nil, s.at(tags[0].GetToken(), "the tag %q says nothing here: a key has one type", tags[0].GetToken().Value)
		}
	}
	return body, nil
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
	if errors.As(err, &node) && node.Expected == ast.SequenceType {
		return s.at(node.GetToken(), "a list is wanted here, each item on a line that begins with `-`")
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
