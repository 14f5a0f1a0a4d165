// Package config owns counterfoil.yaml: its keys, their defaults, and errors that point at the line. It reads one file
// and starts nothing. docs/config.md is the page for operators.
package config

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Config is everything the daemon is told. Default gives the value of what is not written.
type Config struct {
	Node    string   `yaml:"node"`     // owner of the trail, in the checkpoints' origin; "": the host name
	DataDir string   `yaml:"data-dir"` // directory of the trail, tokens, accounts and input positions
	Listen  string   `yaml:"listen"`   // HOST:PORT of API and web
	Inputs  []Input  `yaml:"inputs"`
	Outputs []Output `yaml:"outputs"`
	Policy  *Policy  `yaml:"policy"` // absent: everything is kept
	Trail   Trail    `yaml:"trail"`
	Witness Witness  `yaml:"witness"`
	Log     Log      `yaml:"log"`
}

// Input is one configured way in. Name is its identity: records carry it as via, positions are kept under it.
type Input struct {
	Name    string `yaml:"name"`
	Type    string `yaml:"type"`    // file, netlink, syslog, conntrack, nflog, unix
	Path    string `yaml:"path"`    // file: what to follow; unix: the socket
	Dialect string `yaml:"dialect"` // file: how to read it; syslog: "": syslog. The others have one each
	From    string `yaml:"from"`    // file: start or end, where to begin when there is no position yet; "": start
	Enable  bool   `yaml:"enable"`  // netlink: switch the kernel's auditing on where it is off, and off again at the end
	Rcvbuf  int    `yaml:"rcvbuf"`  // netlink, syslog, conntrack, nflog: socket buffer in bytes; 0: 16 MiB
	Mode    string `yaml:"mode"`    // unix: permissions of the socket, octal; "": 0660

	Listen      []string `yaml:"listen"`       // syslog: udp://, tcp:// or tls://HOST:PORT; none: port 514 of the loopback
	TLS         TLS      `yaml:"tls"`          // syslog: for tls://
	Connections int      `yaml:"connections"`  // syslog: open at a time; 0: 512
	IdleTimeout string   `yaml:"idle-timeout"` // syslog: a connection silent for so long is closed, a duration; "": never

	Events  []string `yaml:"events"`  // conntrack: new, update, destroy; none: new and destroy
	Group   *int     `yaml:"group"`   // nflog: of the rules' log statements
	Snaplen int      `yaml:"snaplen"` // nflog: first bytes of each packet; 0: 256

	Options map[string]any `yaml:"options"` // all but unix: of the dialect, by name; texts, numbers, truth values, lists of these
}

// TLS names files in PEM.
type TLS struct {
	Certificate string `yaml:"certificate"` // of this server, with its chain
	Key         string `yaml:"key"`
	ClientCA    string `yaml:"client-ca"` // who signs senders' certificates, which are demanded then; "": none are asked for
}

// Output is one configured way out. Name is its identity: its cursor is kept under it.
type Output struct {
	Name    string `yaml:"name"`
	Type    string `yaml:"type"`    // file, console, syslog
	Path    string `yaml:"path"`    // file: "": auditLog.json or auditLog.bson in the directory of the start
	Rotate  string `yaml:"rotate"`  // file: rename (at each start and when asked) or reopen (when asked); "": rename
	Address string `yaml:"address"` // syslog: unix://PATH, udp://HOST:PORT or tcp://HOST:PORT; "": unix:///dev/log
	// Facility of syslog messages, by name; "": user
	Facility string         `yaml:"facility"`
	Format   string         `yaml:"format"`  // JSON or BSON as Percona's server writes them, or a dialect; "": JSON
	Options  map[string]any `yaml:"options"` // of the dialect, by name
	Filter   string         `yaml:"filter"`  // which records; "": all
	From     string         `yaml:"from"`    // now or start, where to begin while there is no cursor; "": now
	// AuthorizationSuccess says whether MongoDB's authCheck events that succeeded are among them; not told: where the format
	// is another than JSON and BSON
	AuthorizationSuccess *bool `yaml:"authorization-success"`
}

// Trail says how the trail is kept.
type Trail struct {
	SegmentRows     int           `yaml:"segment-rows"`     // records in a full segment
	SealAge         time.Duration `yaml:"seal-age"`         // a head older than this is sealed though not full
	CheckpointEvery time.Duration `yaml:"checkpoint-every"` // at most so long between checkpoints while records arrive
	FileSize        string        `yaml:"filesz"`           // size of the log at which the head is sealed; "0": no limit
	Dirs            []Dir         `yaml:"dirs"`             // for sealed segments, used in order as they fill; none: data-dir
	Dist            bool          `yaml:"dist"`             // hard links of sealed segments in dist/
	Retention       Retention     `yaml:"retention"`        // how long what is kept
	Full            Full          `yaml:"full"`             // what happens when no more may be written
	Quota           string        `yaml:"quota"`            // size of everything sealed and the log; "0": none
	QuotaWarning    int           `yaml:"quota-warning"`    // percent of the quota at which a warning is given
	QuotaCritical   int           `yaml:"quota-critical"`   // percent at which a second one is
	Warn            string        `yaml:"warn"`             // program called as audit_warn(5) is; "": none
}

