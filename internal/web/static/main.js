// Starts what a page has parts for. Without scripts everything here still works by links and forms.
import { startBrush } from "./brush.js";
import { startCompletion } from "./complete.js";
import { startCopy } from "./copy.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startPaint } from "./paint.js";
import { startPane } from "./pane.js";
import { startTimes } from "./times.js";

startTimes();
startCopy();
startPane();
if (document.getElementById("ask")) {
  startPaint();
  startCompletion();
  startKeys();
  startLive();
}
if (document.getElementById("plot")) startBrush();

// What was not filled in does not belong into the address.
document.getElementById("ask")?.addEventListener("submit", (e) => {
  for (const i of e.target.querySelectorAll("input[name]")) i.disabled = i.value === "" && i.name !== "q";
});
// A page that comes back from the browser's memory must take input again.
addEventListener("pageshow", () => {
  for (const i of document.querySelectorAll("#ask input:disabled")) i.disabled = false;
});

// One sheet at a time; a click elsewhere or Escape closes it.
addEventListener("click", (e) => {
  for (const d of document.querySelectorAll("details.menu[open]")) if (!d.contains(e.target)) d.open = false;
});
addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  for (const d of document.querySelectorAll("details.menu[open]")) {
    d.open = false;
    d.querySelector("summary").focus();
  }
});
