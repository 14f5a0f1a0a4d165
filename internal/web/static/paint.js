// Colours the search box. This is for the eyes only and knows the grammar roughly; the server reads it exactly.
const piece = /"(?:\\.|[^"\\])*"?|'[^']*'?|[!<>]=|!~|[=:<>~(),]|[^\s()=<>!~:,"']+|\s+|./gu;
const words = new Set(["and", "or", "not", "since", "until", "contains", "icontains", "startswith", "in", "exists"]);
const signs = /^(?:[!<>]=|!~|[=:<>~]|contains|icontains|startswith|in|exists)$/i;

export function startPaint() {
  const input = document.getElementById("q");
  const paint = document.getElementById("paint");
  const draw = () => {
    paint.replaceChildren(...colour(input.value));
    paint.scrollLeft = input.scrollLeft;
  };
  input.parentElement.classList.add("painted");
  for (const e of ["input", "scroll", "keyup", "click", "select", "blur"]) input.addEventListener(e, draw);
  draw();
}

function colour(text) {
  const all = text.match(piece) ?? [];
  let value = false; // whether a value comes next
  return all.map((t, i) => {
    if (!t.trim()) return document.createTextNode(t);
    const next = all.slice(i + 1).find((x) => x.trim()) ?? "";
    const low = t.toLowerCase();
    let kind = "";
    if (value && !/^[(),]$/.test(t)) kind = "s";
    else if (/^["']/.test(t)) kind = "s";
    else if (words.has(low) || /^[!<>=:~(),]+$/.test(t)) kind = "o";
    else if (signs.test(next) || (/^not$/i.test(next) && /^[a-z_.]+$/.test(t))) kind = "k";
    value = kind !== "s" && (signs.test(t) || low === "since" || low === "until") && low !== "exists" && low !== "in";
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = t;
    return span;
  });
}
