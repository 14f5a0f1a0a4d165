package linux

import (
	"slices"
	"testing"
)

// What is read along a shape is what reading word by word gives, for every pair of a text that the shape is of and one that follows.
func TestAlong(t *testing.T) {
	texts := []string{
		"", " ", `a=1`, `a=1 b=2`, `  a=1   b=2 `, `a=2 b="x y" c=3`, `a=2 b="x y"c=3`, `a=2 b="x`, `a="1"b=2`, `a= b=2`, `a=1=2 b=3`, `a=1 b=2 c`, `=1 b=2`,
		`op=PAM:session acct="root" res=success`, `op=PAM: session acct="root" res=success`, `op=x acct=root : res=1`, `op=x (acct=root) res=1`,
		`op=x acct="root",res=1`, `op=a=b res=1`, "avc:x=1 b=2", " avc:x=1 b=2", "  avc:x=1 b=2", "avc:  denied  { read } for  a=1 b=2", "seresult=denied seperms=read a=1 b=2",
		`A=x B="y"`, `A=x B="y z"`, `A="y"z B=1`, `A=b="c d" B=1`, `SADDR={ a b } A=x`, `SADDR=x A=x`, `SADDR="{ a b }" A=x`, "a(=1 b=2", "long-key-name=1 b=2", "longer_keys=1 long-key-name=22222222222",
	}
	for part := range numParts {
		for _, first := range texts {
			for _, second := range texts {
				var s shapes
				read(&s, part, first)
				got, want := read(&s, part, second), readers[part](nil, second, maxTokens)
				if !slices.Equal(got, want) {
					t.Fatalf("part %d, %q behind %q:\n got %+v\nwant %+v", part, second, first, got, want)
				}
			}
		}
	}
}

func read(s *shapes, part int, text string) []token {
	toks, shape := s.read(nil, typeSyscall, part, text, false, false)
	if !shape.fits(toks) {
		panic("the shape is not that of the tokens: " + text)
	}
	return toks
}
