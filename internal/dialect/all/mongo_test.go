package all

import "testing"

// TestSniffMongo: logs of MongoDB are found in all their forms, and its OCSF events are not taken for those of others.
func TestSniffMongo(t *testing.T) {
	for prefix, want := range map[string]string{
		`{ "atype" : "logout", "ts" : { "$date" : "2025-`:                                            "mongo",
		"\x50\x00\x00\x00\x02atype\x00\x07\x00\x00\x00logout\x00":                                    "mongo",
		"\x14\x01\x00\x00\x02atype\x00\x07\x00\x00\x00logout\x00":                                    "mongo",
		`{"class_uid":3002,"type_uid":300201,"metadata":{"product":"MongoDB Server"},"actor":{}}`:    "mongo",
		`{"class_uid":3002,"type_uid":300201,"metadata":{"product":"MongoDB Servers"},"actor":{}}`:   "ocsf",
		`{"time":"2026-01-01T00:00:00Z","svc":"MONGODB","event_data":{"atype":"x","ts":1}}`:          "jsonl",
		`{"t":{"$date":"2024-03-13T06:28:04.631-04:00"},"s":"I","c":"CONTROL","msg":"no audit log"}`: "",
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
