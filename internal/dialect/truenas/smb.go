package truenas

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Bits of an access mask (MS-SMB2 2.2.13.1).
const (
	accessRead  = 0x1 | 0x20 | 0x10000000 | 0x20000000 | 0x80000000 // data, execute, generic all, execute and read
	accessWrite = 0x2 | 0x4 | 0x10000000 | 0x40000000               // data, append, generic all and write
)

// smbCreate reads an open, which may create: classes as those of open(2) in BSM.
func (m *mapper) smbCreate() {
	m.smbFile()
	p := m.data.Member("parameters")
	mask, err := strconv.ParseUint(p.Member("DesiredAccess").Text(), 0, 32)
	if err != nil {
		mask = 0
	}
	var class counterfoil.Class
	if mask&accessRead != 0 {
		class |= counterfoil.ClassFileRead
	}
	if mask&accessWrite != 0 {
		class |= counterfoil.ClassFileWrite
	}
	switch p.Member("CreateDisposition").Text() {
	case "SUPERSEDE", "CREATE", "OVERWRITE_IF":
		class |= counterfoil.ClassFileCreate
		m.e.Action = counterfoil.FileCreate
	case "OPEN_IF":
		class |= counterfoil.ClassFileCreate
	case "OVERWRITE":
		class |= counterfoil.ClassFileWrite
	}
	if class != 0 {
		m.e.Class = class
	}
}

// smbFile makes the file the object.
func (m *mapper) smbFile() { m.e.Object = file(m.data.Member("file")) }

func file(f counterfoil.JSON) counterfoil.Object {
	name := text(f.Member("path"))
	if name == "" {
		name = text(f.Member("name"))
	}
	if stream := text(f.Member("stream")); stream != "" {
		name += ":" + strings.TrimPrefix(stream, ":")
	}
	o := counterfoil.Object{Kind: "file", Name: name, ID: text(f.Member("handle").Member("value"))}
	if o.Name == "" && o.ID == "" {
		return counterfoil.Object{}
	}
	return o
}

func (m *mapper) smbRename() {
	m.e.Object = file(m.data.Member("src_file"))
	if to := file(m.data.Member("dst_file")); to.Name != "" {
		m.e.Object.Kind, m.e.Object.To = "file", to.Name
	}
}

// smbShare makes the share the object.
func (m *mapper) smbShare() {
	if share := text(m.e.SvcData.Member("service")); share != "" {
		m.e.Object = counterfoil.Object{Kind: "share", Name: share}
	}
}

func (m *mapper) smbConnect() {
	m.smbShare()
	token := m.data.Member("unix_token")
	m.e.Subject.ID, m.e.Subject.Group = text(token.Member("uid")), text(token.Member("gid"))
}

func (m *mapper) smbControl() {
	m.smbFile()
	m.e.Action = controls[m.data.Member("function").Member("parsed").Text()]
}

func (m *mapper) smbAuthentication() {
	m.e.Subject.LoginID = m.text("becameSid")
	if m.e.Addr == "" {
		m.e.Addr = peer(m.text("remoteAddress"))
	}
}

// peer takes the address from "ipv4:192.0.2.1:445" and "ipv6:::1:445".
func peer(s string) string {
	family, rest, _ := strings.Cut(s, ":")
	i := strings.LastIndexByte(rest, ':')
	if family != "ipv4" && family != "ipv6" || i < 0 {
		return ""
	}
	return rest[:i]
}
