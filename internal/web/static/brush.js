// Selects a span of time in the histogram, with the pointer or the arrow keys.
const width = 960; // units of the drawing, as in the template

export function startBrush() {
  const plot = document.getElementById("plot");
  const bars = [...plot.querySelectorAll("a[data-from]")];
  if (bars.length) new Brush(plot, bars);
}

class Brush {
  constructor(plot, bars) {
    Object.assign(this, { plot, bars, at: bars.length - 1, from: null, to: null, dragging: false, moved: false });
    this.rect = document.getElementById("brush");
    this.out = document.getElementById("brushed");
    plot.addEventListener("dragstart", (e) => e.preventDefault());
    plot.addEventListener("pointerdown", (e) => this.down(e));
    plot.addEventListener("pointermove", (e) => this.move(e));
    plot.addEventListener("pointerup", (e) => this.up(e));
    plot.addEventListener("pointercancel", () => this.clear());
    plot.addEventListener("click", (e) => this.moved && e.preventDefault(), true);
    plot.addEventListener("keydown", (e) => this.key(e));
    plot.addEventListener("focus", () => this.point());
    plot.addEventListener("blur", () => this.bars[this.at].classList.remove("at"));
  }

  index(e) {
    const box = this.plot.getBoundingClientRect();
    return Math.min(this.bars.length - 1, Math.max(0, Math.floor(((e.clientX - box.left) / box.width) * this.bars.length)));
  }

  down(e) {
    if (e.button !== 0) return;
    Object.assign(this, { dragging: true, moved: false, x: e.clientX, from: this.index(e), to: this.index(e) });
  }

  move(e) {
    if (!this.dragging || (!this.moved && Math.abs(e.clientX - this.x) < 4)) return;
    if (!this.moved) this.plot.setPointerCapture(e.pointerId);
    this.moved = true;
    this.to = this.index(e);
    this.draw();
  }

  up() {
    if (this.dragging && this.moved) this.go();
    this.dragging = false;
  }

  key(e) {
    const last = this.bars.length - 1;
    const to = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: last }[e.key];
    if (to !== undefined) {
      this.bars[this.at].classList.remove("at");
      if (e.shiftKey && this.from === null) this.from = this.at;
      if (!e.shiftKey) this.clear();
      this.at = Math.min(last, Math.max(0, to));
      if (e.shiftKey) this.to = this.at;
      this.point();
    } else if (e.key === "Enter") {
      if (this.from === null) this.from = this.to = this.at;
      this.go();
    } else if (e.key === "Escape" && this.from !== null) {
      this.clear();
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  }

  point() {
    this.bars[this.at].classList.add("at");
    if (this.from !== null) this.draw();
    else this.out.textContent = this.bars[this.at].querySelector("title").textContent;
  }

  span() {
    return [Math.min(this.from, this.to), Math.max(this.from, this.to)];
  }

  draw() {
    const [a, b] = this.span();
    const unit = width / this.bars.length;
    this.rect.setAttribute("x", a * unit);
    this.rect.setAttribute("width", (b - a + 1) * unit);
    this.rect.setAttribute("visibility", "visible");
    const n = this.bars.slice(a, b + 1).reduce((sum, bar) => sum + Number(bar.dataset.n), 0);
    this.out.textContent = `${short(this.bars[a].dataset.from)} – ${short(this.bars[b].dataset.to)}: ${n.toLocaleString("en")} events`;
  }

  clear() {
    Object.assign(this, { from: null, to: null, dragging: false, moved: false });
    this.rect.setAttribute("visibility", "hidden");
    this.out.textContent = "";
  }

  go() {
    const [a, b] = this.span();
    const q = new URLSearchParams(location.search);
    for (const k of ["last", "before", "after", "asof", "sel"]) q.delete(k);
    q.set("from", trim(this.bars[a].dataset.from));
    q.set("to", trim(this.bars[b].dataset.to));
    location.assign(`/?${q}`);
  }
}

const trim = (t) => t.replace(/\.?0+Z$/, "Z");
const short = (t) => trim(t).slice(0, 19).replace("T", " ").replace("Z", "");
