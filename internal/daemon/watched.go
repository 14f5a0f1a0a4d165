package daemon

import (
	"context"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/file"
)

// watched is a file that is followed, and whose trouble is told to who asks how inputs do: a file that cannot be read does not end
// its input, which goes on trying.
type watched struct {
	*file.Stream
	say func(problem string) // "": it can be read
}

// Read reads on and looks at the notes: one says when the file cannot be read, and another when it can again.
func (w watched) Read(ctx context.Context) (intake.Batch, error) {
	b, err := w.Stream.Read(ctx)
	for _, n := range b.Notes {
		switch n.Name {
		case act.InputError:
			w.say(n.Reason)
		case act.InputStart:
			w.say("")
		}
	}
	return b, err
}
