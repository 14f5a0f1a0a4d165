package daemon

import (
	"io"
	"log/slog"

	"github.com/counterfoil/counterfoil/internal/config"
)

// newLogger makes the logger that every room is handed. level can be changed while it runs.
func newLogger(w io.Writer, c config.Log, level *slog.LevelVar) *slog.Logger {
	setLevel(level, c.Level)
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func setLevel(level *slog.LevelVar, name string) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		panic("daemon: config let a log level pass: " + err.Error())
	}
	level.Set(l)
}
