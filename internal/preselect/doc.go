// Package preselect owns the decision, before the trail, whether an event is kept. A [Policy] is compiled from rules that
// are parsed elsewhere; it judges an event in one place and in one order, in which the first decision wins:
//
//	the program's own events              are always kept
//	categories alarm and provisioning     are always kept
//	a category that is not enabled        refuses; persist: false keeps the event from the disk, not from who looks on
//	lists, of the input in order          a watch list keeps its members and refuses all others; else a limit list refuses its members.
//	                                      AUTHENTICATION is never subject to lists; an event without a user is watched and not limited
//	flags, naflags, always, never         an event in no selected class is refused
//	filters, of the input in order        only: refuses what does not match; refuse, stream, keep: decide what matches
//	the rest                              is kept
//
// [Input.Explain] walks the same steps and says each in words. Pure: who is in which group on this machine is asked of a
// function that is handed in.
package preselect
