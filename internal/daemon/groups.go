package daemon

import (
	"os/user"
	"sync"
	"time"
)

// groups asks this machine's database who is in which groups. Safe for concurrent use.
type groups struct {
	mu    sync.Mutex // guards known
	known map[string]memberships
}

type memberships struct {
	groups []string
	at     time.Time
}

// groupsFor is how long an answer is believed.
const groupsFor = time.Minute

// of gives the names and numbers of a user's groups; none of one who is not known here.
func (g *groups) of(name string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m, ok := g.known[name]; ok && time.Since(m.at) < groupsFor {
		return m.groups
	}
	if g.known == nil || len(g.known) > 4096 {
		g.known = map[string]memberships{}
	}
	g.known[name] = memberships{lookUpGroups(name), time.Now()}
	return g.known[name].groups
}

func lookUpGroups(name string) (list []string) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil
	}
	for _, id := range ids {
		list = append(list, id)
		if g, err := user.LookupGroupId(id); err == nil {
			list = append(list, g.Name)
		}
	}
	return list
}
