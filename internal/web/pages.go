package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/*
var staticFiles embed.FS

// pages are the templates: each file of templates/ defines what its name says, parts and whole pages alike.
type pages struct{ all *template.Template }

func loadPages(a assets) pages {
	t := template.New("").Funcs(template.FuncMap{"asset": func(name string) string { return a.prefix + name }})
	return pages{template.Must(t.ParseFS(templateFiles, "templates/*.html"))}
}

// render writes the page of that name.
func (p pages) render(w io.Writer, name string, data any) error {
	return p.all.ExecuteTemplate(w, name+".html", data)
}

// text renders a part whose template cannot fail on data of its own type.
func (p pages) text(name string, data any) string {
	var b strings.Builder
	if err := p.render(&b, name, data); err != nil {
		panic("web: template " + name + ": " + err.Error())
	}
	return b.String()
}

// assets serves the style sheet, the modules and the icon under an address that changes with their content, so that a
// browser may keep them for ever.
type assets struct {
	prefix string // /static/<hash>/
	files  map[string][]byte
}

func loadAssets() assets {
	a := assets{files: map[string][]byte{}}
	h := sha256.New()
	names, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		panic("web: " + err.Error()) // the pattern is a constant
	}
	for _, name := range names {
		body, err := staticFiles.ReadFile(name)
		if err != nil {
			panic("web: read an embedded file: " + err.Error())
		}
		a.files[path.Base(name)] = body
		io.WriteString(h, name)
		h.Write(body)
	}
	a.prefix = "/static/" + hex.EncodeToString(h.Sum(nil)[:6]) + "/"
	return a
}

func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, a.prefix)
	body, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(body)
}

// contentType does not ask the machine's tables, which may call a module text/plain.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}
