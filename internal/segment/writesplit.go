package segment

import "github.com/parquet-go/parquet-go"

// addParts adds the columns of parts.
func addParts(g parquet.Group) {
	for k := range numParts {
		node := parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)
		if k < numCoded {
			node = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		}
		g[partName(k)] = parquet.Optional(node)
	}
}

// textNames are the columns that hold texts.
func (s *segmentWriter) textNames() []string {
	names := make([]string, 0, len(textColumns)+numParts)
	for i := range textColumns {
		names = append(names, textColumns[i].name)
	}
	for k := range numParts {
		if s.split != nil {
			names = append(names, partName(k))
		}
	}
	return names
}

// look looks at the event data of a page once, for the index and to split them.
func (s *segmentWriter) look(lo, hi int, novel func(part string)) {
	s.split.look(s.t.cols[dataColumn].each[lo:hi], func(row int) uint32 { return s.t.code(eventColumn, lo+row) }, novel)
}

// writeSplit writes the event data of a page, split.
func (s *segmentWriter) writeSplit(lo, hi int) error {
	if err := s.split.page(s.t.cols[dataColumn].each[lo:hi]); err != nil {
		return err
	}
	if err := s.column(nameEventData, s.strings(s.split.texts)); err != nil {
		return err
	}
	for k := range s.split.parts {
		if err := s.column(partName(k), s.partValues(&s.split.parts[k], hi-lo)); err != nil {
			return err
		}
	}
	return nil
}

func (s *segmentWriter) partValues(part *splitPart, rows int) []parquet.Value {
	if len(part.there) == 0 {
		return s.empty[:rows]
	}
	values, next := s.values[:0], 0
	for _, there := range part.there {
		var v parquet.Value
		if there {
			v = parquet.ByteArrayValue(bytesOf(part.values[next])).Level(0, 1, 0)
			next++
		}
		values = append(values, v)
	}
	return values
}