// Full says what happens when no more may be written.
type Full struct {
	Action  string   `yaml:"action"`  // suspend, halt, drop, overwrite
	Soft    int      `yaml:"soft"`    // percent of free space below which a warning is given; 0: none
	Reserve string   `yaml:"reserve"` // size kept back, so that a full disk can be told of
	Command []string `yaml:"command"` // halt: what is run at the end
}

// Dir is a directory for sealed segments.
type Dir struct {
	Path         string `yaml:"path"`
	MinFree      int    `yaml:"minfree"`       // percent of its file system that must stay free
	MinFreeBytes string `yaml:"minfree-bytes"` // likewise, as a size; the larger of the two counts
}

// Retention says when what is sealed expires: by the first rule that fits a record, else by ExpireAfter.
type Retention struct {
	ExpireAfter string          `yaml:"expire-after"` // an age, a size, or both with AND or OR; never
	Rules       []RetentionRule `yaml:"rules"`
}

// RetentionRule is for records of a category, of an input, or of both.
type RetentionRule struct {
	Category    string `yaml:"category"`
	Input       string `yaml:"input"`
	ExpireAfter string `yaml:"expire-after"`
}

// Witness says who cosigns the trail's checkpoints.
type Witness struct {
	Quorum  int           `yaml:"quorum"`  // so many of them must have cosigned; 0: all
	Every   time.Duration `yaml:"every"`   // how often they are asked, while records arrive
	Servers []Server      `yaml:"servers"` // none: nobody is asked
}

// Server is a witness.
type Server struct {
	Key string `yaml:"key"` // verifier key, as the witness prints it
	URL string `yaml:"url"` // where it takes checkpoints: its submission prefix
}

// Log says what the program tells its operator on standard error.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // text, json
}

// Types of inputs and outputs, levels and formats of the log.
var (
	inputTypes  = []string{"file", "netlink", "syslog", "conntrack", "nflog", "unix"}
	outputTypes = []string{"file", "console", "syslog"}
	logLevels   = []string{"debug", "info", "warn", "error"}
	logFormats  = []string{"text", "json"}
)

// Default is the configuration of a daemon that was given no file.
func Default() *Config {
	return &Config{
		DataDir: "var",
		Listen:  "127.0.0.1:8470",
		Trail: Trail{SegmentRows: 131072, SealAge: time.Hour, CheckpointEvery: time.Second, FileSize: "0",
			Retention: Retention{ExpireAfter: "180d"}, Full: Full{Action: "suspend", Soft: 5, Reserve: "8M"},
			Quota: "0", QuotaWarning: 75, QuotaCritical: 95},
		Witness: Witness{Every: time.Minute},
		Log:     Log{Level: "info", Format: "text"},
	}
}

// IngestSocket is where local programs hand in events: `counterfoil log` looks there.
func (c *Config) IngestSocket() string { return filepath.Join(c.DataDir, "ingest.sock") }

// complete fills in what an input need not say.
func (in *Input) complete() {
	switch in.Type {
	case "file":
		in.From = cmp.Or(in.From, "start")
	case "netlink":
		in.Dialect = cmp.Or(in.Dialect, "linux")
		in.Rcvbuf = cmp.Or(in.Rcvbuf, 16<<20)
	case "syslog":
		in.Dialect = cmp.Or(in.Dialect, "syslog")
		in.Rcvbuf = cmp.Or(in.Rcvbuf, 16<<20)
		in.Connections = cmp.Or(in.Connections, 512)
		if len(in.Listen) == 0 {
			in.Listen = []string{"udp://127.0.0.1:514", "tcp://127.0.0.1:514"}
		}
	case "conntrack":
		in.Dialect = cmp.Or(in.Dialect, "router")
		in.Rcvbuf = cmp.Or(in.Rcvbuf, 16<<20)
		if len(in.Events) == 0 {
			in.Events = []string{"new", "destroy"}
		}
	case "nflog":
		in.Dialect = cmp.Or(in.Dialect, "router")
		in.Rcvbuf = cmp.Or(in.Rcvbuf, 16<<20)
		in.Snaplen = cmp.Or(in.Snaplen, 256)
	case "unix":
		in.Dialect = cmp.Or(in.Dialect, "jsonl")
		in.Mode = cmp.Or(in.Mode, "0660")
	}
}

// Source is where an input reads, for people.
func (in *Input) Source() string { return cmp.Or(in.Path, strings.Join(in.Listen, " ")) }

// InputNamed gives the input of a name.
func (c *Config) InputNamed(name string) (Input, bool) {
	i := slices.IndexFunc(c.Inputs, func(in Input) bool { return in.Name == name })
	if i < 0 {
		return Input{}, false
	}
	return c.Inputs[i], true
}
