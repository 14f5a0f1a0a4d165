package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
	"github.com/counterfoil/counterfoil/proof"
)

var (
	//go:embed report.html
	reportHTML string
	//go:embed report.css
	reportCSS string
	//go:embed report.js
	reportJS string

	templates = template.Must(template.New("").Parse(reportHTML))
)

// page is what the report shows. Its strings are shown as they stand in it: what came from the trail went through package visible.
type page struct {
	query        Query
	Origin       string
	Key          string
	Fingerprint  string
	Made         string
	MadeBy, By   string
	Text, Span   string
	Found        string
	Checkpoint   proof.Checkpoint
	Root         string
	Cosigners    []string
	Complete     bool
	Missing      []line
	Policies     []policy
	Records      [][]byte
	Rows         []row
	Context      []row
	Completeness *trail.Completeness

	html    []byte // of the part that people read
	textSum [32]byte
}

type line struct{ Name, Text string }

type row struct {
	Seq                     uint64
	Time, Sentence, Message string
}

type policy struct {
	Seq        uint64
	Time, Text string
}

// newPage makes the part that people read.
func newPage(e *proof.Evidence, q Query, records, about []counterfoil.Record, c *trail.Completeness) (*page, error) {
	cp, err := proof.ParseCheckpoint(e.Checkpoint, e.Key)
	if err != nil {
		return nil, err
	}
	p := &page{query: q, Origin: cp.Origin, Key: e.Key, Fingerprint: proof.Fingerprint(e.Key), Made: q.Now.String(), MadeBy: visible.Text(q.MadeBy),
		By: visible.Text(q.By), Text: visible.Text(q.Text), Span: span(q), Found: fmt.Sprintf("%d records", len(records)), Checkpoint: cp,
		Root: base64.StdEncoding.EncodeToString(cp.Root[:]), Cosigners: cosigners(e.Checkpoint, cp.Origin), Complete: c.Complete,
		Records: e.Records, Rows: rows(records, e.Records), Context: rows(about, e.Context), Completeness: c}
	inForce := slices.DeleteFunc(slices.Concat(records, about), func(r counterfoil.Record) bool { return r.Service != act.Service || r.Name != act.Policy })
	slices.SortFunc(inForce, func(a, b counterfoil.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	for i := range inForce {
		if r := &inForce[i]; r.Outcome != counterfoil.Failure {
			p.Policies = append(p.Policies, policy{r.Seq, r.Time.String(), strings.TrimLeft(visible.Lines(policyText(r)), "\n")}) // a browser drops a line feed at the beginning of <pre>
		}
	}
	p.missing(c)
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, "page", p); err != nil {
		return nil, err
	}
	p.html = out.Bytes()
	p.textSum = sha256.Sum256([]byte(textOf(out.String())))
	return p, nil
}

// policyText gives the policy's own words, or all that the event says.
func policyText(r *counterfoil.Record) string {
	if text := r.EventData.Member("text").Text(); text != "" {
		return text
	}
	return string(r.EventData)
}

func span(q Query) string {
	switch {
	case q.From == 0 && q.To == 0:
		return "all that the signed tree has"
	case q.To == 0:
		return "from " + q.From.String()
	case q.From == 0:
		return "before " + q.To.String()
	}
	return "from " + q.From.String() + " and before " + q.To.String()
}

// cosigners names those who signed beside the trail.
func cosigners(note []byte, origin string) (out []string) {
	_, signatures, _ := strings.Cut(string(note), "\n\n")
	for l := range strings.SplitSeq(strings.TrimSuffix(signatures, "\n"), "\n") {
		f := strings.Fields(l)
		if len(f) != 3 || f[1] == origin {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(f[2])
		if err != nil || len(raw) < 12 {
			continue
		}
		at := time.Unix(int64(binary.BigEndian.Uint64(raw[4:12])), 0).UTC()
		out = append(out, fmt.Sprintf("%s+%x, at %s by its clock (verify checks it with its key)", f[1], raw[:4], at.Format(time.RFC3339)))
	}
	return out
}

func rows(records []counterfoil.Record, messages [][]byte) []row {
	out := make([]row, len(records))
	for i := range records {
		r := &records[i]
		out[i] = row{r.Seq, r.Time.String(), visible.Text(r.SentenceText()), visible.Text(string(messages[i]))}
	}
	return out
}

// missing words the completeness, a line for each thing.
func (p *page) missing(c *trail.Completeness) {
	add := func(name, format string, args ...any) {
		p.Missing = append(p.Missing, line{name, visible.Text(fmt.Sprintf(format, args...))})
	}
	for _, l := range c.Losses {
		add("Loss", "record %d, input %s: %s %s %s", l.Record, l.Input, l.Count, l.Unit, l.Reason)
	}
	for _, r := range c.Refused {
		add("Kept out", "%d events (%s) by rule %s of policy %s", r.Count, r.Share, r.Rule, r.Policy)
	}
	if c.Shown > 0 {
		add("Not stored", "events that a policy handed on and did not store: %d", c.Shown)
	}
	for _, x := range c.Expired {
		add("Expired", "records %d to %d on %s: %s", x.First, x.Last, x.Time, x.Reason)
	}
	for _, x := range c.Forgotten {
		add("Forgotten", "who and what else in %s records: see record %d, %s", x.Records, x.Record, x.Time)
	}
	for _, d := range c.Down {
		how := "stopped as asked"
		if !d.Clean {
			how = "killed, or crashed"
		}
		add("Not running", "%s to %s: %s", d.From, d.To, how)
	}
	for _, i := range c.Inputs {
		add("Input", "%s: %d records in this time, %d of them not understood", i.Name, i.Records, i.Unparsed)
	}
	if c.More > 0 {
		add("More", "%d entries are left out here; the records are in the context", c.More)
	}
}

// report gives the whole page: what people read, the data, and what checks it.
func (p *page) report(data proof.Files) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">
<title>Evidence from %s</title>
<style>%s</style></head>
<body><aside id="verdict"><b>Not checked</b><span>Scripts are off. Check the archive with “counterfoil verify”.</span>
<label>The trail’s key, as you got it from its owner <input id="trusted" autocomplete="off" spellcheck="false"></label><span id="compared" role="status"></span></aside>
<main id="page">%s</main>
`, source(reportCSS), source(reportJS), html.EscapeString(p.Origin), reportCSS, p.html)
	for _, f := range data {
		fmt.Fprintf(&b, "<script type=\"text/plain\" data-name=\"%s\">%s</script>\n", f.Name, base64.StdEncoding.EncodeToString(f.Data))
	}
	fmt.Fprintf(&b, "<script>%s</script>\n</body></html>\n", reportJS)
	return b.Bytes()
}

// source is what a Content-Security-Policy calls a text that may run.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

var tag = regexp.MustCompile(`<[^>]*>`)

// textOf gives what a browser calls the textContent of HTML that a template wrote.
func textOf(markup string) string { return html.UnescapeString(tag.ReplaceAllString(markup, "")) }
