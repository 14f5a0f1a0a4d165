// Completion in the search box: a listbox below it that the arrow keys, Tab and Enter work.
export function startCompletion() {
  new Completion(document.getElementById("q"), document.getElementById("hints"));
}

class Completion {
  constructor(input, list) {
    Object.assign(this, { input, list, hints: [], at: -1, asked: 0 });
    for (const [k, v] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "hints", "aria-expanded": "false" })) input.setAttribute(k, v);
    input.addEventListener("input", () => this.ask());
    input.addEventListener("keydown", (e) => this.key(e));
    input.addEventListener("blur", () => this.shut());
    list.addEventListener("mousedown", (e) => {
      e.preventDefault(); // the focus stays in the box
      const li = e.target.closest("li");
      if (li) this.take([...list.children].indexOf(li));
    });
  }

  async ask() {
    const mine = ++this.asked;
    await new Promise((done) => setTimeout(done, 80));
    if (mine !== this.asked) return;
    const cursor = this.input.selectionStart;
    if (cursor !== this.input.selectionEnd) return this.shut();
    let hints = [];
    try {
      const answer = await fetch(`/complete?${new URLSearchParams({ q: this.input.value.slice(0, cursor) })}`);
      if (answer.ok) hints = await answer.json();
    } catch {
      // Without an answer there is nothing to offer; the box works as it is.
    }
    if (mine === this.asked && document.activeElement === this.input) this.show(hints);
  }

  show(hints) {
    const chosen = this.hints[this.at]?.text;
    const typed = this.input.value.slice(0, this.input.selectionStart);
    this.hints = hints.filter((h) => typed.slice(h.from, h.to) !== h.text);
    this.list.replaceChildren(...this.hints.map((h, i) => {
      const li = Object.assign(document.createElement("li"), { id: `hint-${i}`, role: "option", textContent: h.text });
      li.setAttribute("aria-selected", "false");
      if (h.doc) li.append(Object.assign(document.createElement("small"), { textContent: h.doc }));
      return li;
    }));
    // A late answer must not take the choice away.
    this.mark(this.hints.findIndex((h) => h.text === chosen));
    this.list.hidden = this.hints.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
  }

  shut() {
    this.asked++;
    this.show([]);
  }

  mark(i) {
    this.at = i;
    [...this.list.children].forEach((li, n) => li.setAttribute("aria-selected", String(n === i)));
    if (i < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", `hint-${i}`);
    this.list.children[i].scrollIntoView({ block: "nearest" });
  }

  take(i) {
    const h = this.hints[i];
    const text = h.text + (h.more ? "" : " ");
    this.at = -1;
    this.input.setRangeText(text, h.from, h.to, "end");
    this.input.dispatchEvent(new Event("input"));
  }

  key(e) {
    if (e.key === "ArrowDown" && this.list.hidden) {
      e.preventDefault();
      return this.ask();
    }
    if (this.list.hidden || e.isComposing) return;
    const n = this.hints.length;
    if (e.key === "ArrowDown") this.mark((this.at + 1) % n);
    else if (e.key === "ArrowUp") this.mark(this.at <= 0 ? n - 1 : this.at - 1);
    else if (e.key === "Tab" && !e.shiftKey) this.take(Math.max(0, this.at));
    else if (e.key === "Enter" && this.at >= 0) this.take(this.at);
    else if (e.key === "Escape") {
      this.shut();
      e.stopPropagation();
    } else return;
    e.preventDefault();
  }
}
