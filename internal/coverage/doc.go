// Package coverage says what an audit trail does not hold, and which requirements what it holds supports. [Gather] asks a
// trail, [Facts.Report] judges what was gathered and asks nothing any more:
//
//	inputs      that never delivered, are quiet, or never told of a class that their dialect can tell of
//	policy      what its rules leave out, by decision, with what they have refused
//	kernel      whether it audits, and whether the paths that are to be watched have a rule
//	checklist   which requirement is supported by which records and rules, and what would support the others
//
// Pure: the trail, the kernel's rules and the time are handed in.
package coverage
