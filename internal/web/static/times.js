// The page shows UTC. Pointing at a time gives it on this machine's clock, too.
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export function startTimes() {
  addEventListener("mouseover", (e) => {
    const t = e.target.closest?.("time[datetime]");
    if (t && !t.title) t.title = `${t.dateTime.replace(/0+Z$/, "Z").replace(".Z", "Z")}\n${local.format(new Date(t.dateTime))} here`;
  });
}
