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
	if err := s.file.Column(nameEventData).Texts(s.split.texts, nil); err != nil {
		return err
	}
	for k := range s.split.parts {
		levels := s.split.parts[k].there
		if len(levels) == 0 {
			levels = s.page.nothing.levels[:hi-lo]
		}
		if err := s.file.Column(partName(k)).Texts(s.split.parts[k].values, levels); err != nil {
			return err
		}
	}
	return nil
}
