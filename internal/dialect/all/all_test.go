package all

import "testing"

func TestLookup(t *testing.T) {
	for _, d := range Dialects {
		for _, name := range []string{d.Name, d.ID()} {
			if got, ok := Lookup(name); !ok || got != d {
				t.Errorf("Lookup(%q) = %v, %v", name, got, ok)
			}
		}
		if d.Doc == "" || d.Decode == nil && d.Encode == nil {
			t.Errorf("dialect %q lacks doc or both ways", d.Name)
		}
	}
	if _, ok := Lookup("klingon"); ok {
		t.Error("found a dialect that is not there")
	}
}

func TestSniff(t *testing.T) {
	for prefix, want := range map[string]string{
		"type=USER_LOGIN msg=audit(1700000000.001:1): pid=1\ntype=": "linux",
		"\nnode=a type=EOE msg=audit(1700000000.001:1): \n":         "linux",
		`{"time":"2026-01-01T00:00:00Z","svc":"SMB"`:                "jsonl",
		"hello": "",
		"":      "",
	} {
		got := ""
		if d := Sniff([]byte(prefix)); d != nil {
			got = d.Name
		}
		if got != want {
			t.Errorf("Sniff(%q) = %q, want %q", prefix, got, want)
		}
	}
}
