// The keyboard. A row is current when its link has the focus; a value in its sentence is current when it is outlined.
import { say } from "./html.js";
import { shut } from "./pane.js";

const rows = () => [...document.querySelectorAll(".r[data-seq] > a")];
let valueAt = 0;

export function startKeys() {
  const actions = {
    "/": () => { const q = document.getElementById("q"); q.focus(); q.select(); },
    j: () => step(1),
    k: () => step(-1),
    g: () => focus(rows()[0]),
    G: () => focus(rows().at(-1)),
    h: () => pick(-1),
    l: () => pick(1),
    f: () => narrow("add"),
    x: () => narrow("not"),
    p: () => { const c = document.getElementById("check"); if (c) c.click(); else say("Open an event to check its proof"); },
    c: () => copy("copy-text"),
    C: () => copy("copy-json"),
    v: () => document.getElementById("live")?.click(),
    o: () => document.getElementById("older")?.click(),
    n: () => document.querySelector("a[rel=prev]")?.click(),
    t: () => document.getElementById("plot")?.focus(),
    "?": () => document.getElementById("keys").showModal(),
  };
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || document.querySelector("dialog[open]")) return;
    const typing = e.target.matches?.("input, textarea, select");
    if (e.key === "Escape") {
      if (typing) e.target.blur();
      else if (!document.querySelector("details.menu[open]") && document.querySelector("main.opened")) document.getElementById("shut")?.click() ?? shut();
      return;
    }
    if (typing || !Object.hasOwn(actions, e.key)) return;
    e.preventDefault();
    actions[e.key]();
  });
  addEventListener("focusout", unpick);
}

const current = () => document.activeElement?.closest(".r[data-seq] > a") ?? document.querySelector(".r.sel > a");

function step(by) {
  const all = rows();
  const i = all.indexOf(current());
  focus(all[i < 0 ? 0 : Math.min(all.length - 1, Math.max(0, i + by))]);
}

function focus(a) {
  if (!a) return;
  valueAt = 0;
  a.focus({ preventScroll: true });
  a.scrollIntoView({ block: "nearest" });
}

function unpick() {
  for (const v of document.querySelectorAll(".v.at")) v.classList.remove("at");
}

// pick moves among the values of the current row.
function pick(by) {
  const a = current();
  if (!a) return;
  if (document.activeElement !== a) focus(a);
  const values = [...a.querySelectorAll(".v[data-c]")];
  const had = a.querySelector(".v.at");
  unpick();
  if (!values.length) return;
  valueAt = had ? (valueAt + by + values.length) % values.length : by > 0 ? 0 : values.length - 1;
  values[valueAt].classList.add("at");
  say(values[valueAt].dataset.c);
}

// narrow searches for only the current value, or for all but it.
function narrow(how) {
  const focused = document.activeElement;
  const facet = focused?.closest(".facets li");
  if (facet) return facet.querySelector(how === "add" ? ".only" : ".not").click();
  const field = focused?.closest(".pane dd");
  const value = field?.querySelector(".v[data-c]") ?? document.querySelector(".v.at") ?? current()?.querySelector(".v[data-c]");
  if (!value) return say("Move to an event first: j and k, then h and l to a value");
  const q = new URLSearchParams(location.search);
  for (const k of ["before", "after", "asof", "sel"]) q.delete(k);
  q.set(how, value.dataset.c);
  location.assign(`/?${q}`);
}

function copy(id) {
  const a = document.getElementById(id);
  if (a) a.click();
  else say("Open an event to copy it");
}
