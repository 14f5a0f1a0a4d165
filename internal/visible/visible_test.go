package visible

import "testing"

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain /hr/pay.xlsx":        "plain /hr/pay.xlsx",
		"grüße 東京":                  "grüße 東京",
		"a\x1b[31mred":              `a\x1b[31mred`,
		"two\nlines\tand\r":         `two\nlines\tand\r`,
		"bad\xff\xfe":               `bad\xff\xfe`,
		"exe\u202egpj.txt":          `exe\u202egpj.txt`,
		"zero\u200bwidth\u2060":     `zero\u200bwidth\u2060`,
		"no\u00a0break\u2800":       `no\u00a0break\u2800`,
		"tag\U000e0041":             `tag\U000e0041`,
		"\u007f\u0085":              `\x7f\u0085`,
		"e\u0301\u0301\u0301\u0301": "e\u0301\u0301\u0301" + `\u0301`,
		"the character \ufffd":      "the character \ufffd",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Lines("a\n\tb\r\u202e"); got != "a\n\tb"+`\r\u202e` {
		t.Errorf("Lines: %q", got)
	}
}
