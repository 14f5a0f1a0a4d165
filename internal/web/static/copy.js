// Copies the open event. Where a page may not write to the clipboard the link opens the text instead.
import { say } from "./html.js";

export function startCopy() {
  addEventListener("click", async (e) => {
    const a = e.target.closest?.("a[data-copy]");
    if (!a || !navigator.clipboard || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const text = document.getElementById(a.dataset.copy).value;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      location.assign(a.href);
      return;
    }
    const label = a.textContent;
    a.textContent = "Copied";
    say("Copied");
    setTimeout(() => (a.textContent = label), 1200);
  });
}
