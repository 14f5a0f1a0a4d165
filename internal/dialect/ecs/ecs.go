package ecs

import (
	"io"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

const schemaVersion = "8.17.0"

// Dialect writes ECS documents, one a line.
var Dialect = &dialect.Dialect{
	Name:    "ecs",
	Version: 1,
	Doc: `Elastic Common Schema ` + schemaVersion + `, one JSON object a line, write only
What the schema has no word for is below counterfoil, and so is, as a JSON string, the exact form of a text that is not UTF-8.`,
	Split:   dialect.SplitLines,
	Encode:  func(w io.Writer, _ any) (dialect.Encoder, error) { return &encoder{w: w}, nil },
	Mapping: mapping,
}
