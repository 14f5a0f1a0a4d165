package segment

import (
	"fmt"
	"strings"
)

// DuckDB gives the statement that makes a view of the records in sealed files, which patterns name, for DuckDB. Data that are split
// among columns are one there.
func DuckDB(view string, patterns []string) string {
	var parts, none []string
	data := nameEventData
	for k := range numParts {
		name := partName(k)
		parts = append(parts, name)
		none = append(none, "NULL::VARCHAR AS "+name)
		data = fmt.Sprintf("replace(%s, chr(%d) || '%c', coalesce(%s, ''))", data, mark, 'a'+k, name)
	}
	files := make([]string, len(patterns))
	for i, p := range patterns {
		files[i] = "'" + strings.ReplaceAll(p, "'", "''") + "'"
	}
	// Files of few records have no such columns: the empty select gives them to a trail that has no other files.
	return fmt.Sprintf(`CREATE OR REPLACE VIEW %s AS
SELECT * EXCLUDE (%s)
  REPLACE (%s AS %s)
FROM (
  SELECT * FROM read_parquet([%s], union_by_name = true)
  UNION ALL BY NAME
  SELECT %s WHERE false
);
`, view, strings.Join(parts, ", "), data, nameEventData, strings.Join(files, ", "), strings.Join(none, ", "))
}
