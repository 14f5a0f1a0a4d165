package bsm

// Token ids that the code speaks of.
const (
	IDFile       = 0x11
	IDTrailer    = 0x13
	IDHeader32   = 0x14
	IDHeader32X  = 0x15
	IDPath       = 0x23
	IDSubject32  = 0x24
	IDReturn32   = 0x27
	IDText       = 0x28
	IDOpaque     = 0x29
	IDReturn64   = 0x72
	IDHeader64   = 0x74
	IDHeader64X  = 0x79
	IDSubject32X = 0x7a
)

// Kind says how a part of a token lies in bytes and how praudit shows it.
type Kind uint8

const (
	U8 Kind = iota + 1 // unsigned, shown decimal
	U16
	U32
	U64
	S64      // 8 bytes, shown signed
	User     // u32, shown as a name or signed
	Group    //
	Size     // u32: the byte count of a header or trailer
	Magic    // u16 of a trailer, not shown
	Event    // u16, shown as its description, name or number
	Sec32    // u32, shown as ctime does
	Sec64    //
	MSec32   // u32, shown as " + 5 msec"
	MSec64   //
	Errno    // u8 in BSM's numbering, shown as a text
	Hex32    // shown 0x…
	Hex64    //
	Hex8     // shown 0x and two digits
	Alt16    // u16 shown as C's %#x: 0 without prefix
	Octal32  //
	IPCType  // u8
	ErrVal   // u32 shown as "Error 5"
	Priv     // u8: whether a privilege's use succeeded
	YesNo    // u8 of macOS: 0 complete, else truncated
	Str      // u16 length that counts a NUL at the end, bytes
	CStr     // bytes up to a NUL, at most 108 of them
	Addr4    // 4 bytes
	Addr16   // 16 bytes
	AddrX    // u32 4 or 16, and so many bytes
	AddrLen  // u16 4 or 16, of the AddrN behind it; not shown
	AddrN    // as many bytes as AddrLen said
	UUID     // 16 bytes
	Bytes16  // u16 length, bytes, shown as the length and hex
	HexBytes // u16 length, bytes, shown as hex
	Data     // u8 how to show, u8 unit, u8 count, count units in the producer's byte order
	Strings  // u32 count, so many strings that end in NUL
	Strings2 // u16 count, so many Str
	Groups   // u16 count, so many u32
	Rest     // the bytes of a token that is not understood
)

// Part is one value of a token.
type Part struct {
	Kind Kind
	Name string // its key in event_data
	Attr string // its attribute in praudit's XML; "": the element's content
}

// Shape says what a token is.
type Shape struct {
	ID    byte
	Key   string // what event_data calls it; one for each id
	Name  string // what praudit calls it
	XML   string // praudit's element
	Parts []Part
	Order []int // of the parts in XML, where it is another
}

// Shapes has the shape of each token id, nil where it is not known.
var Shapes = func() (t [256]*Shape) {
	for i := range shapes {
		t[shapes[i].ID] = &shapes[i]
	}
	return t
}()

// IsHeader reports whether a record may begin with this token.
func IsHeader(id byte) bool {
	return id == IDHeader32 || id == IDHeader32X || id == IDHeader64 || id == IDHeader64X
}

var unknown = Shape{Key: "unknown", Name: "unknown", XML: "unknown", Parts: []Part{{Rest, "data", ""}}}

func ids(more ...Part) []Part {
	return append([]Part{{User, "auid", "audit-uid"}, {User, "euid", "uid"}, {Group, "egid", "gid"}, {User, "ruid", "ruid"},
		{Group, "rgid", "rgid"}, {U32, "pid", "pid"}, {U32, "sid", "sid"}}, more...)
}

func header(sec, msec Kind, host ...Part) []Part {
	parts := []Part{{Size, "size", ""}, {U8, "version", "version"}, {Event, "event", "event"}, {U16, "modifier", "modifier"}}
	return append(append(parts, host...), Part{sec, "sec", "time"}, Part{msec, "msec", "msec"})
}

