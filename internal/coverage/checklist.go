package coverage

import (
	"fmt"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Control is a requirement that auditors ask about, and what in a trail supports it.
type Control struct {
	ID     string
	Where  string // in the standards; their texts decide, the title is ours
	Title  string
	Needs  string            // what the query finds, in words
	Query  string            // whose records are the evidence; "" where Judge decides
	Within time.Duration     // the newest must not be older; 0: of any age
	Class  counterfoil.Class // sources that can tell of these classes owe them
	Remedy string            // what would support it
	Judge  func(*Facts) (verdict, why string, records []uint64)
}

const (
	lo = counterfoil.ClassLogin
	aa = counterfoil.ClassAuthentication
	ad = counterfoil.ClassAdministration
	ex = counterfoil.ClassExec
	fr = counterfoil.ClassFileRead
	fw = counterfoil.ClassFileWrite
	fc = counterfoil.ClassFileCreate
	fd = counterfoil.ClassFileDelete
	fm = counterfoil.ClassFileAttrModify
	nt = counterfoil.ClassNetwork
)

// Checklist is the frame of the report, in the order of the requirements.
var Checklist = []Control{
	{ID: "content", Where: "PCI DSS 10.2.2 · NIST AU-3 · ISO 27002 8.15 · CC FAU_GEN.1, FAU_GEN.2 · CIS 8.5",
		Title: "Records say who, what, when, from where and with what outcome",
		Needs: "others than this program, with a user and an outcome", Query: foreign + " and user exists and success exists",
		Remedy: "an input whose records carry a user and an outcome, such as the kernel's audit or a server's own audit log"},
	{ID: "choice", Where: "NIST AU-2, AU-12 b · CC FAU_SEL.1", Title: "It is decided and written down which events are kept",
		Judge: choice, Remedy: "a policy in counterfoil.yaml: see policy.md"},
	{ID: "data-access", Where: "PCI DSS 10.2.1.1 · NIST AU-2, AU-12 · CC FAU_GEN.1", Title: "Access of users to data",
		Needs: "users reading or writing data", Query: foreign + " and class in (fr, fw) and user exists", Class: fr | fw,
		Remedy: "watch the files (--watch PATH says how), audit the file server, or take in the database's audit log"},
	{ID: "administrators", Where: "PCI DSS 10.2.1.2 · NIST AU-2, AC-6(9) · ISO 27002 8.15, 8.18 · CIS 8.8", Title: "What administrators do",
		Needs: "users doing administration or executing programs", Query: foreign + " and class in (ad, ex) and user exists", Class: ad | ex,
		Remedy: "auditctl -a always,exit -F arch=b64 -S execve; sudo's log; ad and ex in the flags of the policy"},
	{ID: "trail-access", Where: "PCI DSS 10.2.1.3 · NIST AU-9, AU-12 · CC FAU_SAR.1", Title: "Access to the audit trail itself",
		Judge: trailAccess, Remedy: "search once through the daemon: every reading through it is a record before it is answered"},
	{ID: "failed-access", Where: "PCI DSS 10.2.1.4 · NIST AU-2, AC-7 · ISO 27002 8.5, 8.15 · CIS 8.2", Title: "Failed attempts to get access",
		Needs: "logins or authentications that failed", Query: foreign + " and class in (lo, aa) and success = false", Class: lo | aa,
		Remedy: "log in with a wrong password once: if no record appears, the source or a rule leaves failures out"},
	{ID: "accounts", Where: "PCI DSS 10.2.1.5 · NIST AC-2(4), AU-12 · ISO 27002 8.2, 8.15", Title: "Changes of accounts, groups, roles and credentials",
		Needs: "accounts, groups, roles or credentials being changed", Query: foreign + " and action in (" + accountActions() + ")", Class: ad,
		Remedy: "create and remove an account once: if no record appears, the source or a rule leaves such changes out"},
	{ID: "audit-state", Where: "PCI DSS 10.2.1.6 · NIST AU-12 · CC FAU_GEN.1", Title: "Start, stop and configuration of auditing",
		Needs: "the daemon starting, stopping or being configured", Query: own + " and via = counterfoil and event in (START, STOP, CONFIG, POLICY)",
		Remedy: "run the daemon: it records its starts, stops, configurations and policies"},
	{ID: "objects", Where: "PCI DSS 10.2.1.7 · NIST AU-12", Title: "Creation and deletion of system objects",
		Needs: "objects being created, deleted or changed in their attributes", Query: foreign + " and class in (fc, fd, fm)", Class: fc | fd | fm,
		Remedy: "watch the directories of the system, such as /etc and /usr: --watch PATH says how"},
	{ID: "network", Where: "NIST AU-12, SC-7 · CIS 8.6, 8.7", Title: "Network flows and connections", Needs: "network flows or connections",
		Query: foreign + " and class = nt", Class: nt, Remedy: "take in a router's flows; traffic: {enabled: true} where the policy has categories"},
	{ID: "integrity", Where: "PCI DSS 10.3.2, 10.3.4 · NIST AU-9, AU-9(3), AU-10 · ISO 27002 8.15 · CC FAU_STG.1 (CC:2022: FAU_STG.2)",
		Title: "Records cannot be changed or removed unnoticed", Judge: integrity, Remedy: "run the daemon: it signs what it keeps; counterfoil verify checks it"},
	{ID: "elsewhere", Where: "PCI DSS 10.3.3 · NIST AU-4(1), AU-9(2), AU-9(5) · ISO 27002 8.15 · NDcPP FAU_STG_EXT.1",
		Title: "Who administers this machine cannot rewrite the trail unnoticed", Judge: elsewhere, Remedy: "witness: servers: in counterfoil.yaml, run by somebody else, or an output of type syslog to another machine"},
	{ID: "readers", Where: "PCI DSS 10.3.1 · NIST AU-9(4) · CC FAU_SAR.2 · ISO 27002 8.15", Title: "Only those with a need can read",
		Needs: "the daemon's start, which lists accounts and tokens with their roles", Query: own + " and via = counterfoil and event = START",
		Remedy: "run the daemon: accounts and tokens have roles, and its start lists them"},
	{ID: "review", Where: "PCI DSS 10.4.1 · NIST AU-6, AU-7 · CC FAU_SAR.1, FAU_SAR.3 · CIS 8.11", Title: "Records are reviewed",
		Needs: "somebody reading the trail", Within: 7 * 24 * time.Hour, Query: reading,
		Remedy: "review through the daemon at least weekly, PCI DSS daily: each search is a record"},
	{ID: "retention", Where: "PCI DSS 10.5.1 · NIST AU-11 · CIS 8.10", Title: "Records are retained", Judge: retention,
		Remedy: "keep the data directory; nothing is deleted from it by itself"},
	{ID: "clocks", Where: "PCI DSS 10.6 · NIST AU-8 · ISO 27002 8.17 · CC FPT_STM.1 · CIS 8.4", Title: "Clocks are synchronised",
		Judge: func(*Facts) (string, string, []uint64) {
			return Unseen, "a record has the source's time and ours (time, received), and nothing says which clock is right", nil
		}, Remedy: "chrony or ntpd on every source"},
	{ID: "failure", Where: "PCI DSS 10.7 · NIST AU-5, AU-5(1), AU-5(2) · CC FAU_STG.3 (CC:2022: FAU_STG.4)", Title: "Failure of auditing is noticed",
		Judge: failure, Remedy: "find out why the input is quiet, or --accept it"},
	{ID: "space", Where: "NIST AU-4, AU-5(4) · CC FAU_STG.4 (CC:2022: FAU_STG.5)", Title: "Nothing is lost when storage is full",
		Judge: func(*Facts) (string, string, []uint64) {
			return Unseen, "a full disk makes senders wait and loses nothing that they can hold; how much they can is theirs", nil
		}, Remedy: "watch the space of the data directory: counterfoil status"},
	{ID: "loss", Where: "NIST AU-5 · NDcPP FAU_STG_EXT", Title: "What was lost is counted", Judge: loss,
		Remedy: "look at the gaps: counterfoil search 'event = GAP'"},
	{ID: "correlation", Where: "NIST AU-6(3), AU-12(1) · CIS 8.9", Title: "Systems are in one trail",
		Needs: "other systems", Query: foreign, Remedy: "inputs in counterfoil.yaml: see inputs.md"},
}

const reading = own + " and event in (SEARCH, COUNT, SHOW, EXPORT, PROVE)"

// accountActions lists the actions that change who may do what.
func accountActions() string {
	var list []string
	for _, a := range counterfoil.Actions() {
		switch noun, _, _ := strings.Cut(string(a), "."); noun {
		case "account", "group", "role":
			list = append(list, string(a))
		}
	}
	return strings.Join(append(list, string(counterfoil.AuthCredential)), ", ")
}

// owed are the classes that some control asks for.
func owed() (c counterfoil.Class) {
	for _, x := range Checklist {
		c |= x.Class
	}
	return c
}

func choice(f *Facts) (verdict, why string, records []uint64) {
	switch {
	case f.Policy.Compiled == nil:
		return Met, "there is no policy: everything that is taken in is kept", nil
	case f.Policy.Number == 0:
		return Met, fmt.Sprintf("the policy has %d rules", len(f.Policy.Compiled.Rules())), nil
	}
	return Met, fmt.Sprintf("policy %d is in force, with %d rules", f.Policy.Number, len(f.Policy.Compiled.Rules())), []uint64{f.Policy.Seq}
}

func trailAccess(f *Facts) (verdict, why string, records []uint64) {
	a := f.answers[reading]
	if a.Count == 0 {
		return Unseen, "nobody has read the trail through the daemon yet", nil
	}
	return Met, fmt.Sprintf("%s through the daemon, the newest of %s", plural(a.Count, "reading"), moment(a.Newest.Time)), []uint64{a.Newest.Seq}
}

func integrity(f *Facts) (verdict, why string, records []uint64) {
	if f.Signed == 0 {
		return NotMet, "no checkpoint is signed", nil
	}
	return Met, fmt.Sprintf("the newest checkpoint signs %d of %d records; that they still are what was signed, counterfoil verify says", f.Signed, f.Records), []uint64{f.Signed - 1}
}

func elsewhere(f *Facts) (verdict, why string, records []uint64) {
	switch {
	case f.Witnesses > 0:
		return Met, fmt.Sprintf("%s asked to cosign the checkpoints; counterfoil verify says who did", plural(uint64(f.Witnesses), "witness server")), nil
	case len(f.Copies) > 0:
		return Met, "records are sent to another machine by " + strings.Join(f.Copies, ", "), nil
	}
	return NotMet, "no witness cosigns the checkpoints and no output leaves the machine: who holds it and its key could make another trail", nil
}

func retention(f *Facts) (verdict, why string, records []uint64) {
	if f.oldest == nil {
		return NotMet, "there is no record", nil
	}
	oldest, year := f.oldest, f.Now.Std().AddDate(-1, 0, 0)
	switch {
	case oldest.Seq == 0:
		return Met, fmt.Sprintf("nothing was deleted since the trail began, at %s", moment(oldest.Received)), []uint64{0}
	case oldest.Received.Std().Before(year):
		return Met, fmt.Sprintf("the oldest record is of %s, more than twelve months ago", moment(oldest.Received)), []uint64{oldest.Seq}
	}
	return NotMet, fmt.Sprintf("the oldest record is of %s: what was before is deleted, and twelve months are not kept", moment(oldest.Received)), []uint64{oldest.Seq}
}

func failure(f *Facts) (verdict, why string, records []uint64) {
	var quiet []string
	for _, in := range f.Inputs {
		if in.Count == 0 || f.quiet(in) {
			quiet = append(quiet, in.Name)
		}
	}
	switch {
	case len(f.Inputs) == 0:
		return NotMet, "there is no input", nil
	case len(quiet) > 0:
		return NotMet, "quiet: " + strings.Join(quiet, ", "), nil
	}
	return Met, fmt.Sprintf("each of %d inputs has delivered within %v", len(f.Inputs), f.Quiet), nil
}

func loss(f *Facts) (verdict, why string, records []uint64) {
	a, unknown := f.answers[gaps], f.answers[uncounted]
	switch {
	case a.Count == 0:
		return Met, "no loss is known", nil
	case unknown.Count > 0:
		return NotMet, fmt.Sprintf("of %d known losses, nobody can tell the size of %d", a.Count, unknown.Count), []uint64{unknown.Newest.Seq}
	}
	return Met, fmt.Sprintf("%d losses are known and counted", a.Count), []uint64{a.Newest.Seq}
}
