// Checks the evidence in this page, by docs/format/bundle.md, without a network and without trust in who sent it. What it
// cannot check is itself: whoever can change the page can change this. `counterfoil verify` checks the archive.
"use strict";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const bytes = text => new TextEncoder().encode(text);
const joined = (...parts) => {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
};
const hex = b => Array.from(b, x => x.toString(16).padStart(2, "0")).join("");
const unhex = s => Uint8Array.from(s.match(/../g) || [], x => parseInt(x, 16));
const unbase64 = s => { // atob takes other forms, too
  const raw = atob(s);
  demand(btoa(raw) === s, "base64 is not in its one form");
  return Uint8Array.from(raw, c => c.charCodeAt(0));
};
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const demand = (ok, reason) => { if (!ok) throw new Error(reason); };

// SHA-256 and SHA-512 (FIPS 180-4), for where the browser has none for a file.
const primes = count => {
  const out = [];
  for (let n = 2; out.length < count; n++) if (out.every(p => n % p)) out.push(n);
  return out;
};
const rootBits = (n, k, width) => { // the first bits of the fraction of the k-th root of n
  const scaled = BigInt(n) << BigInt(k * width);
  let low = 0n, high = 1n << BigInt(width + 8);
  while (low + 1n < high) { const mid = low + high >> 1n; if (mid ** BigInt(k) <= scaled) low = mid; else high = mid; }
  return low & (1n << BigInt(width)) - 1n;
};
const tables = width => ({
  start: primes(8).map(p => rootBits(p, 2, width)),
  rounds: primes(width === 32 ? 64 : 80).map(p => rootBits(p, 3, width)),
});
const padded = (message, block) => {
  const length = message.length + 1 + block / 8;
  const out = new Uint8Array(Math.ceil(length / block) * block);
  out.set(message);
  out[message.length] = 0x80;
  new DataView(out.buffer).setBigUint64(out.length - 8, BigInt(message.length) * 8n);
  return out;
};
const t32 = tables(32), k32 = Uint32Array.from(t32.rounds, Number);
const ownSHA256 = message => {
  const data = padded(message, 64), view = new DataView(data.buffer), w = new Uint32Array(64), h = Uint32Array.from(t32.start, Number);
  const turn = (x, n) => x >>> n | x << 32 - n;
  for (let at = 0; at < data.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >>> 10);
    }
    let [a, b, c, d, e, f, g, z] = h;
    for (let i = 0; i < 64; i++) {
      const x = z + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + k32[i] + w[i] | 0;
      const y = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      z = g; g = f; f = e; e = d + x | 0; d = c; c = b; b = a; a = x + y | 0;
    }
    [a, b, c, d, e, f, g, z].forEach((x, i) => { h[i] += x; });
  }
  const out = new DataView(new ArrayBuffer(32));
  h.forEach((x, i) => out.setUint32(4 * i, x));
  return new Uint8Array(out.buffer);
};
const ownSHA512 = message => {
  const t = tables(64), mask = (1n << 64n) - 1n, data = padded(message, 128), view = new DataView(data.buffer), h = [...t.start];
  const turn = (x, n) => (x >> n | x << 64n - n) & mask;
  for (let at = 0; at < data.length; at += 128) {
    const w = [];
    for (let i = 0; i < 16; i++) w.push(view.getBigUint64(at + 8 * i));
    for (let i = 16; i < 80; i++) {
      const a = w[i - 15], b = w[i - 2];
      w.push(w[i - 16] + (turn(a, 1n) ^ turn(a, 8n) ^ a >> 7n) + w[i - 7] + (turn(b, 19n) ^ turn(b, 61n) ^ b >> 6n) & mask);
    }
    let [a, b, c, d, e, f, g, z] = h;
    for (let i = 0; i < 80; i++) {
      const x = z + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + (e & f ^ ~e & mask & g) + t.rounds[i] + w[i] & mask;
      const y = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + (a & b ^ a & c ^ b & c) & mask;
      z = g; g = f; f = e; e = d + x & mask; d = c; c = b; b = a; a = x + y & mask;
    }
    [a, b, c, d, e, f, g, z].forEach((x, i) => { h[i] = h[i] + x & mask; });
  }
  const out = new DataView(new ArrayBuffer(64));
  h.forEach((x, i) => out.setBigUint64(8 * i, x));
  return new Uint8Array(out.buffer);
};
const subtle = globalThis.crypto && globalThis.crypto.subtle;
const sha256 = async b => subtle ? new Uint8Array(await subtle.digest("SHA-256", b)) : ownSHA256(b);

