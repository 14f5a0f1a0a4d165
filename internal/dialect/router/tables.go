package router

import "github.com/counterfoil/counterfoil"

// connEvents says what conntrack's events are.
var connEvents = [...]struct {
	name   string
	action counterfoil.Action
}{
	connNew:     {"NEW", counterfoil.FlowOpen},
	connUpdate:  {"UPDATE", counterfoil.FlowUpdate},
	connDestroy: {"DESTROY", counterfoil.FlowClose},
}

// endings says what the last state of a connection proves. The first row that fits decides. One datagram without an
// answer is no failure: many protocols want none.
var endings = []struct {
	state     string // "" any
	unreplied bool   // no packet came back that belongs to the connection
	assured   bool   // packets went both ways for long enough
	answered  bool   // reply packets were counted
	stateless bool   // the protocol has no states
	outcome   counterfoil.Outcome
	reason    string
}{
	{state: "TIME_WAIT", assured: true, outcome: counterfoil.Success, reason: "closed"},
	{state: "LAST_ACK", assured: true, outcome: counterfoil.Success, reason: "closed"},
	{state: "CLOSE", assured: true, outcome: counterfoil.Success, reason: "closed"},
	{state: "ESTABLISHED", assured: true, outcome: counterfoil.Success, reason: "idle_timeout"},
	{state: "CLOSE", unreplied: true, answered: true, outcome: counterfoil.Failure, reason: "refused"},
	{state: "SYN_SENT", unreplied: true, outcome: counterfoil.Failure, reason: "no_reply"},
	{stateless: true, unreplied: true, reason: "no_reply"},
	{stateless: true, outcome: counterfoil.Success, reason: "idle_timeout"},
}

// verdict is what a firewall's rule did with a packet, as the rule's log prefix says.
type verdict uint8

const (
	unsaid verdict = iota
	allows
	denies
)

// ssrCategories says what SSR's types are; its two names for one type are both seen.
var ssrCategories = []struct {
	theirs string
	ours   counterfoil.Category
	class  counterfoil.Class
}{
	{"admin", counterfoil.CategoryAdmin, counterfoil.ClassAdministration},
	{"administration", counterfoil.CategoryAdmin, counterfoil.ClassAdministration},
	{"system", counterfoil.CategorySystem, counterfoil.ClassOther},
	{"traffic", counterfoil.CategoryTraffic, counterfoil.ClassNetwork},
	{"alarm", counterfoil.CategoryAlarm, counterfoil.ClassOther},
	{"provisioning", counterfoil.CategoryProvision, counterfoil.ClassAdministration},
	{"security", counterfoil.CategorySecurity, counterfoil.ClassOther},
}

// ssrActions says what a type and subtype are. The first two and the alarms are SSR's; it publishes no more, and the
// others are the names of our own form. "" is any subtype that is not listed.
var ssrActions = []struct {
	typ, subtype string
	action       counterfoil.Action
	class        counterfoil.Class // 0: that of the type
	object       string            // its kind
}{
	{"admin", "running_config_change", counterfoil.ConfigChange, 0, "config"},
	{"system", "ntp_adjustment", counterfoil.SystemTime, counterfoil.ClassAdministration, ""},
	{"alarm", "add", counterfoil.AlarmRaise, 0, "alarm"},
	{"alarm", "clear", counterfoil.AlarmClear, 0, "alarm"},
	{"traffic", "session_start", counterfoil.FlowOpen, 0, "flow"},
	{"traffic", "session_end", counterfoil.FlowClose, 0, "flow"},
	{"traffic", "session_denied", counterfoil.FlowDeny, 0, "flow"},
	{"traffic", "", counterfoil.FlowOpen, 0, "flow"},
	{"admin", "ssh_login", counterfoil.SessionLogin, counterfoil.ClassLogin, ""},
	{"system", "clock_step", counterfoil.SystemTime, counterfoil.ClassAdministration, ""},
	{"system", "service_restart", counterfoil.ServiceStart, counterfoil.ClassAdministration, "service"},
	{"provisioning", "config_commit", counterfoil.ConfigChange, 0, "config"},
	{"provisioning", "package_upgrade", counterfoil.SoftwareUpdate, 0, "package"},
}

// ssrWords says which field each word of SSR fills; they are compared in lower case, with _ for '-' and spaces. A word
// that is not here is in event_data alone. Of several words for one field the first in the record counts.
var ssrWords = map[string]ssrField{
	"type": ssrType, "subtype": ssrSubtype, "event_type": ssrSubtype,
	"node": ssrNode, "node_name": ssrNode, "router": ssrRouter, "host": ssrHost, "hostname": ssrHost,
	"user": ssrUser, "source_ip": ssrAddr, "collector": ssrCollector, "collector_id": ssrCollector, "process": ssrProcess,
	"permitted": ssrPermitted, "success": ssrPermitted, "outcome": ssrPermitted,
	"fail_reason": ssrReason, "reason": ssrReason,
	"action": ssrAction, "source": ssrSource, "message": ssrMessage, "uuid": ssrUUID,
	"event_detail": ssrDetail, "detail": ssrDetail, "description": ssrDetail,
	"protocol": ssrProtocol, "src": ssrSrc, "source_address": ssrSrc, "sport": ssrSport, "source_port": ssrSport,
	"dst": ssrDst, "destination_address": ssrDst, "dport": ssrDport, "destination_port": ssrDport,
	"time": ssrTime,
}

// ssrField is a field of an SSR record that has a meaning here.
type ssrField uint8

const (
	ssrNone ssrField = iota
	ssrType
	ssrSubtype
	ssrNode
	ssrRouter
	ssrHost
	ssrUser
	ssrAddr
	ssrCollector
	ssrProcess
	ssrPermitted
	ssrReason
	ssrAction
	ssrSource
	ssrMessage
	ssrUUID
	ssrDetail
	ssrProtocol
	ssrSrc
	ssrSport
	ssrDst
	ssrDport
	ssrTime
	numSSRFields
)
