package intaketest

import (
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// Said gives notes with their data, a line each: name, count, reason, data.
func Said(notes []intake.Note) (lines []string) {
	for _, n := range notes {
		var data counterfoil.Builder
		data.Object("")
		if n.Data != nil {
			n.Data(&data)
		}
		data.End()
		lines = append(lines, fmt.Sprintf("%s %d %s %s", n.Name, n.Count, n.Reason, data.JSON()))
	}
	return lines
}
