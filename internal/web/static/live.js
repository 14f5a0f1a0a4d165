// The live tail: new rows on top as they come. It waits while the list is scrolled down, so that nothing moves away
// under the reader's eyes.
import { nodes, put, say } from "./html.js";

const most = 1000; // rows kept on the page

export function startLive() {
  const button = document.getElementById("live");
  if (!button) return;
  button.hidden = false;
  const tail = new Tail(button);
  button.addEventListener("click", () => (tail.stream ? tail.stop("Live is off") : tail.start()));
}

class Tail {
  constructor(button) {
    this.button = button;
    this.address = button.dataset.from;
    this.list = document.getElementById("list");
    this.rows = document.getElementById("rows");
    this.fresh = document.getElementById("fresh");
    this.held = []; // elements that wait, newest first
    this.fresh.addEventListener("click", () => {
      this.list.scrollTop = 0;
      scrollTo({ top: 0 });
      this.release();
    });
    this.list.addEventListener("scroll", () => this.release());
    addEventListener("scroll", () => this.release());
  }

  start() {
    this.stream = new EventSource(this.address);
    this.button.setAttribute("aria-pressed", "true");
    say("Live is on");
    this.stream.addEventListener("open", () => this.button.classList.remove("lost"));
    this.stream.addEventListener("rows", (e) => this.take(e));
    this.stream.addEventListener("skipped", (e) => say(`${Number(e.data).toLocaleString("en")} more events came at once than are shown: search again to see them`));
    this.stream.addEventListener("health", (e) => this.health(e.data));
    this.stream.addEventListener("end", (e) => this.stop(e.data));
    this.stream.addEventListener("error", () => {
      if (this.stream?.readyState === EventSource.CLOSED) this.stop("The live tail was refused: load the page again");
      else say("The connection broke; trying again…");
    });
  }

  stop(why) {
    this.stream?.close();
    this.stream = null;
    this.button.setAttribute("aria-pressed", "false");
    say(why);
  }

  scrolled() {
    return this.list.scrollTop > 8 || (getComputedStyle(this.list).overflowY === "visible" && scrollY > 300);
  }

  take(e) {
    // Coming back later begins where this ended.
    const next = new URL(this.address, location.href);
    next.searchParams.set("after", e.lastEventId);
    this.address = next.href;
    this.held.unshift(...nodes(e.data));
    this.release();
  }

  release() {
    const n = this.held.filter((x) => x.matches(".r")).length;
    const hold = n > 0 && this.scrolled();
    this.button.classList.toggle("held", hold);
    this.fresh.hidden = !hold;
    this.fresh.textContent = `${n.toLocaleString("en")} new`;
    if (n === 0 || hold) return;
    document.getElementById("none")?.remove();
    const had = this.rows.firstElementChild;
    for (const x of this.held) x.classList.add("new");
    this.rows.prepend(...this.held);
    this.held = [];
    this.joinDays(had);
    this.trim();
  }

  // joinDays drops headings of a day that is the day of the rows above already.
  joinDays() {
    let last = "";
    for (const d of this.rows.querySelectorAll(".day")) {
      if (d.textContent === last) d.remove();
      last = d.textContent;
    }
  }

  trim() {
    const all = this.rows.querySelectorAll(".r");
    if (all.length <= most) return;
    const keep = all[most - 1];
    while (keep.nextElementSibling) keep.nextElementSibling.remove();
    const q = new URLSearchParams(location.search);
    let last = keep; // what is shown and not stored has no number
    while (last && !last.dataset.seq) last = last.previousElementSibling;
    if (!last) return;
    q.set("before", last.dataset.seq);
    let older = document.getElementById("older");
    if (!older) {
      const nav = Object.assign(document.createElement("nav"), { className: "paging", ariaLabel: "Older events" });
      older = Object.assign(document.createElement("a"), { id: "older", textContent: "Older" });
      nav.append(older);
      this.list.append(nav);
    }
    older.href = `/?${q}`;
  }

  health(fragment) {
    const line = document.getElementById("health");
    if (!line.querySelector("details[open]")) put(line, fragment);
    const covered = Number(line.querySelector("[data-covered]")?.dataset.covered ?? 0);
    for (const p of document.querySelectorAll(".r[data-seq] .p:not(.c)")) {
      if (Number(p.closest(".r").dataset.seq) >= covered) continue;
      p.classList.add("c");
      p.title = "In a signed checkpoint";
    }
  }
}
