package text

import (
	"encoding/xml"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// names are those of the machine on which the expected results were made.
func names(known map[uint32]string) func(uint32) string {
	return func(id uint32) string { return known[id] }
}

var (
	users  = names(map[uint32]string{0: "root"})
	groups = names(map[uint32]string{0: "wheel"})
)

// forms has the options of praudit by the ending of the expected result.
var forms = map[string]Form{
	"default": {User: users, Group: groups}, "l": {OneLine: true, User: users, Group: groups}, "ln": {OneLine: true}, "r": {Raw: true},
	"s": {Short: true, User: users, Group: groups}, "x": {XML: true, User: users, Group: groups}, "lx": {OneLine: true, XML: true, User: users, Group: groups},
}

// show prints a stream; frames that are no records give nothing, as praudit gives nothing.
func show(f Form, in []byte) string {
	p := NewPrinter(f)
	var out []byte
	if f.XML {
		out = append(out, Prologue...)
	}
	var r bsm.Record
	for len(in) > 0 {
		n, frame, _ := bsm.Split(in, true)
		in = in[n:]
		if r.Parse(frame) == nil {
			out = p.Append(out, &r)
		}
	}
	if f.XML {
		out = append(out, Epilogue...)
	}
	return string(out)
}

// differ says of files, in which forms we show them otherwise than praudit does and why.
var differ = []struct{ files, forms, why string }{
	{"acl_token_0x30.bsm unknown_token.bsm", "default l ln lx r s x", "praudit takes the return token for part of the token that it does not know, and shows none in XML"},
	{"apple_identity_0xed.bsm", "default l ln lx r s x", "OpenBSM does not know macOS's identity token"},
	{"apple.bsm privset.bsm", "l ln", "a comma in a text would part it on a line of several tokens"},
	{"apple.bsm path_hostile.bsm exec_args_hostile.bsm", "x lx", "only praudit's arguments are escaped in XML, and those as text"},
	{"path_hostile.bsm exec_args_hostile.bsm", "default l ln r s", "line ends, delimiters and controls in names would forge tokens"},
	{"path_utf8_and_invalid.bsm", "default l ln lx r s x", "bytes that are not UTF-8 are controls on some terminals, and no XML"},
	{"path_embedded_nul.bsm data_record openbsm.bsm", "default l ln lx r s x", "praudit leaves NULs out of strings, or writes them as they are"},
	{"arbitrary_byte_string.bsm arbitrary_int_binary.bsm arbitrary_int_string.bsm arbitrary_int64_string.bsm arbitrary_short_binary.bsm",
		"default l ln lx r s x", "praudit writes the bytes as they are"},
	{"arbitrary_int64_hex.bsm arbitrary_int64_octal.bsm", "default l ln lx r s x", "praudit shows half of 64 bits"},
	{"arg_uuid_record ret_uuid_record ipc_record ipc_shm.bsm ipc_unknown.bsm privset.bsm upriv_failure.bsm upriv_success.bsm", "x lx", "praudit's is no XML"},
	{"header32_ex_ipv4.bsm", "x lx r", "praudit's is no XML, and in raw form its XML is"},
	{"process32_record process32ex_record-IPv4 process32ex_record-IPv6 process64_record process64ex_record-IPv4 process64ex_record-IPv6", "x lx",
		"praudit parts port and address of the terminal in one token of eight only"},
	{"subject32_ex_ipv4.bsm subject32_ex_ipv6.bsm subject32ex_record", "x lx", "as for processes"},
	{"damaged_exec_count_huge.bsm damaged_size_short.bsm damaged_size_small.bsm damaged_subject_ex_badtype.bsm header32_token", "default l ln lx r s x",
		"praudit shows nothing of what is damaged, and nothing that follows a size that lies"},
}

func reason(file, form string) string {
	for _, d := range differ {
		if slices.Contains(strings.Fields(d.files), file) && slices.Contains(strings.Fields(d.forms), form) {
			return d.why
		}
	}
	return ""
}

var errorText = regexp.MustCompile(`failure ?: [^,"\n]*(, don't sleep in stream head)?`)

// TestPeer holds what is shown against what OpenBSM's praudit shows of the same trail. Texts of errors are the C
// library's there and FreeBSD's here.
func TestPeer(t *testing.T) {
	shared := peertest.Shared(t, "data/bsm") + "/"
	same, other := 0, 0
	err := filepath.WalkDir(shared+"expected", func(path string, e fs.DirEntry, err error) error {
		ending := strings.TrimPrefix(filepath.Ext(path), ".")
		form, ok := forms[ending]
		if err != nil || e.IsDir() || !ok {
			return err
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		in, err := os.ReadFile(strings.Replace(strings.TrimSuffix(path, "."+ending), "expected/", "", 1))
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(path), "."+ending)
		got := show(form, in)
		if form.XML {
			wellFormed(t, name, got)
		}
		why := reason(name, ending)
		g, w := errorText.ReplaceAllString(got, "failure"), errorText.ReplaceAllString(string(want), "failure")
		switch {
		case g == w && why != "":
			t.Errorf("%s.%s is as praudit shows it, though it should not be: %s", name, ending, why)
		case g == w:
			same++
		case why == "":
			t.Errorf("%s.%s\n got %s\nwant %s", name, ending, g, w)
		default:
			other++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d results as praudit's, %d otherwise for a reason", same, other)
}

func wellFormed(t *testing.T, name, doc string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: not well-formed: %v\n%s", name, err, doc)
			return
		}
	}
}
