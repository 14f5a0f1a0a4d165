package unix

import (
	"context"
	"encoding/json"
	"net"
	"time"

	"github.com/counterfoil/counterfoil/internal/intake"
)

// reply is a line that answers lines that were taken.
type reply struct {
	First   *uint64 `json:"first,omitempty"` // absent where the policy let none in
	Last    *uint64 `json:"last,omitempty"`
	Taken   int     `json:"taken"`
	Retried int     `json:"retried"`
	LeftOut int     `json:"left_out,omitempty"` // of the taken, by policy
}

func replyTo(t *intake.Taken) reply {
	r := reply{Taken: t.Lines, Retried: t.Retried, LeftOut: t.LeftOut}
	if t.Kept > 0 {
		r.First, r.Last = &t.First, &t.Last
	}
	return r
}

// refusal is a line that answers one that was refused, in the shape of the HTTP interface. What was taken before it has
// its own reply.
type refusal struct {
	Error problem `json:"error"`
	Taken struct {
		Lines int `json:"lines"`
	} `json:"taken"`
}

type problem struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Field   string `json:"field,omitempty"`
}

const (
	answerTime = 30 * time.Second // a sender has to read an answer
	lastAnswer = 2 * time.Second  // and to read all that are left when the input ends
)

// answer writes a reply or a refusal.
func answer(ctx context.Context, c *net.UnixConn, r any) error {
	b, err := json.Marshal(r)
	if err != nil {
		panic("intake/unix: a reply is always JSON: " + err.Error())
	}
	if ctx.Err() == nil {
		err = c.SetWriteDeadline(time.Now().Add(answerTime))
		if ctx.Err() != nil { // what ends the input set its deadline before this one
			err = c.SetWriteDeadline(time.Now().Add(lastAnswer))
		}
	}
	if err != nil {
		return err
	}
	_, err = c.Write(append(b, '\n'))
	return err
}
