package linux

import (
	"bytes"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"type=TEST msg=audit(1.000:1): pid=1 uid=0 msg='exe=\"/bin/forged\" res=success exe=\"/bin/true\" hostname=? addr=? terminal=? res=failed'\n",
		"type=TEST msg=audit(1.000:2): a=1 a=2 a#2=3 a=4 msg='" + strings.Repeat("a=b ", 2*maxTokens) + "'\n",
		"type=EOE msg=audit(0.000:0): \n",
		"type=PATH msg=audit(1.000:1): name=ABC msg='\x1d'\n",
		"type=EXECVE msg=audit(1.000:1): a999999999=41 a999999998[99999]=42 argc=18446744073709551616\n",
		"type=SOCKADDR msg=audit(1.000:1): saddr=0100002F746D70\ntype=SOCKADDR msg=audit(1.000:1): saddr=0A\n",
		"type=LOGIN msg=audit(1.000:4294967295): old old auid=1 new new ses=2 new\n",
		"node= type=SYSCALL msg=audit(1.000:1): =\x1dSADDR={ =\" \x1d",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// netlink is the suite for what the kernel sends: an input's lines "NUMBER payload" become messages of that type.
var netlink = dialecttest.Suite{
	Dialect: Dialect,
	Dir:     "testdata/netlink",
	Frames: func(in []byte) []dialect.Frame {
		var frames []dialect.Frame
		for i, line := range bytes.Split(in, []byte("\n")) {
			num, payload, _ := bytes.Cut(line, []byte(" "))
			n := 0
			for _, c := range num {
				n = n*10%10000 + int(c+2)%10
			}
			frames = append(frames, dialect.Frame{Data: bytes.Clone(payload), Pos: int64(i), Type: n, Host: "here", Received: dialecttest.Received})
		}
		return frames
	},
}

func TestNetlink(t *testing.T) { dialecttest.Run(t, netlink) }
func FuzzNetlink(f *testing.F) { dialecttest.Fuzz(f, netlink) }