// Ed25519 (RFC 8032), for where the browser has none.
const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (x, m = P) => (x % m + m) % m;
const power = (x, e) => { let r = 1n; for (x = mod(x); e; e >>= 1n, x = x * x % P) if (e & 1n) r = r * x % P; return r; };
const D = mod(-121665n * power(121666n, P - 2n)), ROOT = power(2n, (P - 1n) / 4n);
const little = b => b.reduceRight((n, x) => n << 8n | BigInt(x), 0n);
const plus = ([a, b, c, d], [e, f, g, h]) => {
  const p = (b - a) * (f - e), q = (b + a) * (f + e), r = 2n * c % P * g % P * D, s = 2n * d * h;
  const w = q - p, x = s - r, y = s + r, z = q + p;
  return [mod(w * x), mod(z * y), mod(w * z), mod(x * y)]; // X, Y, T, Z
};
const times = (point, n) => { let r = [0n, 1n, 0n, 1n]; for (; n; n >>= 1n, point = plus(point, point)) if (n & 1n) r = plus(r, point); return r; };
const decode = b => {
  const n = little(b), y = n & (1n << 255n) - 1n;
  if (y >= P) return null;
  const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
  let x = u * power(v, 3n) % P * power(u * power(v, 7n), (P - 5n) / 8n) % P;
  if (mod(v * x * x) === mod(-u)) x = x * ROOT % P;
  if (mod(v * x * x) !== u || x === 0n && n >> 255n) return null;
  if (x & 1n ^ n >> 255n) x = P - x;
  return [x, y, x * y % P, 1n];
};
const equal = (p, q) => mod(p[0] * q[3] - q[0] * p[3]) === 0n && mod(p[1] * q[3] - q[1] * p[3]) === 0n;
const ownEd25519 = (key, message, signature) => {
  const a = decode(key), r = decode(signature.slice(0, 32)), s = little(signature.slice(32));
  if (!a || !r || s >= L) return false;
  const base = decode(unhex("58" + "66".repeat(31)));
  const k = mod(little(ownSHA512(joined(signature.slice(0, 32), key, message))), L);
  return equal(times(base, s), plus(r, times(a, k)));
};
const signedRight = async (key, message, signature) => {
  if (signature.length !== 64) return false;
  if (subtle) {
    let imported;
    try { imported = await subtle.importKey("raw", key, "Ed25519", false, ["verify"]); } catch { /* this browser does not have it: by hand */ }
    if (imported) return subtle.verify("Ed25519", imported, signature, message);
  }
  return ownEd25519(key, message, signature);
};

// checkpoint.md
const readKey = async text => {
  const at = text.indexOf("+"), name = text.slice(0, at), raw = unbase64(text.slice(at + 10));
  demand(at > 0 && raw.length === 33 && raw[0] === 1, "the key is not in its form");
  const hash = (await sha256(joined(bytes(name + "\n"), raw))).slice(0, 4);
  demand(text.slice(at + 1, at + 10) === hex(hash) + "+", "the hash of the key does not fit");
  return { name, hash, raw: raw.slice(1) };
};
const openNote = async (what, note, key, others) => {
  const at = note.lastIndexOf("\n\n"), text = note.slice(0, at + 1);
  demand(at > 0 && note.endsWith("\n"), what + " is no signed note");
  const lines = note.slice(at + 2, -1).split("\n");
  demand(others || lines.length === 1, "the " + what + " is signed by others, too");
  let signed = false;
  for (const line of lines) {
    const m = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    demand(m, what + " has a line that is no signature");
    const raw = unbase64(m[2]);
    if (m[1] === key.name && same(raw.slice(0, 4), key.hash)) {
      demand(await signedRight(key.raw, bytes(text), raw.slice(4)), "the signature on the " + what + " is wrong");
      signed = true;
    }
  }
  demand(signed, "the " + what + " is not signed by the key");
  return text;
};

