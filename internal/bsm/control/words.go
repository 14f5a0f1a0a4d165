package control

import (
	"errors"
	"fmt"
	"strings"
)

// Word is a word of the policy key, and what it does in counterfoil.
type Word struct{ Name, FreeBSD, Here string }

// Words are those that have a meaning here.
var Words = []Word{
	{"cnt", "go on when records cannot be kept, and drop them", "never dropped: while the trail takes nothing in, senders wait; the machine goes on"},
	{"ahlt", "stop the machine when a record cannot be written", "a trail that cannot be written ends the daemon with exit code 3; the service manager may stop the machine (OnFailure=)"},
	{"argv", "arguments in exec records", "always kept, where the source sends them"},
	{"arge", "environment in exec records", "always kept, where the source sends it"},
	{"path", "secondary paths", "always kept, where the source sends them"},
	{"seq", "a sequence number in each record", "always: every record has its seq"},
	{"group", "supplementary groups", "always kept, where the source sends them"},
	{"trail", "a trailer behind each record", "always written by the bsm dialect; a record of the trail needs none"},
}

// elsewhere are words that libbsm knows and that mean nothing here.
var elsewhere = []string{"windata", "user", "scnt", "public", "zonename", "perzone"}

// ParsePolicy reads the words of a policy. An error says which is none; at is its place in bytes, from 0.
func ParsePolicy(text string) (words []string, at int, err error) {
	for word := range strings.SplitSeq(text, ",") {
		switch known, other := isWord(word); {
		case other:
			return words, at, fmt.Errorf("%q is a policy of other systems: neither FreeBSD nor counterfoil has it", word)
		case word == "":
			return words, at, errors.New("a word is missing here: " + wanted())
		case !known:
			return words, at, fmt.Errorf("%q is no policy: %s", word, wanted())
		}
		words = append(words, word)
		at += len(word) + 1
	}
	return words, 0, nil
}

func isWord(s string) (known, other bool) {
	for _, w := range Words {
		known = known || w.Name == s
	}
	for _, w := range elsewhere {
		other = other || w == s
	}
	return known, other
}

func wanted() string {
	names := make([]string, len(Words))
	for i, w := range Words {
		names[i] = w.Name
	}
	return "want one of " + strings.Join(names, " ")
}
