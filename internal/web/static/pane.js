// Opens events beside the list without loading the page again, and checks proofs in place.
import { load, put, say } from "./html.js";

const pane = document.getElementById("pane");
let wanted = 0; // counts requests, so that a late answer does not replace a newer one

export function startPane() {
  addEventListener("click", (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    const a = e.target.closest?.("a");
    if (!a) return;
    if (a.id === "check") {
      e.preventDefault();
      check(a.href);
    } else if (a.id === "shut") {
      e.preventDefault();
      history.pushState(null, "", a.href);
      shut();
    } else if (a.parentElement.matches(".r[data-seq]")) {
      e.preventDefault();
      open(a);
    }
  });
  addEventListener("popstate", () => {
    const seq = new URLSearchParams(location.search).get("sel");
    if (seq) show(seq);
    else shut();
  });
}

// open shows the event of a row.
export function open(a) {
  history.pushState(null, "", a.href);
  return show(a.parentElement.dataset.seq);
}

async function show(seq) {
  const mine = ++wanted;
  const q = new URLSearchParams(location.search);
  q.delete("sel");
  q.set("pane", "1");
  try {
    const text = await load(`/event/${encodeURIComponent(seq)}?${q}`);
    if (mine !== wanted) return;
    put(pane, text);
    say("");
  } catch (err) {
    if (mine !== wanted) return;
    pane.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: err.message }));
  }
  pane.scrollTop = 0;
  pane.parentElement.classList.add("opened");
  mark(seq);
}

// shut closes the pane and puts the focus back on its row.
export function shut() {
  wanted++;
  const row = document.querySelector(".r.sel > a");
  pane.parentElement.classList.remove("opened");
  pane.replaceChildren();
  mark(null);
  row?.focus({ preventScroll: true });
}

function mark(seq) {
  for (const r of document.querySelectorAll(".r.sel")) {
    r.classList.remove("sel");
    r.firstElementChild.removeAttribute("aria-current");
  }
  const r = seq && document.querySelector(`.r[data-seq="${CSS.escape(seq)}"]`);
  if (!r) return;
  r.classList.add("sel");
  r.firstElementChild.setAttribute("aria-current", "true");
  // On a narrow screen the pane stands above the list.
  if (getComputedStyle(pane.parentElement).display === "flex") pane.scrollIntoView();
  else r.scrollIntoView({ block: "nearest" });
}

async function check(address) {
  const box = document.getElementById("proof");
  say("Checking the proof…");
  try {
    put(box, await load(address + "?pane=1"));
    say(box.querySelector(".proof > span").textContent);
  } catch (err) {
    say(err.message);
  }
}