// tree.md
const leafOf = async (message, salt) => {
  if (salt === null) { // the hidden half was forgotten, and its hash stands in its place
    const [, open, hidden] = /^(.*),"hidden":"([0-9a-f]{64})"}$/s.exec(utf8.decode(message)) || [];
    demand(hidden, "a record that should be forgotten is not");
    return sha256(joined(new Uint8Array(1), await sha256(bytes(open + "}")), unhex(hidden)));
  }
  const mark = bytes(',"addr":');
  let at = 0;
  while (at < message.length && !mark.every((x, i) => message[at + i] === x)) at++;
  demand(at < message.length, "a record has no two halves");
  const open = await sha256(joined(message.slice(0, at), bytes("}")));
  const hidden = await sha256(joined(salt, bytes("{"), message.slice(at + 1)));
  return sha256(joined(new Uint8Array(1), open, hidden));
};
const one = Uint8Array.of(1);
const rootOf = async (lo, hi, leaves, nodes) => {
  if (leaves.length === 0) { demand(nodes.length, "the proof is too short"); return nodes.shift(); }
  if (hi - lo === 1) return leaves[0].hash;
  let half = 1;
  while (half * 2 < hi - lo) half *= 2;
  const mid = lo + half;
  const left = await rootOf(lo, mid, leaves.filter(l => l.seq < mid), nodes);
  const right = await rootOf(mid, hi, leaves.filter(l => l.seq >= mid), nodes);
  return sha256(joined(one, left, right));
};

// bundle.md
const linesOf = b => {
  const out = [];
  for (let from = 0, to; (to = b.indexOf(10, from)) >= 0; from = to + 1) out.push(b.slice(from, to));
  return out;
};
const check = async () => {
  const files = {}, order = [];
  for (const s of document.querySelectorAll("script[data-name]")) { order.push(s.dataset.name); files[s.dataset.name] = unbase64(s.textContent); }
  demand(order.join(" ") === "key statement checkpoint records.jsonl context.jsonl proof", "the files of this page are not those of evidence");
  const text = name => utf8.decode(files[name]);
  const key = await readKey(text("key").trimEnd());
  const statement = (await openNote("statement", text("statement"), key, false)).split("\n");
  demand(statement[0] === "counterfoil evidence 1" && statement[1] === key.name, "the statement is not in its form");
  for (const [i, name] of order.filter(n => n !== "statement").entries())
    demand(statement[2 + i] === hex(await sha256(files[name])) + " " + name, name + " is not what was signed");
  const stated = JSON.parse(statement[2 + order.length - 1]);
  demand(stated.page === hex(await sha256(bytes(document.getElementById("page").textContent))), "the text of this page is not what was signed");

  const body = (await openNote("checkpoint", text("checkpoint"), key, true)).split("\n");
  demand(body.length === 4 && body[0] === key.name, "the checkpoint is not in its form");
  const size = Number(body[1]), root = unbase64(body[2]);
  const [head, tail] = text("proof").split("\n\n"), rows = head.split("\n");
  demand(rows[0] === "counterfoil proof 1" && rows[1] === body[1], "the proof is that of another tree");
  const nodes = tail.split("\n").slice(0, -1).map(unbase64);
  const messages = new Map();
  for (const name of ["records.jsonl", "context.jsonl"])
    for (const line of linesOf(files[name])) {
      const { seq } = JSON.parse(utf8.decode(line));
      demand(!messages.has(seq), "record " + seq + " stands twice");
      messages.set(seq, line);
    }
  demand(messages.size === rows.length - 2, "the proof is of other records");
  const leaves = [];
  for (const row of rows.slice(2)) {
    const [n, salt] = row.split(" "), seq = Number(n);
    demand(seq < size && messages.has(seq) && (leaves.length === 0 || leaves[leaves.length - 1].seq < seq), "the proof is of other records");
    leaves.push({ seq, hash: await leafOf(messages.get(seq), salt === "-" ? null : unhex(salt)) });
  }
  const got = await rootOf(0, size, leaves, nodes);
  demand(nodes.length === 0 && same(got, root), "the records are not those of the signed tree");
  return { count: leaves.length, size, key: text("key").trimEnd() };
};

const show = (ok, title, detail) => {
  const box = document.getElementById("verdict");
  box.className = ok ? "yes" : "no";
  box.querySelector("b").textContent = title;
  box.querySelector("span").textContent = detail;
  document.body.dataset.checked = ok ? "yes" : "no";
};
check().then(({ count, size, key }) => {
  show(true, "Checked in this browser", `${count} records are, to the byte, part of the tree of ${size} records that the key below signed.`);
  const trusted = document.getElementById("trusted");
  trusted.addEventListener("input", () => {
    const typed = trusted.value.trim();
    document.getElementById("compared").textContent = typed === "" ? "" : typed === key ? "It is this key." : "It is another key.";
  });
}, e => show(false, "This evidence is not genuine", e.message + "."));
