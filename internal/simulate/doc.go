// Package simulate says what another policy would have done with the records of a trail: what is kept by the policy in
// force and would not be by the other, the other way round, and what somebody would miss.
//
// A record is not judged by itself. What the rules and filters look at is mostly columns with a dictionary, so that each
// value of a column is put into a kind (those of which every rule and every filter says the same), and all records with
// the same kinds are judged once ([preselect.Given]). Only what is left to ask, such as a value in event_data, is asked
// of each record. The decision on every record is that of [preselect.Input.Judge].
//
// What a policy refused is gone. Of that the trail has counts, and a count says only the input and the rule: see refused.go.
package simulate
