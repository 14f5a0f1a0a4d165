package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newTrail(env Env) *cobra.Command {
	var dir string
	var segments, asJSON bool
	c := &cobra.Command{
		Use:   "trail",
		Short: "Show what the trail takes: directories, segments, bytes per event, and how long the space lasts",
		Long: `Show the directories of a trail with what is free there, its records, what its parts take, the bytes of each column per
sealed event, and for how many days the free space lasts at the rate of the last seven. Expiry is not reckoned with.`,
		Example: `  counterfoil trail --data-dir var
  counterfoil trail --data-dir var --segments`,
		Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			s, err := summaryOf(dir)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(env.Stdout, s)
			}
			return printSummary(env.Stdout, s, segments)
		},
	}
	dataDirFlag(c, &dir)
	c.Flags().BoolVar(&segments, "segments", false, "list the sealed files too")
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	c.AddCommand(newTrailRepair(env), newTrailSQL(env))
	return c
}

func summaryOf(dir string) (*trail.Summary, error) {
	d, err := trail.OpenReadOnly(dir)
	if err != nil {
		return nil, err
	}
	s, err := d.Summary()
	return s, errors.Join(err, d.Close())
}

func newTrailRepair(env Env) *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:   "repair",
		Short: "Make derived files again and salvage damaged segments",
		Long: `Make the derived files of a trail again (index, tiles) that are not what its records give, and salvage segments that are damaged or
missing, record by record. Records that the tree's tiles still prove stay where they are. Those that can be read but not be proved any more become
events SALVAGED at the end of the trail, with the whole message. What cannot be read is lost: an event GAP says which records and how many. The
damaged file stays beside, with .damaged behind its name.

If you have a copy of a damaged file (dist/, a backup), put it in its place instead: that loses nothing. No daemon may run on the trail.

Exit code 0: it is whole now; 3: it could not be repaired, and nothing that counts was changed.`,
		Example: `  counterfoil trail repair --data-dir var`,
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			done, err := trail.Repair(c.Context(), dir, trail.Options{})
			if errors.Is(err, disk.ErrLocked) {
				err = fmt.Errorf("%w Stop it first", err)
			}
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(env.Stdout, done)
			}
			for _, name := range done.Rebuilt {
				fmt.Fprintf(env.Stdout, "made again: %s\n", visible.Text(name))
			}
			for _, s := range done.Salvaged {
				fmt.Fprintf(env.Stdout, "salvaged: %s (%s): of records %d to %d, %d stay where they were, %d are events SALVAGED now, %d are lost\n",
					s.File, visible.Text(s.Why), s.First, s.Last, s.Kept, s.Moved, s.Lost)
			}
			if len(done.Rebuilt)+len(done.Salvaged) == 0 {
				fmt.Fprintln(env.Stdout, "nothing was wrong")
			}
			return nil
		},
	}
	dataDirFlag(c, &dir)
	c.Flags().BoolVar(&asJSON, "json", false, "print what was done as JSON")
	return c
}

func newTrailSQL(env Env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "sql",
		Short: "Print the SQL that makes a view of the sealed records in DuckDB",
		Long: `Print a statement that makes a view, events, of the sealed records of a trail, for DuckDB: the columns of docs/format/segment.md, with
event_data in one piece, which files of many records hold in several columns. Conditions for it come from counterfoil filter --to duckdb.
Records that are not sealed are not in it (counterfoil rotate seals them).`,
		Example: `  counterfoil trail sql --data-dir var
  (counterfoil trail sql; echo 'SELECT "user", count(*) FROM events GROUP BY ALL ORDER BY 2 DESC') | duckdb`,
		Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			s, err := summaryOf(dir)
			if err != nil {
				return err
			}
			var patterns []string
			for _, place := range s.Directories {
				if place.Files == 0 {
					continue
				}
				path := place.Path
				if !filepath.IsAbs(path) {
					path = filepath.Join(dir, path)
				}
				patterns = append(patterns, filepath.Join(path, "*.parquet"))
			}
			if len(patterns) == 0 {
				return fmt.Errorf("%s has no sealed records yet (counterfoil rotate seals those that are there)", dir)
			}
			_, err = io.WriteString(env.Stdout, segment.DuckDB("events", patterns))
			return err
		},
	}
	dataDirFlag(c, &dir)
	return c
}

func printSummary(w io.Writer, s *trail.Summary, segments bool) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s %s\n", name, visible.Text(fmt.Sprintf(format, args...)))
	}
	line("records", "%d: %d in the head, %d expired", s.Records, s.Head, s.Expired)
	x := s.Bytes
	line("bytes", "%s columns, %s index, %s hashes of what expired, %s log", byteText(x.Columns), byteText(x.Index), byteText(x.Gone), byteText(x.Log))
	line("holds", "%d", s.Holds)
	if s.Full != "" {
		line("FULL", "%s", s.Full)
	}
	for _, d := range s.Directories {
		line("directory", "%s: %d files, %s; %s of %s free", d.Path, d.Files, byteText(d.Bytes), byteText(int64(d.Free)), byteText(int64(d.Total)))
		if d.Problem != "" {
			line("", "%s", d.Problem)
		}
	}
	switch {
	case s.PerDay == 0:
		line("forecast", "too little is sealed to tell")
	default:
		line("forecast", "%.0f days at %s a day, as of the last %.1f days", s.Days, byteText(s.PerDay), s.Over)
	}
	t := tabwriter.NewWriter(&b, 0, 8, 2, ' ', tabwriter.AlignRight)
	if len(s.Columns) > 0 {
		fmt.Fprintf(t, "\nCOLUMN\tBYTES\tPER EVENT\t\n")
	}
	for _, c := range s.Columns {
		fmt.Fprintf(t, "%s\t%d\t%.2f\t\n", c.Name, c.Bytes, c.PerEvent)
	}
	if segments {
		fmt.Fprintf(t, "\nSEGMENT\tRECORDS\tBYTES\t\n")
		for _, f := range s.Segments {
			fmt.Fprintf(t, "%s\t%d\t%d\t\n", visible.Text(f.File), f.Records, f.Bytes)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// byteText is a number of bytes for people.
func byteText(n int64) string {
	for i, unit := range []string{"TiB", "GiB", "MiB", "KiB"} {
		if k := int64(1) << (10 * (4 - i)); n >= k {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(k), unit)
		}
	}
	return fmt.Sprintf("%d B", n)
}
