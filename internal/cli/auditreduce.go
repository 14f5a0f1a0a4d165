package cli

import (
	"bufio"
	"fmt"
	"math"
	"os/user"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/choose"
)

func newAuditreduce(env Env) *cobra.Command {
	var o reduceOptions
	c := &cobra.Command{
		Use:   "auditreduce [OPTION…] [FILE…|-]",
		Short: "Select records of BSM audit trails, as auditreduce(1) does",
		Long: `Write those records of BSM audit trails that all options select, as the bytes they came as, in their order. Without a file, or for
"-", standard input is read.

Unlike OpenBSM's auditreduce(1) it looks at every kind of token (a host's address in the header, IPv6, 64 bits), goes on
behind a record that is damaged, and refuses names and dates that it does not know, where the other selects everything.
-c takes a selection expression as audit_control(5) has: lo,+ex,^-fc. Dates are local; -a and -b include their second.

Exit code 0: all was read; 1: some of it is damaged; 2: misuse; 3: a file cannot be read.`,
		Example: `  counterfoil auditreduce -u anna -c fd,+ex /var/audit/* | counterfoil praudit -l
  counterfoil auditreduce -a 20261122 -b 20261122120000 -o file=/etc/,~/etc/motd trail`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			criteria, err := o.criteria()
			if err != nil {
				return misuse(c, "%w", err)
			}
			return auditreduce(env, criteria, args)
		},
	}
	f := c.Flags()
	f.BoolVarP(&o.all, "all", "A", false, "all records, whatever -a, -b and -d say")
	f.StringVarP(&o.after, "after", "a", "", "at or after YYYYMMDD[HH[MM[SS]]]")
	f.StringVarP(&o.before, "before", "b", "", "at or before YYYYMMDD[HH[MM[SS]]]")
	f.StringVarP(&o.date, "date", "d", "", "on the day YYYYMMDD")
	f.StringVarP(&o.classes, "class", "c", "", "in these classes: "+"lo,+ex")
	f.StringVarP(&o.euid, "euid", "e", "", "effective user, number or name")
	f.StringVarP(&o.egid, "egid", "f", "", "effective group, number or name")
	f.StringVarP(&o.rgid, "rgid", "g", "", "real group, number or name")
	f.StringVarP(&o.ruid, "ruid", "r", "", "real user, number or name")
	f.StringVarP(&o.auid, "auid", "u", "", "user who logged in, number or name; -1 or none: nobody")
	f.StringVarP(&o.pid, "pid", "j", "", "process that did it")
	f.StringArrayVarP(&o.events, "event", "m", nil, "event, number or name (AUE_EXECVE); may be given again")
	f.StringArrayVarP(&o.objects, "object", "o", nil, "file=REGEXP[,~REGEXP…], msgqid=N, semid=N, shmid=N, pid=N")
	f.StringVarP(&o.zone, "zone", "z", "", "jail or zone whose name fits a pattern")
	f.BoolVarP(&o.invert, "invert", "v", false, "the records that are not selected")
	return c
}

