// Code generated from the OCSF schema 1.3.0 by internal/dialect/ocsf/gen. DO NOT EDIT.

package ocsf

const schemaVersion = "1.3.0"

// classes are the event classes that are written, by class_uid.
var classes = map[int]class{
	0:    {"Base Event", "Uncategorized", false, map[int]string{0: "Unknown", 99: "Other"}},
	1001: {"File System Activity", "System Activity", true, map[int]string{0: "Unknown", 1: "Create", 2: "Read", 3: "Update", 4: "Delete", 5: "Rename", 6: "Set Attributes", 7: "Set Security", 8: "Get Attributes", 9: "Get Security", 10: "Encrypt", 11: "Decrypt", 12: "Mount", 13: "Unmount", 14: "Open", 99: "Other"}},
	1002: {"Kernel Extension Activity", "System Activity", true, map[int]string{0: "Unknown", 1: "Load", 2: "Unload", 99: "Other"}},
	1007: {"Process Activity", "System Activity", true, map[int]string{0: "Unknown", 1: "Launch", 2: "Terminate", 3: "Open", 4: "Inject", 5: "Set User ID", 99: "Other"}},
	1008: {"Event Log Activity", "System Activity", true, map[int]string{0: "Unknown", 1: "Clear", 2: "Delete", 3: "Export", 4: "Archive", 5: "Rotate", 6: "Start", 7: "Stop", 8: "Restart", 9: "Enable", 10: "Disable", 99: "Other"}},
	2004: {"Detection Finding", "Findings", true, map[int]string{0: "Unknown", 1: "Create", 2: "Update", 3: "Close", 99: "Other"}},
	3001: {"Account Change", "Identity & Access Management", true, map[int]string{0: "Unknown", 1: "Create", 2: "Enable", 3: "Password Change", 4: "Password Reset", 5: "Disable", 6: "Delete", 7: "Attach Policy", 8: "Detach Policy", 9: "Lock", 10: "MFA Factor Enable", 11: "MFA Factor Disable", 99: "Other"}},
	3002: {"Authentication", "Identity & Access Management", true, map[int]string{0: "Unknown", 1: "Logon", 2: "Logoff", 3: "Authentication Ticket", 4: "Service Ticket Request", 5: "Service Ticket Renew", 6: "Preauth", 99: "Other"}},
	3004: {"Entity Management", "Identity & Access Management", true, map[int]string{0: "Unknown", 1: "Create", 2: "Read", 3: "Update", 4: "Delete", 5: "Move", 6: "Enroll", 7: "Unenroll", 8: "Enable", 9: "Disable", 10: "Activate", 11: "Deactivate", 12: "Suspend", 13: "Resume", 99: "Other"}},
	3005: {"User Access Management", "Identity & Access Management", true, map[int]string{0: "Unknown", 1: "Assign Privileges", 2: "Revoke Privileges", 99: "Other"}},
	4001: {"Network Activity", "Network Activity", true, map[int]string{0: "Unknown", 1: "Open", 2: "Close", 3: "Reset", 4: "Fail", 5: "Refuse", 6: "Traffic", 7: "Listen", 99: "Other"}},
	4006: {"SMB Activity", "Network Activity", true, map[int]string{0: "Unknown", 1: "File Supersede", 2: "File Open", 3: "File Create", 4: "File Open If", 5: "File Overwrite", 6: "File Overwrite If", 99: "Other"}},
	5002: {"Device Config State", "Discovery", true, map[int]string{0: "Unknown", 1: "Log", 2: "Collect", 99: "Other"}},
	5019: {"Device Config State Change", "Discovery", true, map[int]string{0: "Unknown", 1: "Log", 2: "Collect", 99: "Other"}},
	6002: {"Application Lifecycle", "Application Activity", true, map[int]string{0: "Unknown", 1: "Install", 2: "Remove", 3: "Start", 4: "Stop", 5: "Restart", 6: "Enable", 7: "Disable", 8: "Update", 99: "Other"}},
	6003: {"API Activity", "Application Activity", false, map[int]string{0: "Unknown", 1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other"}},
}
