// Package web owns the Audit page: server-rendered pages that work with scripts off, and the hand-written ES modules
// that make them quick. It keeps no state of its own but the secret of its login form: what is shown comes from
// [search.Run], who may see it from internal/access, and every login, search, look, export and proof is appended to the
// trail before it is answered.
//
// Everything from the trail is hostile input. It reaches a page only through html/template or through [asHTML], which
// escapes HTML and shows control, format and bidirectional characters and bytes that are not UTF-8 as what they are.
//
// # Addresses
//
//	GET  /                       the Audit page: q, last | from & to, before | after (paging), sel (the open event), all (a facet)
//	GET  /event/{seq}            one event (pane=1: only the pane); /event/{seq}/json, /event/{seq}/text as copied
//	GET  /event/{seq}/check      the proof of one event checked here and now
//	GET  /event/{seq}/evidence   its evidence bundle
//	GET  /evidence               an archive that proves what q, last, from and to select
//	GET  /export                 what q, last, from and to select, as=csv or as=jsonl
//	GET  /live                   new matching events as they come (Server-Sent Events)
//	GET  /complete               what may stand at the end of q (JSON)
//	GET  /login  POST /login  POST /logout
//	GET  /static/{hash}/{file}   style sheet, modules, icon
//
// Times in addresses and on the page are UTC.
package web
