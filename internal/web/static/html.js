// The one place where text becomes markup: fragments that this server rendered, in which everything from the trail is
// escaped already. The Content-Security-Policy allows no other.
const policy = self.trustedTypes ? trustedTypes.createPolicy("counterfoil", { createHTML: (s) => s }) : { createHTML: (s) => s };

// put replaces what an element holds by a fragment.
export function put(element, fragment) {
  element.innerHTML = policy.createHTML(fragment);
}

// nodes gives the elements of a fragment.
export function nodes(fragment) {
  const t = document.createElement("template");
  t.innerHTML = policy.createHTML(fragment);
  return [...t.content.children];
}

// load fetches a fragment. A visitor whose login is over is sent to log in again.
export async function load(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (answer.status === 401) {
    location.reload();
    return new Promise(() => {});
  }
  const text = await answer.text();
  if (!answer.ok) {
    const page = document.createElement("template");
    page.innerHTML = policy.createHTML(text);
    throw new Error(page.content.querySelector("main h1 + p")?.textContent ?? `The server answered ${answer.status}.`);
  }
  return text;
}

// say tells people in the footer, and those who listen, what just happened.
export function say(text) {
  const said = document.getElementById("said");
  if (said) said.textContent = text;
}
