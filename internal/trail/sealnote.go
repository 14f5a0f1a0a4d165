package trail

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

const (
	sealHead  = "counterfoil segment 1" // of a range in one file
	sealHead2 = "counterfoil segment 2" // of a range in several
	sealHead3 = "counterfoil segment 3" // of a range of which something is forgotten
)

// text is what the seal's note says.
func (sp *span) text(origin string) string {
	var b strings.Builder
	if len(sp.all) == 1 && len(sp.forgot) == 0 {
		s := sp.all[0]
		fmt.Fprintf(&b, "%s\n%s\n%s\n%d %x\n", sealHead, origin, s.base+".parquet", s.Bytes, s.Digest[:])
	} else {
		head := sealHead2
		if len(sp.forgot) > 0 {
			head = sealHead3
		}
		fmt.Fprintf(&b, "%s\n%s\n", head, origin)
		for _, s := range sp.all {
			fmt.Fprintf(&b, "%s %d %d %x\n", s.base+".parquet", s.rows, s.Bytes, s.Digest[:])
		}
		for _, f := range sp.forgot {
			fmt.Fprintf(&b, "%s%d %d\n", forgottenLine, f.event, f.records)
		}
	}
	fmt.Fprintf(&b, "%d %s\n", sp.Last+1, base64.StdEncoding.EncodeToString(sp.Root[:]))
	return b.String()
}

// forgottenLine begins the line of a seal that says how much was forgotten, and by whose event.
const forgottenLine = "forgotten "

// partBase names file n of a span of several files.
func partBase(base string, n int) string { return fmt.Sprintf("%s.%d", base, n+1) }

// fresh gives a name that no file of the span has, nor had since its last that was named so.
func (sp *span) fresh() string {
	most := 0
	for _, s := range sp.all {
		most = max(most, partOf(s.base))
	}
	return partBase(sp.base(), most)
}

// partOf gives the number of a file in a span of several, from 1; 0 if it is the only one, -1 if the name is no such.
func partOf(base string) int {
	whole, n, several := strings.Cut(base, ".")
	if !several {
		return 0
	}
	if k, err := strconv.Atoi(n); err == nil && k > 0 && partBase(whole, k-1) == base {
		return k
	}
	return -1
}

// readSeal reads the note of a span.
func readSeal(fsys disk.FS, base string, id *identity) (*span, error) {
	msg, err := disk.ReadFile(fsys, sealName(base), 16<<20) // each record of a range may be forgotten by itself
	if err != nil {
		return nil, err
	}
	text, err := openNote(msg, id.vkey)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sealName(base), err)
	}
	sp, err := parseSeal(base, strings.Split(text, "\n"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sealName(base), err)
	}
	if sp.text(id.origin) != text || sp.base() != base {
		return nil, fmt.Errorf("%s: is that of another segment or trail, or not in its one form", sealName(base))
	}
	return sp, nil
}

// parseSeal reads the lines of a seal loosely; what they say must give them again.
func parseSeal(base string, lines []string) (*span, error) {
	sp := &span{}
	if _, err := fmt.Sscanf(base, "%016d-%016d", &sp.First, &sp.Last); err != nil || sp.Last < sp.First {
		return nil, errors.New("its name is not that of a segment")
	}
	n := len(lines)
	if n < 5 || lines[0] != sealHead && lines[0] != sealHead2 && lines[0] != sealHead3 || lines[n-1] != "" {
		return nil, errors.New("is no seal of this version")
	}
	files := lines[2 : n-2]
	switch lines[0] {
	case sealHead:
		files = []string{fmt.Sprintf("%s.parquet %d %s", base, sp.Last-sp.First+1, lines[3])}
	case sealHead3:
		var err error
		if files, err = sp.parseForgot(files); err != nil {
			return nil, err
		}
	}
	rows := uint64(0)
	for _, l := range files {
		s := &Sealed{First: sp.First, Last: sp.Last}
		var digest string
		if _, err := fmt.Sscanf(l, "%s %d %d %s", &s.base, &s.rows, &s.Bytes, &digest); err != nil || s.rows < 1 {
			return nil, fmt.Errorf("is not in its one form: %q", l)
		}
		d, err := hex.DecodeString(digest)
		if err != nil || len(d) != len(s.Digest) {
			return nil, fmt.Errorf("is not in its one form: %q", l)
		}
		s.Digest, s.base = counterfoil.Hash(d), strings.TrimSuffix(s.base, ".parquet")
		want := s.base == base || s.base == partBase(base, len(sp.all))
		if lines[0] == sealHead3 { // what was written anew has a new name
			whole, _, _ := strings.Cut(s.base, ".")
			want = whole == base && partOf(s.base) >= 0 && !slices.ContainsFunc(sp.all, func(o *Sealed) bool { return o.base == s.base })
		}
		if !want {
			return nil, fmt.Errorf("names %q, which is no name of a file of it", s.base)
		}
		sp.all, rows = append(sp.all, s), rows+uint64(s.rows)
	}
	if rows != sp.Last-sp.First+1 {
		return nil, fmt.Errorf("its files hold %d records of the %d", rows, sp.Last-sp.First+1)
	}
	var size uint64
	var root string
	_, err := fmt.Sscanf(lines[n-2], "%d %s", &size, &root)
	r, rerr := base64.StdEncoding.DecodeString(root)
	if err := errors.Join(err, rerr); err != nil || len(r) != len(sp.Root) {
		return nil, errors.New("is not in its one form: the root")
	}
	sp.Root = counterfoil.Hash(r)
	return sp, nil
}

// parseForgot takes the lines that say what is forgotten off the lines of a seal.
func (sp *span) parseForgot(lines []string) (files []string, err error) {
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, forgottenLine) })
	if i <= 0 {
		return nil, errors.New("is not in its one form: nothing of it is forgotten")
	}
	for _, l := range lines[i:] {
		var f forgot
		if _, err := fmt.Sscanf(l, forgottenLine+"%d %d", &f.event, &f.records); err != nil || f.records < 1 {
			return nil, fmt.Errorf("is not in its one form: %q", l)
		}
		if n := len(sp.forgot); n > 0 && sp.forgot[n-1].event >= f.event {
			return nil, errors.New("is not in its one form: what was forgotten does not stand in its order")
		}
		sp.forgot = append(sp.forgot, f)
	}
	return lines[:i], nil
}
