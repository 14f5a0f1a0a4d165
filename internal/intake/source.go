package intake

// Source describes one type of input for the configuration and its help.
type Source struct {
	Type    string   // the value of the key "type"
	Doc     string   // a sentence
	Path    string   // what the key "path" means; empty: the type has none
	Dialect bool     // whether the key "dialect" is needed; else the type takes canonical events or fixes its dialect
	Keys    []Key    // further keys
	Systems []string // operating systems it works on; nil: all that counterfoil runs on
}

// Key is one setting of an input.
type Key struct{ Name, Doc, Default string }

// Sources lists the types of input. http is not configured: it is there whenever the daemon listens.
var Sources = []Source{
	{Type: "file", Doc: "Follow a file that grows, through its rotation, and go on after a restart exactly where it stopped.",
		Path: "the file, by its name between rotations", Dialect: true,
		Keys: []Key{{"from", "where to begin when the file is read for the first time: start or end", "start"}}},
	{Type: "netlink", Doc: "Take the running kernel's audit records, beside a running auditd (Linux, as root).",
		Systems: []string{"linux"}, Keys: []Key{{"mode", "multicast; unicast (instead of auditd) is not implemented", "multicast"}}},
	{Type: "unix", Doc: "Listen on a unix socket for events as JSON Lines; the kernel says who sent them.",
		Path: "the socket", Systems: []string{"linux", "freebsd"}},
	{Type: "http", Doc: "Take events as JSON Lines at POST /api/v1/events of the HTTP interface, with a token of role sender."},
}