func auditreduce(env Env, c *choose.Criteria, files []string) error {
	w := bufio.NewWriterSize(env.Stdout, 64<<10)
	t := trails{stderr: env.Stderr, flush: w.Flush}
	err := t.each(env.Stdin, files, func(r *bsm.Record, raw []byte) error {
		if !c.Match(r) {
			return nil
		}
		_, err := w.Write(raw)
		return err
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return t.verdict()
}

type reduceOptions struct {
	all, invert                       bool
	after, before, date, classes      string
	euid, egid, rgid, ruid, auid, pid string
	zone                              string
	events, objects                   []string
}

// criteria reads the options. An error names the option.
func (o *reduceOptions) criteria() (*choose.Criteria, error) {
	c := &choose.Criteria{Zone: o.zone, Invert: o.invert}
	if _, err := path.Match(o.zone, ""); err != nil {
		return nil, fmt.Errorf("-z %q: %w", o.zone, err)
	}
	if err := o.times(c); err != nil {
		return nil, err
	}
	if o.classes != "" {
		m, err := bsm.ParseMasks(o.classes, bsm.Classes)
		if err != nil {
			return nil, fmt.Errorf("-c: %w", err)
		}
		c.Classes = &m
	}
	for _, name := range o.events {
		n, err := strconv.ParseUint(name, 10, 16)
		if err != nil {
			e := bsm.EventByName(name)
			if e == nil {
				return nil, fmt.Errorf("-m %q: there is no such event", name)
			}
			n = uint64(e.Number)
		}
		c.Events = append(c.Events, uint16(n))
	}
	for _, id := range []struct {
		option, value string
		to            **uint32
		number        func(name string) (string, error)
	}{
		{"-u", o.auid, &c.AUID, userID}, {"-e", o.euid, &c.EUID, userID}, {"-r", o.ruid, &c.RUID, userID}, {"-f", o.egid, &c.EGID, groupID},
		{"-g", o.rgid, &c.RGID, groupID}, {"-j", o.pid, &c.PID, nil},
	} {
		if err := parseID(id.option, id.value, id.to, id.number); err != nil {
			return nil, err
		}
	}
	for _, object := range o.objects {
		if err := parseObject(c, object); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (o *reduceOptions) times(c *choose.Criteria) (err error) {
	if o.date != "" && (o.after != "" || o.before != "") {
		return fmt.Errorf("-d excludes -a and -b")
	}
	if o.after != "" {
		if c.After, err = moment("-a", o.after); err != nil {
			return err
		}
	}
	if o.before != "" {
		if c.Before, err = moment("-b", o.before); err != nil {
			return err
		}
	}
	if o.date != "" {
		day, err := time.ParseInLocation("20060102", o.date, time.Local)
		if err != nil {
			return fmt.Errorf("-d %q is no day: want YYYYMMDD", o.date)
		}
		c.After, c.Before = day.Unix(), day.AddDate(0, 0, 1).Unix()-1
	}
	if o.all {
		c.After, c.Before = 0, 0
	}
	return nil
}

// moment reads a date of eight to fourteen digits in local time.
func moment(option, text string) (int64, error) {
	const layout = "20060102150405"
	if n := len(text); n == 8 || n == 10 || n == 12 || n == 14 {
		if t, err := time.ParseInLocation(layout[:n], text, time.Local); err == nil {
			return t.Unix(), nil
		}
	}
	return 0, fmt.Errorf("%s %q is no time: want YYYYMMDD[HH[MM[SS]]]", option, text)
}

// parseID reads a number, or a name with the help of number.
func parseID(option, value string, to **uint32, number func(string) (string, error)) error {
	if value == "" {
		return nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil && number != nil {
		id, unknown := number(value)
		if unknown != nil {
			return fmt.Errorf("%s %q: %w", option, value, unknown)
		}
		n, err = strconv.ParseInt(id, 10, 64)
	}
	if err != nil || n < -1 || n > math.MaxUint32 {
		return fmt.Errorf("%s %q is no number that can be", option, value)
	}
	id := uint32(n)
	*to = &id
	return nil
}

func userID(name string) (string, error) {
	if name == "none" {
		return "-1", nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return "", err
	}
	return u.Uid, nil
}

func groupID(name string) (string, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return "", err
	}
	return g.Gid, nil
}

func parseObject(c *choose.Criteria, object string) (err error) {
	kind, value, ok := strings.Cut(object, "=")
	switch {
	case ok && kind == "file":
		if c.Paths, err = choose.ParsePaths(value); err != nil {
			return fmt.Errorf("-o file: %w", err)
		}
		return nil
	case ok && kind == "pid":
		return parseID("-o pid", value, &c.ObjectPID, nil)
	}
	for n, name := range []string{1: "msgqid", 2: "semid", 3: "shmid"} {
		if ok && kind == name && n > 0 {
			return parseID("-o "+name, value, &c.IPC[n], nil)
		}
	}
	return fmt.Errorf("-o %q: want file=REGEXP, msgqid=N, semid=N, shmid=N or pid=N", object)
}
