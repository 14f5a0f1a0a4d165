// Package all is the one list of dialects. It owns nothing else.
package all

import (
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/bsm"
	"github.com/counterfoil/counterfoil/internal/dialect/cef"
	"github.com/counterfoil/counterfoil/internal/dialect/cloudtrail"
	"github.com/counterfoil/counterfoil/internal/dialect/csv"
	"github.com/counterfoil/counterfoil/internal/dialect/journal"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/dialect/k8s"
	"github.com/counterfoil/counterfoil/internal/dialect/linux"
	"github.com/counterfoil/counterfoil/internal/dialect/mongo"
	"github.com/counterfoil/counterfoil/internal/dialect/ocsf"
	"github.com/counterfoil/counterfoil/internal/dialect/praudit"
	"github.com/counterfoil/counterfoil/internal/dialect/router"
	"github.com/counterfoil/counterfoil/internal/dialect/samba"
	"github.com/counterfoil/counterfoil/internal/dialect/sudo"
	"github.com/counterfoil/counterfoil/internal/dialect/syslog"
	"github.com/counterfoil/counterfoil/internal/dialect/truenas"
	"github.com/counterfoil/counterfoil/internal/dialect/vault"
	"github.com/counterfoil/counterfoil/internal/dialect/windows"
	"slices"
)

// rooms has every dialect but the envelope, in the order in which they are asked whether a stream is theirs.
var rooms = []*dialect.Dialect{
	bsm.Dialect,
	jsonl.Dialect,
	truenas.Dialect,
	samba.Dialect,
	praudit.Dialect,
	linux.Dialect,
	sudo.Dialect,
	mongo.Dialect,
	router.Dialect,
	k8s.Dialect,
	cef.Dialect,
	cloudtrail.Dialect,
	vault.Dialect,
	ocsf.Dialect,
	journal.Dialect,
	windows.Dialect,
	csv.Dialect,
}

// Dialects lists every dialect. The order is that in which [Sniff] asks them: the envelope last, since what knows its
// records behind a syslog header is more specific.
var Dialects = append(slices.Concat(rooms, siem), syslog.New(slices.Concat(rooms, siem)))

// Lookup finds a dialect by its name, "linux", or by the name and version that an event carries, "linux/1".
func Lookup(name string) (*dialect.Dialect, bool) {
	for _, d := range Dialects {
		if d.Name == name || d.ID() == name {
			return d, true
		}
	}
	return nil, false
}

// Sniff gives the first dialect that the beginning of a stream looks like, or nil.
func Sniff(prefix []byte) *dialect.Dialect {
	for _, d := range Dialects {
		if d.Sniff != nil && d.Sniff(prefix) {
			return d
		}
	}
	return nil
}