// The terminal of a subject is one attribute in XML, tid, of both port and address.
var (
	tid32  = []Part{{U32, "port", "tid"}, {Addr4, "addr", "tid"}}
	tid64  = []Part{{U64, "port", "tid"}, {Addr4, "addr", "tid"}}
	tid32x = []Part{{U32, "port", "tid"}, {AddrX, "addr", "tid"}}
	tid64x = []Part{{U64, "port", "tid"}, {AddrX, "addr", "tid"}}
	host   = Part{AddrX, "host", "host"}
)

func attribute(dev Kind) []Part {
	return []Part{{Octal32, "mode", "mode"}, {User, "uid", "uid"}, {Group, "gid", "gid"}, {U32, "fsid", "fsid"}, {S64, "node", "nodeid"}, {dev, "dev", "device"}}
}

var shapes = []Shape{
	{0x11, "file", "file", "file", []Part{{Sec32, "sec", "time"}, {MSec32, "msec", "msec"}, {Str, "name", ""}}, nil},
	{0x13, "trailer", "trailer", "", []Part{{Magic, "magic", ""}, {Size, "size", ""}}, nil},
	{0x14, "header32", "header", "record", header(Sec32, MSec32), nil},
	{0x15, "header32_ex", "header_ex", "record", header(Sec32, MSec32, host), nil},
	{0x74, "header64", "header", "record", header(Sec64, MSec64), nil},
	{0x79, "header64_ex", "header_ex", "record", header(Sec64, MSec64, host), nil},
	{0x21, "arbitrary", "arbitrary", "arbitrary", []Part{{Data, "data", ""}}, nil},
	{0x22, "ipc", "IPC", "IPC", []Part{{IPCType, "type", "ipc-type"}, {U32, "id", "ipc-id"}}, nil},
	{0x23, "path", "path", "path", []Part{{Str, "path", ""}}, nil},
	{0x24, "subject32", "subject", "subject", ids(tid32...), nil},
	{0x25, "path_attr", "path_attr", "path_attr", []Part{{Strings, "path", "xattr"}}, nil},
	{0x26, "process32", "process", "process", ids(tid32...), nil},
	{0x27, "return32", "return", "return", []Part{{Errno, "errno", "errval"}, {U32, "value", "retval"}}, nil},
	{0x28, "text", "text", "text", []Part{{Str, "text", ""}}, nil},
	{0x29, "opaque", "opaque", "opaque", []Part{{Bytes16, "data", ""}}, nil},
	{0x2a, "in_addr", "ip addr", "ip_address", []Part{{Addr4, "addr", ""}}, nil},
	{0x2b, "ip", "ip", "ip", []Part{{Hex8, "version", "version"}, {Hex8, "tos", "service_type"}, {U16, "len", "len"}, {U16, "id", "id"},
		{U16, "offset", "offset"}, {Hex8, "ttl", "time_to_live"}, {Hex8, "protocol", "protocol"}, {U16, "checksum", "cksum"},
		{Addr4, "src", "src_addr"}, {Addr4, "dst", "dest_addr"}}, nil},
	{0x2c, "iport", "ip port", "ip_port", []Part{{Alt16, "port", ""}}, nil},
	{0x2d, "arg32", "argument", "argument", []Part{{U8, "number", "arg-num"}, {Hex32, "value", "value"}, {Str, "name", "desc"}}, nil},
	{0x71, "arg64", "argument", "argument", []Part{{U8, "number", "arg-num"}, {Hex64, "value", "value"}, {Str, "name", "desc"}}, nil},
	{0x2e, "socket", "socket", "socket", []Part{{U16, "type", "sock_type"}, {U16, "lport", "lport"}, {Addr4, "laddr", "laddr"}, {U16, "rport", "fport"}, {Addr4, "raddr", "faddr"}}, nil},
	{0x2f, "seq", "sequence", "sequence", []Part{{U32, "seq", "seq-num"}}, nil},
	{0x32, "ipc_perm", "IPC perm", "IPC_perm", []Part{{User, "uid", "uid"}, {Group, "gid", "gid"}, {User, "cuid", "creator-uid"}, {Group, "cgid", "creator-gid"},
		{Octal32, "mode", "mode"}, {U32, "seq", "seq"}, {U32, "key", "key"}}, nil},
	{0x38, "priv", "privilege", "privilege", []Part{{Str, "set", "type"}, {Str, "privileges", "priv"}}, nil},
	{0x39, "upriv", "use of privilege", "use_of_privilege", []Part{{Priv, "success", "status"}, {Str, "name", "name"}}, nil},
	{0x3a, "liaison", "liaison", "liaison", []Part{{U32, "id", ""}}, nil},
	{0x3b, "groups", "group", "group", []Part{{Groups, "groups", "gid"}}, nil},
	{0x3c, "exec_args", "exec arg", "exec_args", []Part{{Strings, "args", "arg"}}, nil},
	{0x3d, "exec_env", "exec env", "exec_env", []Part{{Strings, "env", "env"}}, nil},
	{0x3e, "attr32", "attribute", "attribute", attribute(U32), nil},
	{0x73, "attr64", "attribute", "attribute", attribute(U64), nil},
	{0x3f, "uauth", "use of authorization", "use_of_authorization", []Part{{Str, "name", ""}}, nil},
	{0x51, "cmd", "cmd", "cmd", []Part{{Strings2, "args", "argv"}, {Strings2, "env", "arge"}}, nil},
	{0x52, "exit", "exit", "exit", []Part{{ErrVal, "status", "errval"}, {U32, "value", "retval"}}, nil},
	{0x60, "zone", "zone", "zone", []Part{{Str, "zone", "name"}}, nil},
	{0x70, "host", "host", "host", []Part{{Hex32, "id", ""}}, nil},
	{0x72, "return64", "return", "return", []Part{{Errno, "errno", "errval"}, {S64, "value", "retval"}}, nil},
	{0x75, "subject64", "subject", "subject", ids(tid64...), nil},
	{0x77, "process64", "process", "process", ids(tid64...), nil},
	{0x78, "file64", "file", "file", []Part{{Sec64, "sec", "time"}, {MSec64, "msec", "msec"}, {Str, "name", ""}}, nil},
	{0x7a, "subject32_ex", "subject_ex", "subject", ids(tid32x...), nil},
	{0x7b, "process32_ex", "process_ex", "process", ids(tid32x...), nil},
	{0x7c, "subject64_ex", "subject_ex", "subject", ids(tid64x...), nil},
	{0x7d, "process64_ex", "process_ex", "process", ids(tid64x...), nil},
	{0x7e, "in_addr_ex", "ip addr ex", "ip_address", []Part{{AddrX, "addr", ""}}, nil},
	{0x7f, "socket_ex", "socket", "socket", []Part{{Alt16, "domain", "sock_dom"}, {Alt16, "type", "sock_type"}, {AddrLen, "", ""}, {Alt16, "lport", "lport"},
		{AddrN, "laddr", "laddr"}, {Alt16, "rport", "fport"}, {AddrN, "raddr", "faddr"}}, []int{0, 1, 3, 4, 6, 5}},
	{0x80, "sockinet32", "socket-inet", "socket-inet", []Part{{U16, "family", "type"}, {U16, "port", "port"}, {Addr4, "addr", "addr"}}, nil},
	{0x81, "sockinet128", "socket-inet6", "socket-inet6", []Part{{U16, "family", "type"}, {U16, "port", "port"}, {Addr16, "addr", "addr"}}, nil},
	{0x82, "sockunix", "socket-unix", "socket-unix", []Part{{U16, "family", "type"}, {CStr, "path", "addr"}}, nil},
	{0x83, "rights", "rights", "rights", []Part{{Hex64, "rights0", "rights0"}, {Hex64, "rights1", "rights1"}}, nil},
	{0x84, "arg_uuid", "arg_uuid", "arg_uuid", []Part{{U8, "number", "arg_uuid-num"}, {UUID, "uuid", "uuid"}, {Str, "name", "desc"}}, nil},
	{0x85, "return_uuid", "ret_uuid", "ret_uuid", []Part{{U8, "number", "ret_uuid-num"}, {UUID, "uuid", "uuid"}, {Str, "name", "desc"}}, nil},
	{0xed, "identity", "identity", "identity", []Part{{U32, "signer_type", "signer-type"}, {Str, "signing_id", "signing-id"}, {YesNo, "signing_id_truncated", "signing-id-truncated"},
		{Str, "team_id", "team-id"}, {YesNo, "team_id_truncated", "team-id-truncated"}, {HexBytes, "cdhash", "cdhash"}}, nil},
}
