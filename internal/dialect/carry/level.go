package carry

import "github.com/counterfoil/counterfoil"

// Level says how much an event matters to who watches. Events carry none; SIEM formats want one, and rooms say on their
// pages that it is ours.
type Level uint8

const (
	Informational Level = iota
	Low                 // something was refused, failed or crashed
	Medium              // an alarm, an anomaly, or the audit trail itself suffers
)

// LevelOf gives an event's level by its action and outcome.
func LevelOf(e *counterfoil.Event) Level {
	switch e.Action {
	case counterfoil.AlarmRaise, counterfoil.SystemAnomaly, counterfoil.AuditGap, counterfoil.AuditStop:
		return Medium
	case counterfoil.PolicyDeny, counterfoil.FlowDeny, counterfoil.ProcessCrash:
		return Low
	}
	if e.Outcome == counterfoil.Failure {
		return Low
	}
	return Informational
}
