package all

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

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
		"header,104,11,audit crash recovery,0,Mon Nov  4 18:36:20 2013, + 381 msec\ntext,la": "praudit",
		"<?xml version='1.0' ?>\n<audit>\n<record version=\"11\" event=\"su(1)\"":            "praudit",
		"header,text": "",
		"\x14\x00\x00\x00\x31\x0b\x00\x17\x00\x00eS\xf1\x00\x00\x00\x00\x7b#\x00\x0c": "bsm",
		"\x14 control": "",
		"type=USER_LOGIN msg=audit(1700000000.001:1): pid=1\ntype=":                                                               "linux",
		"\nnode=a type=EOE msg=audit(1700000000.001:1): \n":                                                                       "linux",
		`{"time":"2026-01-01T00:00:00Z","svc":"SMB"`:                                                                              "jsonl",
		`{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Me`:                                                              "k8s",
		`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{`:                                                           "k8s",
		`{"apiVersion":"v1","x":"\"apiVersion\":\"audit.k8s.io/v1"}`:                                                              "",
		"CEF:0|Vendor|Product|1|100|name|5|src=10.0.0.1\n":                                                                        "cef",
		"<13>Nov 22 12:00:00 gw CEF:0|Vendor|Product|1|100|name|5|\n":                                                             "cef",
		"Nov 22 12:00:00 gw su: CEF:0|Vendor|Product|1|100|name|5|\n":                                                             "syslog",
		`{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"Root"},"eventTime":"x","eventSource":"iam.amazonaws.com","ev`: "cloudtrail",
		`{"Records": [ {"eventVersion":"1.05","userIdentity":{"type":"Ro`:                                                         "cloudtrail",
		`{"version":"0","detail":{"eventSource":"iam.amazonaws.com"}}`:                                                            "cloudtrail",
		`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","userIdentity":{}}]}`:                                           "",
		`Nov 22 12:00:00 nas TNAUDIT_SMB[7]: @cee:{"TNAUDIT":{"svc":"SMB"`:                                                        "truenas",
		`@cee:{"TNAUDIT": {"time":"2026-01-01 00:00:00.0Z","svc":"SMB"`:                                                           "truenas",
		`[{"audit_id":"a","message_timestamp":1,"service":"SMB"`:                                                                  "truenas",
		`Nov 22 12:00:00 nas sshd[7]: @cee:{"TNAUDIT":{"svc":"SMB","time":"2026`:                                                  "syslog",
		`{"time":"2026-11-22T12:00:00Z","type":"response","auth":{"display_name":"`:                                               "vault",
		`@cee: {"time":"2026-11-22T12:00:00Z","type":"request","request":{"id":"`:                                                 "vault",
		`{"time":"2026-11-22T12:00:00Z","type":"request","auth":"x"}`:                                                             "",
		"[1795350665.932696]\t    [NEW] ipv4     2 tcp      6 3 SYN_SENT src=10.99.1.2 dst=":                                      "router",
		"Nov 22 12:31:06 gate kernel: [ 1.2] deny IN=a OUT=b SRC=10.99.1.2 DST=10.99.2.2 ":                                        "router",
		`{"fields":{"user":"a"},"name":"events","tags":{"subtype":"running_config_change","type":"admin`:                          "router",
		`{"activity_id":1,"class_uid":3002,"type_uid":300201,"time":1700000000123}`:                                               "ocsf",
		`{"class_uid":3002,"name":"x"}`:                                                                                           "",
		"__CURSOR=s=0a;i=1\n__REALTIME_TIMESTAMP=1795348800000000\n":                                                              "journal",
		"\x1e" + `{"_BOOT_ID":"b0","MESSAGE":"type=EOE msg=audit(1.001:1): "}`:                                                    "journal",
		"{\n\t\"__CURSOR\" : \"s=0a":                                                                                              "journal",
		"seq,time,svc,event,raw\r\n1,":                                                                                            "csv",
		"time,user,event\n":                                                                                                       "",
		"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><Sys":                                               "windows",
		"\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n<Events>\r\n<Event>\r\n<System><Provider Name=\"x\"/>":                            "windows",
		"<Event><a>schemas</a></Event>":                                                                                           "",
		"Nov 22 22:40:53 gate sudo:     anna : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/id":                            "sudo",
		"Nov 22 22:40:53 2026 : anna : PWD=/ ; USER=root ;\n    COMMAND=/usr/bin/id\n":                                            "sudo",
		"{\n    \"accept\": {\n        \"uuid\": ":                                                                                "sudo",
		`Nov 22 22:40:53 gate sudo: @cee:{"sudo":{"reject":{"reason":"command not allowed"`:                                       "sudo",
		"<29>Nov 22 12:00:00 smbd[7]: [2026/11/22 12:00:00.1,  2, pid=7] ../../source3/smbd/x.c:1(f)":                             "samba",
		"Nov 22 12:00:00 nas smbd_audit: COUNTERFOIL1|7|SMB3_11|::1|a|b|c|/srv/c|connect|ok|c":                                    "samba",
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

