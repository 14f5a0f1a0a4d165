package praudit

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{Dialect: Dialect, Inputs: []string{
	"header,31,11,execve(2),0,Tue Nov 14 22:13:20 2023, + 123 msec\nreturn,success,0\ntrailer,31\n",
	"header,31,11,AUE_EXECVE,0,Tue Nov 14 22:13:20 2023, + 123 msec,return,success,0,trailer,31,\n",
	"20,31,11,23,0,1700000000,123\n39,13,4294967295\n19,31\n",
	"file,Tue Nov 14 22:13:20 2023, + 123 msec,/var/audit/x\n\nnonsense\nheader,99,\n",
	"<?xml version='1.0' ?>\n<audit>\n<record version=\"11\" event=\"su(1)\" modifier=\"0\" time=\"Tue Nov 14 22:13:20 2023\" msec=\" + 123 msec\" ><return errval=\"success\" retval=\"0\" /></record>\n</audit>\n",
}}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// TestForms: what is written in any form is read back.
func TestForms(t *testing.T) {
	for _, o := range []Options{
		{Form: "line", Events: "text", Zone: "UTC"}, {Form: "xml", Events: "name", Zone: "UTC"}, {Form: "xml-line", Events: "text", Zone: "UTC"},
		{Form: "lines", Events: "number", Zone: "UTC"}, {Form: "line", Events: "number", Zone: "UTC"},
	} {
		t.Run(o.Form+" "+o.Events, func(t *testing.T) {
			s := suite
			s.Options = &o
			s.Dir = t.TempDir() // the goldens are those of the default form
			dialecttest.Run(t, s)
			dialecttest.RunEncoder(t, s)
		})
	}
}