// TestPages: every dialect has its page, and the mapping table on it is that of the code.
func TestPages(t *testing.T) {
	for _, d := range Dialects {
		name := filepath.Join("..", "..", "..", "docs", "dialects", d.Name+".md")
		page, err := os.ReadFile(name)
		if err != nil {
			t.Errorf("dialect %s has no page: %v", d.Name, err)
			continue
		}
		if d.Mapping == nil {
			t.Errorf("dialect %s does not say its mapping", d.Name)
			continue
		}
		const begin, end = "<!-- mapping -->\n", "<!-- /mapping -->\n"
		before, rest, ok := strings.Cut(string(page), begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Errorf("%s lacks the lines %q and %q", name, strings.TrimSpace(begin), strings.TrimSpace(end))
			continue
		}
		want := before + begin + table(d.Mapping()) + end + after
		if dialecttest.Update() {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Error(err)
			}
		} else if string(page) != want {
			t.Errorf("%s is not what the code does: run go test ./internal/dialect/all -update", name)
		}
	}
}

func table(rows []dialect.Row) string {
	var b strings.Builder
	b.WriteString("\n| theirs | ours | note |\n|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(r.Theirs), cell(r.Ours), cell(r.Note))
	}
	return b.String() + "\n"
}

func cell(s string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s) }

// TestBoomerang writes what each dialect reads in each other that both reads and writes: what comes back is the event,
// but for the fields that the writer said are lost.
func TestBoomerang(t *testing.T) {
	events := goldens(t)
	for _, d := range Dialects {
		if d.Decode == nil || d.Encode == nil || d.Split == nil {
			continue
		}
		suite := dialecttest.Suite{Dialect: d}
		if d.Name == "jsonl" || d.Name == "csv" { // they say where a record was
			suite.Undo = dialecttest.UndoOrigin
		}
		for from, list := range events {
			t.Run(from+" to "+d.Name, func(t *testing.T) {
				for i := range list {
					list[i].Raw = "" // the bytes of the one cannot be those of the other
					if err := suite.Boomerang(&list[i]); err != nil {
						t.Fatalf("event %d: %v", i, err)
					}
				}
			})
		}
	}
}

// goldens reads what each dialect made of its test inputs, at most 200 events of each file.
func goldens(t *testing.T) map[string][]counterfoil.Event {
	all := map[string][]counterfoil.Event{}
	for _, d := range Dialects {
		files, err := filepath.Glob(filepath.Join("..", d.Name, "testdata", "*.golden.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s := bufio.NewScanner(f)
			s.Buffer(nil, counterfoil.MaxMessage)
			for n := 0; n < 200 && s.Scan(); n++ {
				e, err := counterfoil.ParseEvent(s.Text())
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				all[d.Name] = append(all[d.Name], e)
			}
			if err := s.Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}
