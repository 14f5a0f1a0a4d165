#!/usr/bin/env python3
"""A second verifier: counterfoil's trails, evidence bundles and test vectors, checked from the pages in this directory alone.

    verify.py trail DIR [--key KEY]        a data directory; --key: the verifier key that it must have
    verify.py bundle FILE [--key KEY]      an evidence bundle, of one record or of a query
    verify.py vectors DIR                  the files of corpus/vectors

It was written from docs/format/*.md and shares nothing with the program but those pages; numbers such as "event.md" in
the comments are where a rule stands. It prints one line of JSON: {"ok": true, …} or {"ok": false, "file": …, "record": …,
"reason": …}, and ends with 0 for yes, 1 for no and 3 for what could not be looked at. It writes nothing.

It needs Python 3.9, and two packages: `cryptography` for Ed25519 and `zstandard` for Parquet pages compressed with zstd
(Debian: python3-cryptography, python3-zstandard). The reading of Parquet is below, by the Parquet specification.

It does not make the derived search index anew (*.idx in segment.md), which says nothing about the records; it
compares the derived tiles. It makes no second verdict, of completeness, and takes nothing from an incremental
verification (trail.md). It is slow, some thousand records a second: what it is for is to be read. Beside a daemon at work
it may find a range between two states, and say no of it: it looks once.
"""
import argparse
import base64
import bisect
import datetime
import hashlib
import hmac
import io
import json
import os
import re
import struct
import sys
import zipfile
import zlib
from decimal import Decimal, InvalidOperation


class No(Exception):
    """What was found to be wrong, and where."""

    def __init__(self, reason, file=None, record=None):
        super().__init__(reason)
        self.reason, self.file, self.record = reason, file, record


def demand(condition, reason, file=None, record=None):
    if not condition:
        raise No(reason, file, record)


# --- canonical JSON (event.md) -------------------------------------------------------------------------------------
#
# A string of any bytes is a Python str as the error handler "surrogateescape" makes it: a byte that belongs to no valid
# UTF-8 is the lone surrogate U+DC00 + byte. That is also how event.md writes such a byte.

class Number(str):
    """The text of a JSON number as it was sent."""


def text_of(raw):
    return raw.decode("utf-8", "surrogateescape")


def bytes_of(text):
    return b"".join(
        bytes([ord(c) - 0xdc00]) if "\udc80" <= c <= "\udcff" else c.encode("utf-8", "surrogatepass") for c in text
    ) if any("\ud800" <= c <= "\udfff" for c in text) else text.encode()


def clean(text):
    """Bytes that came as escapes and now form a character become it; other lone surrogates their three bytes."""
    return text_of(bytes_of(text))


ESCAPED = re.compile('["\\\\\x00-\x1f\udc80-\udcff]')
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def quoted(text):
    return '"' + ESCAPED.sub(lambda m: SHORT.get(m[0]) or "\\u%04x" % ord(m[0]), text) + '"'


def object_of(pairs):
    keys = {}
    for k, v in pairs:
        k = clean(k)
        demand(k not in keys, "a key stands twice in an object")
        keys[k] = v
    return keys


def no_constant(name):
    raise No(name + " is no JSON")


DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=no_constant, object_pairs_hook=object_of)


def parse_json(raw):
    try:
        return DECODER.decode(text_of(raw))
    except (ValueError, RecursionError) as e:
        raise No("no JSON: %s" % e)


def number(text):
    """event.md, Numbers."""
    value = Decimal(text)
    if value == value.to_integral_value():
        if not value:
            return "0"
        if abs(value) <= 2**53:
            return str(int(value))
        return quoted(text)
    double = float(text)
    if double in (0, float("inf"), -float("inf")):
        return quoted(text)
    out = ecmascript(double)
    return out if Decimal(out) == value else quoted(text)


def ecmascript(double):
    """Number::toString of a double that is no integer (RFC 8785, 3.2.2.3)."""
    sign, digits, exponent = Decimal(repr(double)).normalize().as_tuple()
    digits = "".join(map(str, digits))
    k, n = len(digits), len(digits) + exponent
    if 0 < n <= 21:
        out = digits[:n] + "." + digits[n:]
    elif -6 < n <= 0:
        out = "0." + "0" * -n + digits
    else:
        out = digits[0] + ("." + digits[1:] if k > 1 else "") + "e%+d" % (n - 1)
    return "-" * sign + out


def canonical(value, depth=1):
    """The canonical text of data."""
    demand(depth <= 64, "data is nested deeper than 64")
    if isinstance(value, Number):
        return number(value)
    if isinstance(value, str):
        return quoted(clean(value))
    if value is True or value is False or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return "[" + ",".join(canonical(v, depth + 1) for v in value) + "]"
    members = sorted((quoted(k).encode(), canonical(v, depth + 1)) for k, v in value.items())
    return "{" + ",".join(k.decode() + ":" + v for k, v in members) + "}"


# --- the record (event.md) -----------------------------------------------------------------------------------------

CLASSES = "lo aa ad fr fw fc fd fa fm ex pc nt ip io cl ap ot no".split()
CATEGORIES = "administration system traffic alarm provisioning security data".split()
SUBJECT = "login_id id name group terminal pid process".split()
OBJECT = "kind name id to".split()
KEYS = ("aid vers seq time received via dialect host svc event class category action success "
        "addr user sess subject object svc_data event_data raw raw_b64 hidden").split()
EPOCH = datetime.datetime(1970, 1, 1)
NANOS = 10**9


def nanoseconds(text):
    """A time's nanoseconds since 1970."""
    m = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z", text, re.ASCII)
    demand(m, "a time is not in its form")
    try:
        at = datetime.datetime.strptime(m[1], "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise No("there is no such time")
    since = at - EPOCH
    return (since.days * 86400 + since.seconds) * NANOS + int(m[2])


def time_text(ns):
    seconds, fraction = divmod(ns, NANOS)
    at = EPOCH + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S").zfill(19) + ".%09dZ" % fraction


def is_string(v):
    return isinstance(v, str) and not isinstance(v, Number)


def integer(v, low, high, name):
    demand(isinstance(v, Number) and re.fullmatch("0|-?[1-9][0-9]*", v) and low <= int(v) <= high, name + " is not in its range")
    return int(v)


def check_values(r):
    """Refuses values that event.md does not allow."""
    for k in r:
        demand(k in KEYS, "%r is no key of a message" % k)
    for k in ("aid", "vers", "seq", "time", "received", "svc", "event"):
        demand(k in r, k + " is missing")
    if "hidden" in r:
        demand(is_string(r["hidden"]) and re.fullmatch("[0-9a-f]{64}", r["hidden"]) and r["hidden"].strip("0"), "hidden is no hash")
        demand(not any(k in r for k in KEYS[KEYS.index("addr"):-1]), "a key of the half that was forgotten is there")
    else:
        demand("addr" in r and "user" in r, "addr or user is missing")
    aid = r["aid"]
    demand(is_string(aid) and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", aid) and aid.strip("0-"), "aid is no UUID")
    demand(isinstance(r["vers"], dict) and list(r["vers"]) == ["major", "minor"], "vers is not in its form")
    for k, v in r["vers"].items():
        integer(v, 0, 32768, "vers." + k)
    integer(r["seq"], 0, 2**53, "seq")
    for k in ("time", "received"):
        demand(is_string(r[k]) and -2**63 <= nanoseconds(r[k]) < 2**63 and 1678 <= int(r[k][:4]) <= 2261, k + " is no time")
    demand(nanoseconds(r["time"]) != 0, "time is that of 1970")
    for k in ("svc", "event"):
        demand(is_string(r[k]) and re.fullmatch("[A-Z0-9_.]+", r[k]), k + " is not in its form")
    for k in ("via", "dialect", "host", "category", "action", "addr", "user", "sess", "raw", "raw_b64"):
        demand(k not in r or is_string(r[k]) and (r[k] or k in ("addr", "user")), k + " is no string, or empty")
    if "class" in r:
        demand(isinstance(r["class"], list) and r["class"] and all(c in CLASSES for c in r["class"]), "class is not in its form")
        places = [CLASSES.index(c) for c in r["class"]]
        demand(places == sorted(set(places)), "class is not in its order")
    demand(r.get("category", "data") in CATEGORIES, "there is no such category")
    demand(re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", r.get("action", "a.b")), "action is not in its form")
    demand(r.get("success", True) in (True, False), "success is not in its form")
    for k, allowed in (("subject", SUBJECT), ("object", OBJECT)):
        if k not in r:
            continue
        demand(isinstance(r[k], dict) and r[k], k + " is no object, or empty")
        demand([m for m in allowed if m in r[k]] == list(r[k]), k + " has other keys, or another order")
        for m, v in r[k].items():
            if m == "pid":
                integer(v, 1, 2**53, "pid")
            else:
                demand(is_string(v) and v, "%s.%s is no string, or empty" % (k, m))
    for k in ("svc_data", "event_data"):
        demand(k not in r or isinstance(r[k], dict) or is_string(r[k]), k + " is no object and no string")
    demand(not ("raw" in r and "raw_b64" in r), "raw and raw_b64 stand beside each other")


FORGOTTEN = b',"hidden":"'


def message(r):
    """The canonical message of a record whose values are checked, and the index of the comma between its halves."""
    out = []
    for k in KEYS:
        if k not in r:
            continue
        v = r[k]
        if k in ("svc_data", "event_data"):
            v = canonical(v)
        elif k in ("subject", "object", "vers"):
            v = "{" + ",".join('"%s":%s' % (m, x if isinstance(x, Number) else quoted(clean(x))) for m, x in v.items()) + "}"
        elif k == "class":
            v = "[" + ",".join('"%s"' % c for c in v) + "]"
        elif k == "success":
            v = "true" if v else "false"
        elif k == "seq":
            v = str(v)
        elif k == "raw":
            raw = bytes_of(v)
            if not re.search("[\udc80-\udcff]", text_of(raw)):
                v = quoted(clean(v))
            else:
                k, v = "raw_b64", '"%s"' % base64.b64encode(raw).decode()
        elif k == "raw_b64":
            raw = unbase64(v)
            demand(re.search("[\udc80-\udcff]", text_of(raw)), "raw_b64 holds valid UTF-8")
            v = '"%s"' % v
        else:
            v = quoted(clean(v))
        out.append('"%s":%s' % (k, v))
    msg = ("{" + ",".join(out) + "}").encode()
    demand(len(msg) <= 1 << 24, "a message has more than 16 MiB")
    return msg, len(msg) - len(FORGOTTEN) - 66 if "hidden" in r else msg.index(b',"addr":')


def parse_record(raw):
    """A record from its message, which must be canonical, to the byte."""
    r = parse_json(raw)
    demand(isinstance(r, dict), "a message is no object")
    check_values(r)
    msg, comma = message(r)
    demand(msg == raw, "the message is not in canonical form")
    return r, msg, comma


def derived_aid(trail, seq):
    b = bytearray(trail[:8] + struct.pack(">Q", seq))
    b[6] = b[6] & 0x0f | 0x80
    b[8] = b[8] & 0x3f | 0x80
    return aid_text(b)


def aid_text(b):
    h = bytes(b).hex()
    return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


# --- leaves and the tree (tree.md) ---------------------------------------------------------------------------------

def sha256(b):
    return hashlib.sha256(b).digest()


def salt_of(key, seq):
    return hmac.new(key, struct.pack(">Q", seq), "sha256").digest()[:16]


def leaf(msg, comma, salt):
    """salt is not asked for where the message has the hash of a forgotten half."""
    opened = sha256(msg[:comma] + b"}")
    if msg.startswith(FORGOTTEN, comma):
        hidden = bytes.fromhex(msg[comma + len(FORGOTTEN):-2].decode())
    else:
        hidden = sha256(salt + b"{" + msg[comma + 1:])
    return sha256(b"\0" + opened + hidden)


def node(left, right):
    return sha256(b"\1" + left + right)


class Tree:
    """The roots of the complete subtrees that a tree is made of, the largest first; and the nodes that tiles hold."""

    def __init__(self):
        self.size, self.stack, self.levels = 0, [], {}

    def append(self, h, level=0):
        """Adds the leaf that is next, or the node of a level that begins there: it stands for 2^level leaves."""
        demand(self.size % (1 << level) == 0, "no node of level %d begins with record %d" % (level, self.size))
        self.stack.append(h)
        self.size += 1 << level
        n = self.size >> level
        while True:
            if level and level % 8 == 0:
                self.levels.setdefault(level // 8, []).append(self.stack[-1])
            if n % 2:
                return
            right = self.stack.pop()
            self.stack.append(node(self.stack.pop(), right))
            n, level = n // 2, level + 1

    def root(self):
        if not self.stack:
            return sha256(b"")
        h = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            h = node(left, h)
        return h

    def frontier(self):
        return struct.pack(">Q", self.size) + b"".join(self.stack)


def check_inclusion(h, i, n, path, root):
    """RFC 9162, 2.1.3.2."""
    demand(i < n, "the tree has no such leaf")
    f, s = i, n - 1
    for p in path:
        demand(s, "the path is too long")
        if f & 1 or f == s:
            h = node(p, h)
            while not f & 1 and f:
                f, s = f >> 1, s >> 1
        else:
            h = node(h, p)
        f, s = f >> 1, s >> 1
    demand(s == 0 and h == root, "the path does not lead from the leaf to the root")


def check_consistency(m, old, n, new, path):
    """RFC 9162, 2.1.4.2."""
    demand(m <= n, "the newer tree is smaller")
    if m == 0 or m == n:
        demand(not path and old == (new if m == n else sha256(b"")), "the roots do not fit")
        return
    path = list(path)
    if m & (m - 1) == 0:
        path.insert(0, old)
    demand(path, "the path is too short")
    f, s = m - 1, n - 1
    while f & 1:
        f, s = f >> 1, s >> 1
    fr = sr = path[0]
    for c in path[1:]:
        demand(s, "the path is too long")
        if f & 1 or f == s:
            fr, sr = node(c, fr), node(c, sr)
            while not f & 1 and f:
                f, s = f >> 1, s >> 1
        else:
            sr = node(sr, c)
        f, s = f >> 1, s >> 1
    demand(fr == old and sr == new and s == 0, "the path does not lead from the older root to the newer")


# --- signed notes and checkpoints (checkpoint.md) ------------------------------------------------------------------

def unbase64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise No("no base64")
    demand(base64.b64encode(raw).decode() == text, "base64 is not in its one form")
    return raw


def key_of(vkey):
    """Name, key hash and Ed25519 key of a verifier key."""
    parts = vkey.split("+", 2)
    demand(len(parts) == 3, "a verifier key has three parts")
    name, raw = parts[0], unbase64(parts[2])
    check_origin(name)
    demand(len(raw) == 33 and raw[0] == 1, "a verifier key holds no Ed25519 key")
    keyhash = sha256(name.encode() + b"\n" + raw)[:4]
    demand(parts[1] == keyhash.hex(), "the hash of a verifier key does not fit")
    return name, keyhash, raw[1:]


def check_origin(name):
    demand(1 <= len(name) <= 200 and re.fullmatch(r'[!#-*,-\[\]-~]+', name), "an origin is not in its form")


def signed_right(public, text, signature):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        return True
    except InvalidSignature:
        return False


def open_note(raw, vkey, alone=False):
    """The text of a note that the key signed; alone: with one signature and nothing else."""
    name, keyhash, public = key_of(vkey)
    try:
        note = raw.decode()
    except UnicodeDecodeError:
        raise No("a note is no UTF-8")
    at = note.rfind("\n\n")
    demand(at >= 0 and note.endswith("\n"), "a note has no signatures")
    text, lines = note[:at + 1], note[at + 2:-1].split("\n")
    demand(not any(c < " " and c != "\n" for c in note), "a note has a control character")
    demand(len(lines) <= 100 and len(set(lines)) == len(lines), "a note has more than 100 signatures, or one twice")
    found = 0
    for i, line in enumerate(lines):
        m = re.fullmatch(r"\u2014 ([^\s+]+) ([^\s]+)", line)
        demand(m, "a line of signature is not in its form")
        raw_signature = unbase64(m[2])
        demand(len(raw_signature) > 4, "a signature is too short")
        if m[1] == name and raw_signature[:4] == keyhash:
            demand(i == 0, "the trail's signature is not the first, or stands there twice")
            demand(signed_right(public, text.encode(), raw_signature[4:]), "the signature is wrong")
            found += 1
    demand(found, "it is not signed by the key")
    demand(not alone or len(lines) == 1, "other signatures stand beside the trail's")
    return text


def read_checkpoint(raw, vkey):
    demand(len(raw) <= 65536, "a checkpoint has more than 65536 bytes")
    text = open_note(raw, vkey)
    lines = text.split("\n")
    demand(len(lines) == 4 and lines[3] == "", "a checkpoint has three lines")
    check_origin(lines[0])
    demand(lines[0] == key_of(vkey)[0], "the origin is not the name of the key")
    demand(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]) and int(lines[1]) < 2**63, "the size of a checkpoint is not in its form")
    root = unbase64(lines[2])
    demand(len(root) == 32, "a root has 32 bytes")
    return int(lines[1]), root


# --- CRC-32C and S2 (wal.md) ---------------------------------------------------------------------------------------

def crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
        table.append(n)
    return table


CRC = crc_table()


def crc32c(b):
    c = 0xffffffff
    for x in b:
        c = CRC[(c ^ x) & 255] ^ c >> 8
    return c ^ 0xffffffff


def uvarint(b, i):
    n = shift = 0
    while True:
        demand(i < len(b) and shift < 64, "a number is cut off")
        n |= (b[i] & 127) << shift
        i += 1
        if b[i - 1] < 128:
            return n, i
        shift += 7


def unsnap(b):
    """Decodes a Snappy block with S2's repeat offsets (github.com/klauspost/compress/s2)."""
    size, i = uvarint(b, 0)
    out, last = bytearray(), 0
    while i < len(b):
        tag = b[i]
        if tag & 3 == 0:
            n, i = tag >> 2, i + 1
            if n >= 60:
                more = n - 59
                n, i = int.from_bytes(b[i:i + more], "little"), i + more
            out += b[i:i + n + 1]
            i += n + 1
            continue
        if tag & 3 == 1:
            n, offset = 4 + (tag >> 2 & 7), (tag & 0xe0) << 3 | b[i + 1]
            i += 2
            if offset == 0:  # repeat: the length may need more bytes
                n = tag >> 2 & 7
                if n >= 5:
                    more = n - 4
                    n, i = int.from_bytes(b[i:i + more], "little") + (0, 4, 1 << 8, 1 << 16)[more], i + more
                n, offset = n + 4, last
        else:
            width = 2 if tag & 3 == 2 else 4
            n, offset = 1 + (tag >> 2), int.from_bytes(b[i + 1:i + 1 + width], "little")
            i += 1 + width
            if offset == 0:
                offset = last
        last = offset
        demand(0 < offset <= len(out) and len(out) + n <= size, "an S2 block is damaged")
        while n:
            piece = out[-offset:][:n] if offset > n else out[len(out) - offset:len(out) - offset + n]
            out += piece
            n -= len(piece)
    demand(len(out) == size and i == len(b), "an S2 block is damaged")
    return bytes(out)


# --- WAL files (wal.md) --------------------------------------------------------------------------------------------

SECTOR = 512
FRAME = struct.Struct("<4sIQIIIIQII")
LIMIT = 67108864


def frame_head(b, at, nonce):
    """The head of a frame, None where there is none."""
    if at + FRAME.size > len(b):
        return None
    head = FRAME.unpack_from(b, at)
    magic, kind, first, count, size, stored, prev, durable, paysum, headsum = head
    if magic != b"CFW1" or kind > 2 or size > LIMIT or stored > LIMIT or kind != 1 and size != stored:
        return None
    if (kind == 0) != (count == 0) or kind == 0 and (first or prev or durable):
        return None
    if crc32c(nonce + b[at:at + 44]) != headsum:
        return None
    return head


def read_wal(b):
    """Header, batches as (first, count, payload), where the file ends, and whether something torn stands there."""
    nonce, header, batches, at, prev, number = None, None, [], 0, 0, None
    while at < len(b):
        head = frame_head(b, at, nonce or bytes(16))
        payload = b[at + FRAME.size:at + FRAME.size + head[5]] if head else b""
        end = at + -(-(FRAME.size + len(payload)) // SECTOR) * SECTOR
        whole = (head and len(payload) == head[5] and end <= len(b) and not b[at + FRAME.size + len(payload):end].strip(b"\0")
                 and crc32c(payload) == head[8])
        if nonce is None:
            demand(whole and head[1] == 0 and len(payload) >= 16, "the header frame is damaged")
            nonce, header, prev, at = payload[:16], payload[16:], head[9], end
            demand(len(header) <= 16777216, "the header is too long")
            continue
        if not whole:
            return header, batches, at, torn_at(b, at, head, nonce)
        kind, first, count, size = head[1:5]
        demand(kind and head[6] == prev and head[7] <= at, "a frame at %d does not go on from the one before" % at)
        demand(number is None or first == number, "the frame at %d begins with another number" % at)
        payload = unsnap(payload) if kind == 1 else payload
        demand(len(payload) == size, "a batch has not its size")
        batches.append((first, count, payload))
        number, prev, at = first + count, head[9], end
    demand(nonce is not None, "the header frame is missing")
    return header, batches, at, False


def torn_at(b, at, head, nonce):
    """wal.md, Reading, 1 to 4: True if a frame at this place is torn, False if the file ends here."""
    if not b[at:].strip(b"\0"):
        return False
    for x in range(-(-(at + 1) // SECTOR) * SECTOR, len(b), SECTOR):
        later = frame_head(b, x, nonce)
        demand(not (later and later[7] > at), "bytes at %d that were durable are damaged" % at)
    length = FRAME.size + head[5] if head else SECTOR
    for x in range(at, at + length, SECTOR):
        sector = b[x:x + SECTOR]
        if len(sector) < SECTOR or not sector.strip(b"\0"):
            return True
    raise No("the frame at %d is damaged" % at)


# --- Parquet (github.com/apache/parquet-format) --------------------------------------------------------------------

class Thrift:
    """Reads the compact protocol into dicts of field number to value."""

    def __init__(self, b, at=0):
        self.b, self.at = b, at

    def varint(self):
        n, self.at = uvarint(self.b, self.at)
        return n

    def zigzag(self):
        n = self.varint()
        return n >> 1 ^ -(n & 1)

    def value(self, kind):
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            self.at += 1
            return self.b[self.at - 1]
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 7:
            self.at += 8
            return struct.unpack_from("<d", self.b, self.at - 8)[0]
        if kind == 8:
            n = self.varint()
            self.at += n
            demand(self.at <= len(self.b), "Parquet: a string is cut off")
            return self.b[self.at - n:self.at]
        if kind in (9, 10):
            head = self.b[self.at]
            self.at += 1
            n = head >> 4 if head >> 4 < 15 else self.varint()
            if head & 15 in (1, 2):
                self.at += n
                return [x == 1 for x in self.b[self.at - n:self.at]]
            return [self.value(head & 15) for _ in range(n)]
        demand(kind == 12, "Parquet: a type of Thrift that is not used")
        return self.struct()

    def struct(self):
        fields, number = {}, 0
        while True:
            head = self.b[self.at]
            self.at += 1
            if head == 0:
                return fields
            number = number + (head >> 4) if head >> 4 else self.zigzag()
            fields[number] = self.value(head & 15)


def decompress(codec, b, size):
    if codec == 0:
        return b
    if codec == 1:
        return unsnap(b)
    if codec == 2:
        return zlib.decompress(b, 31)
    demand(codec == 6, "Parquet: a compression that is not known")
    import zstandard
    try:
        return zstandard.ZstdDecompressor().decompress(b, max_output_size=size)
    except zstandard.ZstdError as e:
        raise No("Parquet: %s" % e)


def packed(b, at, width, count):
    """count numbers of width bits, the low bits first."""
    if width == 0:
        return [0] * count
    mask, out = (1 << width) - 1, []
    for i in range(0, count, 64):  # 64 numbers are whole bytes
        bits = int.from_bytes(b[at + i * width // 8:at + (i + 64) * width // 8], "little")
        out += [bits >> k * width & mask for k in range(min(64, count - i))]
    return out


def hybrid(b, at, width, count):
    """RLE and bit-packed runs."""
    out = []
    while len(out) < count:
        head, at = uvarint(b, at)
        if head & 1:
            n = (head >> 1) * 8
            out += packed(b, at, width, n)
            at += (head >> 1) * width
        else:
            demand(head, "Parquet: an empty run")
            n = (width + 7) // 8
            out += [int.from_bytes(b[at:at + n], "little")] * min(head >> 1, count - len(out))
            at += n
    return out[:count]


def delta(b, at, limit):
    """DELTA_BINARY_PACKED: the numbers, and where they end."""
    block, at = uvarint(b, at)
    minis, at = uvarint(b, at)
    total, at = uvarint(b, at)
    first, at = uvarint(b, at)
    demand(total <= limit and minis and block % minis == 0, "Parquet: a header of deltas is damaged")
    out, value, per = [], first >> 1 ^ -(first & 1), block // minis
    if total:
        out.append(value)
    while len(out) < total:
        low, at = uvarint(b, at)
        low = low >> 1 ^ -(low & 1)
        widths = b[at:at + minis]
        at += minis
        for width in widths:
            if len(out) == total:
                break
            for d in packed(b, at, width, min(per, total - len(out))):
                value = (value + low + d + 2**63) % 2**64 - 2**63
                out.append(value)
            at += per * width // 8
    return out, at


def lengths_to_values(b, lengths, at):
    out = []
    for n in lengths:
        demand(n >= 0 and at + n <= len(b), "Parquet: a value is cut off")
        out.append(b[at:at + n])
        at += n
    return out


def decode_values(b, encoding, kind, width, count, dictionary):
    """count values of a page."""
    if encoding in (2, 8):
        codes = hybrid(b, 1, b[0], count)
        return [dictionary[c] for c in codes]
    if encoding == 5:
        return delta(b, 0, count)[0]
    if encoding == 6:
        lengths, at = delta(b, 0, count)
        return lengths_to_values(b, lengths, at)
    if encoding == 7:
        prefixes, at = delta(b, 0, count)
        lengths, at = delta(b, at, count)
        out, last = [], b""
        for p, suffix in zip(prefixes, lengths_to_values(b, lengths, at)):
            last = last[:p] + suffix
            out.append(last)
        return out
    if encoding == 3 and kind == 0:
        return [bool(v) for v in hybrid(b, 4, 1, count)]
    if encoding == 9:  # BYTE_STREAM_SPLIT
        n = {1: 4, 2: 8, 4: 4, 5: 8, 7: width}[kind]
        raw = [bytes(b[k * count + i] for k in range(n)) for i in range(count)]
        return raw if kind == 7 else [int.from_bytes(v, "little", signed=True) for v in raw]
    demand(encoding == 0, "Parquet: an encoding that is not known")
    if kind == 0:
        return [bool(v) for v in packed(b, 0, 1, count)]
    if kind in (1, 2):
        return list(struct.unpack_from("<%d%s" % (count, "iq"[kind - 1]), b))
    if kind == 7:
        return lengths_to_values(b, [width] * count, 0)
    demand(kind == 6, "Parquet: a type that is not used")
    out, at = [], 0
    for _ in range(count):
        n = int.from_bytes(b[at:at + 4], "little")
        out += lengths_to_values(b, [n], at + 4)
        at += 4 + n
    return out


def read_column(b, meta, kind, width, optional):
    """All values of a column; None for null."""
    codec, total = meta[4], meta[5]
    at = min(meta[9], meta.get(11, meta[9]))
    dictionary, out = None, []
    while len(out) < total:
        t = Thrift(b, at)
        head = t.struct()
        at = t.at + head[3]
        page = b[t.at:at]
        demand(at <= len(b), "Parquet: a page is cut off")
        if head[1] == 2:
            d = head[7]
            dictionary = decode_values(decompress(codec, page, head[2]), 0, kind, width, d[1], None)
            continue
        if head[1] == 0:
            d, levels = head[5], b""
            page, n, encoding = decompress(codec, page, head[2]), d[1], d[2]
            if optional:
                size = int.from_bytes(page[:4], "little")
                levels, page = page[4:4 + size], page[4 + size:]
        else:
            demand(head[1] == 3, "Parquet: a page that is not known")
            d = head[8]
            n, encoding, skip = d[1], d[4], d[5] + d[6]
            levels = page[d[6]:skip]
            page = page[skip:]
            if d.get(7, True):
                page = decompress(codec, page, head[2] - skip) if page else page
        demand(0 < n <= total - len(out), "Parquet: a page has more values than its column")
        there = hybrid(levels, 0, 1, n) if optional else [1] * n
        values = iter(decode_values(page, encoding, kind, width, sum(there), dictionary) if any(there) else ())
        out += [next(values) if t else None for t in there]
    return out


def read_parquet(b):
    """Columns as lists by name, and the footer's key-value metadata."""
    demand(b[:4] == b[-4:] == b"PAR1" and len(b) > 12, "is no Parquet file")
    size = int.from_bytes(b[-8:-4], "little")
    demand(size + 12 <= len(b), "Parquet: the footer is cut off")
    footer = Thrift(b[-8 - size:-8]).struct()
    schema, groups = footer[2], footer[4]
    demand(len(groups) == 1, "has more than one row group")
    leaves = [s for s in schema[1:] if not s.get(5)]
    demand(len(leaves) == len(schema) - 1 == len(groups[0][1]), "has nested columns")
    columns = {}
    for s, chunk in zip(leaves, groups[0][1]):
        demand(s.get(3, 0) in (0, 1), "has a repeated column")
        values = read_column(b, chunk[3], s[1], s.get(2, 0), s.get(3, 0) == 1)
        demand(len(values) == footer[3], "a column has not as many values as there are rows")
        columns[s[4].decode()] = values
    return columns, {kv[1].decode(): kv.get(2, b"").decode() for kv in footer.get(5, [])}


# --- segments (segment.md) -----------------------------------------------------------------------------------------

MARK, PARTS = b"\x1a", b"abcdefghijklmnop"
PLACED = re.compile(rb'(?s:[^\x1a]*(?:["\[,]|":)(?:\x1a[a-p])+(?=[",\]}]))*[^\x1a]*')
STRINGS = ("via dialect host svc event category action addr user sess subject_login_id subject_id subject_name subject_group "
           "subject_terminal subject_process object_kind object_name object_id object_to").split()


def joined(columns, i):
    """segment.md, "Split event data": the text of a row with its parts in the places of their marks."""
    text, seen, valued = columns["event_data"][i], set(), False
    pieces = text.split(MARK)
    out = [pieces[0]]
    for piece in pieces[1:]:
        letter = piece[:1]
        demand(len(letter) == 1 and letter in PARTS, "event_data has a mark without a letter from a to p", record=columns["seq"][i])
        demand(letter not in seen, "event_data has a mark twice", record=columns["seq"][i])
        seen.add(letter)
        value = columns["event_data_" + letter.decode()][i]
        demand(not valued or value is None, "event_data has two values side by side", record=columns["seq"][i])
        valued = piece[1:] == b"" and (valued or value is not None)
        out += [value or b"", piece[1:]]
    demand(PLACED.fullmatch(text), "event_data has a mark that stands for no whole value", record=columns["seq"][i])
    return b"".join(out)


def records_of(columns, trail, split=False):
    """segment.md, the table of columns: each row as the value of its canonical message. The one place that knows columns."""
    if split:
        columns["event_data"] = [joined(columns, i) for i in range(len(columns["seq"]))]
    for i in range(len(columns["seq"])):
        exact = columns["exact"][i]
        exact = parse_json(exact) if exact else {}
        demand(isinstance(exact, dict) and all(is_string(v) for v in exact.values()), "exact is not in its form")

        def string(name):
            return clean(exact[name]) if name in exact else text_of(columns[name][i])

        r, seq = {}, columns["seq"][i]
        aid = columns["aid"][i]
        r["aid"] = derived_aid(trail, seq) if aid is None else aid_text(aid)
        major, _, minor = string("vers").partition(".")
        r["vers"] = {"major": Number(major), "minor": Number(minor)}
        r["seq"] = Number(seq)
        r["time"], r["received"] = time_text(columns["time"][i]), time_text(columns["received"][i])
        for k in STRINGS[:10]:
            if string(k) or k in ("addr", "user") and "hidden" not in exact:
                r[k] = string(k)
        if string("class"):
            r["class"] = string("class").split(",")
        if columns["success"][i] is not None:
            r["success"] = columns["success"][i]
        subject = {k: string("subject_" + k) if k != "pid" else columns["subject_pid"][i] for k in SUBJECT}
        subject = {k: Number(v) if k == "pid" else v for k, v in subject.items() if v}
        if subject:
            r["subject"] = subject
        named = {k: string("object_" + k) for k in OBJECT if string("object_" + k)}
        if named:
            r["object"] = named
        for k in ("svc_data", "event_data"):
            if columns[k][i]:
                r[k] = parse_json(columns[k][i])
                demand(canonical(r[k]).encode() == columns[k][i], "%s is not in canonical form" % k, record=seq)
        raw = exact["raw"] if "raw" in exact else text_of(columns["raw"][i])
        if raw:
            r["raw"] = clean(raw)
        if "hidden" in exact:
            r["hidden"] = exact["hidden"]
        yield seq, r


# --- the trail's directory (trail.md) ------------------------------------------------------------------------------

class Range:
    """What a seal and a .gone say of the records from first to last."""

    def __init__(self, first, last):
        self.first, self.last, self.rows = first, last, last - first + 1
        self.base = "segment/%016d-%016d" % (first, last)
        self.files = {}      # by name: records, bytes, digest
        self.forgotten = {}  # by number of the event: records
        self.root = None
        self.expired = {}    # by name: number of the event, time, why
        self.hashes = {}     # by number of the first record that a hash stands for: level, hash
        self.frontier = None
        self.places = {}     # by name, of the files that are there: the path
        self.frontiers = {}  # by path: that of the footer

    def covered(self):
        return sum(1 << level for level, _ in self.hashes.values())


class Trail:
    def __init__(self, directory):
        self.dir, self.tree, self.keys, self.notes = directory, Tree(), {}, []
        self.salts, self.going, self.accounts, self.missing = {}, None, {}, 0
        self.dirs, self.strange = ["segment"], []  # where segment files may lie, and what `dirs` names that is not the trail's
        self.told, self.lessened = {}, set()  # by number of the event, range and file that it tells of; ranges by their first
        self.in_force, self.made, self.ended = set(), {}, []  # holds, and what records say of them, by number
        self.report = {"ok": True, "records": 0, "sealed": 0, "segments": 0, "derived": [], "torn": False, "gaps": 0}

    def read(self, name, missing=None):
        try:
            with open(os.path.join(self.dir, name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            if missing is not None:
                return missing
            raise No("is missing", name)

    def listed(self, directory):
        try:
            return sorted(os.listdir(os.path.join(self.dir, directory)))
        except FileNotFoundError:
            return []

    def verify(self, key):
        """trail.md, Verifying. A No that names no file is of the file at hand."""
        self.file = "trail"
        try:
            self.identity(key)
            self.checkpoints()
            self.file = "keys/subjects"
            self.subjects()
            self.certificates()
            self.holds()
            self.directories()
            for span in self.ranges():
                self.segment(span)
            self.report["sealed"] = self.tree.size
            self.wal()
            self.conclude()
        except No as e:
            raise No(e.reason, self.file if e.file is None else e.file, e.record)
        except (IndexError, KeyError, struct.error, TypeError, OverflowError, UnicodeDecodeError, InvalidOperation, zlib.error) as e:
            raise No("is damaged: %s: %s" % (type(e).__name__, e), self.file)
        return self.report

    def identity(self, key):
        raw = self.read("trail")
        lines = raw.split(b"\n\n")[0].decode().split("\n")
        demand(len(lines) == 5 and lines[0] == "counterfoil trail 1", "is not in its form")
        self.origin, self.vkey = lines[1], lines[4]
        demand(re.fullmatch("[0-9a-f]{32}", lines[2]), "the identity is not in its form")
        self.id = bytes.fromhex(lines[2])
        nanoseconds(lines[3])
        open_note(raw, self.vkey, alone=True)
        demand(key_of(self.vkey)[0] == self.origin, "the key is that of another trail")
        demand(key in (None, self.vkey), "the key is not the one that you trust")
        self.report.update(origin=self.origin, key=self.vkey)
        self.file = "keys/signer"
        seed = self.read(self.file, b"")
        if seed:  # who verifies a copy need not have the secret
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
            demand(re.fullmatch(b"[0-9a-f]{64}\n", seed), "is not in its form")
            public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed.decode())).public_key()
            demand(public.public_bytes(Encoding.Raw, PublicFormat.Raw) == key_of(self.vkey)[2], "is the secret of another key")

    def checkpoints(self):
        for self.file in ("checkpoint", "checkpoint.cosigned"):
            raw = self.read(self.file, b"")
            if raw:
                size, root = read_checkpoint(raw, self.vkey)
                self.notes.append((self.file, size, root))
                demand(size or root == self.tree.root(), "its root is not that of an empty tree")
                if self.file == "checkpoint":
                    self.report["checkpoint"] = size

    def subjects(self):
        lines = self.read("keys/subjects", b"").split(b"\n")
        for i, line in enumerate(lines):
            m = re.fullmatch(rb'\{"crc":"([0-9a-f]{8})","keys":(.*)\}', line, re.DOTALL)
            if not m or crc32c(m[2]) != int(m[1], 16):
                demand(i >= len(lines) - 2 and not any(lines[i + 1:]), "line %d is damaged" % (i + 1))
                break
            if i == len(lines) - 1:
                break  # whole, but its line feed is missing: torn
            keys = parse_json(m[2])
            demand(isinstance(keys, list) and canonical(keys).encode() == m[2], "line %d is not in canonical form" % (i + 1))
            for k in keys:
                demand(list(k) == ["key", "user"] and re.fullmatch("[0-9a-f]{64}", k["key"]), "line %d is not in its form" % (i + 1))
                self.keys[clean(k["user"])] = bytes.fromhex(k["key"])
        self.file = "keys/forgetting"
        raw = self.read(self.file, b"")
        if raw:
            self.going = self.signed_object(raw, "counterfoil forgetting 1")
        self.file = "keys/salts"
        for line in self.read(self.file, b"").decode().splitlines():
            m = re.fullmatch("(0|[1-9][0-9]*) ([0-9a-f]{32})", line)
            demand(m, "a line is no number and salt")
            self.salts[int(m[1])] = bytes.fromhex(m[2])

    def signed_object(self, raw, head):
        """The object of a note of three lines: head, origin, an object in canonical form."""
        lines = open_note(raw, self.vkey, alone=True).split("\n")
        demand(len(lines) == 4 and lines[:2] == [head, self.origin], "is that of another trail, or not in its form")
        value = parse_json(lines[2].encode())
        demand(isinstance(value, dict) and canonical(value) == lines[2], "is not in canonical form")
        return value

    def salt(self, r, seq):
        """trail.md, Keys: the salt of a record, None where its hidden half was forgotten."""
        if "hidden" in r:
            return None
        if seq in self.salts:
            return self.salts[seq]
        user, key = clean(r["user"]), None
        if self.going and clean(self.going["user"]) == user and seq < int(self.going["before"]):
            key = bytes.fromhex(self.going.get("key", ""))
        else:
            key = self.keys.get(user)
        if not key:
            raise No("there is no key for its user", "keys/subjects", seq)
        return salt_of(key, seq)

    def account(self, event):
        """What seals, the event and the certificate say of one forgetting."""
        return self.accounts.setdefault(event, {"sealed": {}, "event": None, "certificate": None})

    def certificates(self):
        for name in self.listed("forgotten"):
            if name.endswith(".tmp"):
                continue
            self.file = "forgotten/" + name
            said = self.signed_object(self.read(self.file), "counterfoil forgotten 1")
            demand(name == "%016d" % int(said["event"]), "is that of another forgetting")
            self.account(int(said["event"]))["certificate"] = said

    def holds(self):
        self.file = "holds"
        raw = self.read(self.file, b"")
        if raw:
            lines = open_note(raw, self.vkey, alone=True).split("\n")
            demand(lines[:2] == ["counterfoil holds 1", self.origin] and lines[-1] == "", "is that of another trail, or not in its form")
            for line in lines[2:-1]:
                hold = parse_json(line.encode())
                demand(isinstance(hold, dict) and canonical(hold) == line and is_string(hold.get("filter")), "is not in canonical form")
                self.in_force.add(line)

    def said_of_hold(self, r, seq):
        """trail.md, Verifying: what the records say of holds. Of one whose hidden half is forgotten it is not known which it was."""
        if r["event"] == "HOLD" and "hidden" not in r:
            self.made[seq] = r["event_data"]
        elif r["event"] == "RELEASE" and "hidden" in r:
            self.ended.append(seq)
        elif r["event"] == "RELEASE":
            self.made = {n: h for n, h in self.made.items() if str(h["id"]) != r["object"]["name"]}

    def held_still(self):
        """Each hold that was made is in force, or a record says that it has ended, or may have said so."""
        self.file, n = "holds", 0
        for seq in sorted(self.made, reverse=True):
            if canonical(self.made[seq]) in self.in_force or any(x["last"] > seq for x in self.report.get("expired", [])):
                continue
            n += 1
            demand(n <= sum(e > seq for e in self.ended), "does not have the hold that this record says was made", record=seq)

    def settle(self):
        """trail.md, Verifying: what was forgotten is what was said to be."""
        forgotten = []
        for event, a in sorted(self.accounts.items()):
            under = self.going and int(self.going.get("number", event)) == event and event >= int(self.going["before"])
            self.file = "forgotten/%016d" % event
            demand(event < self.tree.size, "is missing: it is to say what is forgotten", record=event)
            demand(a["certificate"] or under, "is missing: record %d says that something is forgotten" % event)
            said = [x for x in (a["certificate"], a["event"]) if x]
            demand(all(x[k] == said[0][k] for x in said for k in ("ranges", "records", "subject", "before")), "says otherwise than record %d" % event)
            want = {int(r["first"]): (int(r["last"]), int(r["records"])) for r in said[0]["ranges"]} if said else {}
            demand(a["sealed"].keys() <= want.keys(), "does not say that something is forgotten of the ranges that the seals say")
            for first, (last, count) in want.items():
                n = a["sealed"].get(first, 0)
                demand(n == count or under and n == 0 or first in self.lessened and n < count,
                       "says that by record %d the hidden halves of %d records are forgotten, which says %d" % (event, n, count), Range(first, last).base + ".seal")
            forgotten.append([event, sum(a["sealed"].values())])
        if forgotten:
            self.report["forgotten"] = forgotten

    def directories(self):
        """trail.md: where segment files may lie, `segment` first. What has no copy of `trail` is not looked into."""
        self.file = "dirs"
        raw = self.read(self.file, False)
        if raw is False:
            return
        others = parse_json(raw)
        demand(isinstance(others, list) and all(is_string(d) and d for d in others), "is no array of paths")
        for d in map(clean, others):
            within = os.path.isabs(d) or ".." not in d.split("/")
            mine = within and self.read(os.path.join(d, "trail"), b"") == self.read("trail")
            (self.dirs if mine else self.strange).append(d)

    def place(self, name):
        """The path of a segment file, which is found by its name."""
        for d in self.dirs:
            if os.path.exists(os.path.join(self.dir, d, name)):
                return os.path.join(d, name)
        without = ", and these directories have no copy of the file `trail`: " + ", ".join(self.strange) if self.strange else ""
        raise No("is missing, and nothing that is signed says that it has expired" + without, "segment/" + name)

    def ranges(self):
        """The sealed ranges, which must go on without a hole. All seals are read before the first record, since a record may
        be the event that says that others have expired."""
        spans, following = [], 0
        for name in self.listed("segment"):
            m = re.fullmatch(r"([0-9]{16})-([0-9]{16})\.seal", name)
            if m:
                spans.append((int(m[1]), int(m[2])))
        spans = [Range(first, last) for first, last in sorted(spans)]
        for span in spans:
            self.file = span.base + ".seal"
            demand(span.first == following and span.last >= span.first, "begins with record %d where %d is next" % (span.first, following))
            following = span.last + 1
            self.seal(span)
            self.gone(span)
            for name in span.files:
                if name not in span.expired:
                    span.places[name] = self.place(name)
        return spans

    def seal(self, span):
        self.file = span.base + ".seal"
        lines = open_note(self.read(self.file), self.vkey, alone=True).split("\n")
        demand(len(lines) >= 6 and lines[1] == self.origin and lines[-1] == "", "is that of another trail, or not in its form")
        kind, said, base = lines[0], lines[2:-2], os.path.basename(span.base)
        m = re.fullmatch("([1-9][0-9]*) ([A-Za-z0-9+/=]+)", lines[-2])
        demand(m and int(m[1]) == span.last + 1, "is not in its form")
        span.root = unbase64(m[2])
        demand(len(span.root) == 32, "its root has not 32 bytes")
        if kind == "counterfoil segment 1":
            m = re.fullmatch("(0|[1-9][0-9]*) ([0-9a-f]{64})", said[1])
            demand(m and len(said) == 2 and said[0] == base + ".parquet", "is that of another segment, or not in its form")
            span.files[said[0]] = (span.rows, int(m[1]), m[2])
            return
        demand(kind in ("counterfoil segment 2", "counterfoil segment 3"), "is of another version")
        while kind[-1] == "3" and said[-1].startswith("forgotten "):
            m = re.fullmatch("forgotten ([1-9][0-9]*) ([1-9][0-9]*)", said.pop())
            demand(m and span.last < int(m[1]) < min(span.forgotten, default=2**63) and said, "is not in its form")
            span.forgotten[int(m[1])] = int(m[2])
        for i, line in enumerate(said):
            m = re.fullmatch(r"(\S+) ([1-9][0-9]*) (0|[1-9][0-9]*) ([0-9a-f]{64})", line)
            demand(m, "is not in its form")
            name = m[1]
            if kind[-1] == "2":
                demand(name == "%s.%d.parquet" % (base, i + 1), "is that of another segment, or not in its form")
            else:
                demand(re.fullmatch(re.escape(base) + r"(\.[1-9][0-9]*)?\.parquet", name), "is that of another segment, or not in its form")
            demand(name not in span.files, "names a file twice")
            span.files[name] = (int(m[2]), int(m[3]), m[4])
        demand(len(span.files) > 1 or kind[-1] == "3", "names one file as several")
        demand(span.forgotten or kind[-1] == "2", "is not in its form: nothing is forgotten")
        demand(sum(f[0] for f in span.files.values()) == span.rows, "its files have not as many records as its range")
        for event, count in span.forgotten.items():
            self.account(event)["sealed"][span.first] = count

    def gone(self, span):
        """What has expired of a range: a signed note, and directly behind it the hashes that are left."""
        self.file = span.base + ".gone"
        raw = self.read(self.file, False)
        if raw is False:
            return
        at = raw.find(b"\n\n")
        end = raw.find(b"\n", at + 2) + 1
        demand(at >= 0 and end > 0, "has no note")
        lines = open_note(raw[:end], self.vkey, alone=True).split("\n")
        demand(len(lines) >= 7 and lines[:3] == ["counterfoil expired 1", self.origin, os.path.basename(span.base)] and lines[-1] == "",
               "is that of another range or trail, or not in its form")
        span.frontier, hashes = lines[3], raw[end:]
        demand(lines[4] == "%d %s" % (len(hashes), hashlib.sha256(hashes).hexdigest()), "its hashes are not those that were signed")
        for line in lines[5:-1]:
            m = re.fullmatch(r"([1-9][0-9]*) (\S+) (\S+\.parquet) (.+)", line)
            demand(m and int(m[1]) > span.last, "is not in its form")
            nanoseconds(m[2])
            demand(m[3] in span.files, "says that %s has expired, which its seal does not name" % m[3])
            demand(m[3] not in span.expired, "names a file twice")
            span.expired[m[3]] = (int(m[1]), m[2], m[4])
            demand(int(m[1]) not in self.told, "names record %s as an event, which is that of another file" % m[1])
            self.told[int(m[1])] = (span, m[3])
        self.lessened.add(span.first)
        i, seq = 0, span.first
        while i < len(hashes):
            between, i = uvarint(hashes, i)
            level, h, i = hashes[i], hashes[i + 1:i + 33], i + 33
            seq += between
            demand(level <= 8 and len(h) == 32 and seq % (1 << level) == 0, "a hash is not in its form")
            span.hashes[seq] = (level, h)
            seq += 1 << level
            demand(seq <= span.last + 1, "has hashes of records behind the range")
        demand(span.covered() == sum(span.files[name][0] for name in span.expired), "has hashes of other records than its files had")

    def segment(self, span):
        records = {}  # by number: record, and the file that has it
        for name, self.file in span.places.items():
            for seq, r in self.rows(span, *span.files[name]):
                demand(span.first <= seq <= span.last, "has record %d, which is not of its range" % seq, record=seq)
                demand(seq not in records, "has record %d, which is there already" % seq, record=seq)
                records[seq] = (r, self.file)
        self.missing = 0
        while self.tree.size <= span.last:
            seq = self.tree.size
            if seq in span.hashes:
                self.file = span.base + ".gone"
                level, h = span.hashes[seq]
                for x in range(seq, seq + (1 << level)):
                    demand(x not in records, "record %d has expired, and is there" % x, record=x)
                for name, size, _ in self.notes:
                    demand(not seq < size < seq + (1 << level), "%s ends here, among records of which one hash is left" % name, record=size)
                self.tree.append(h, level)
                self.meet()
                continue
            self.file = span.base + ".seal"
            demand(seq in records, "is in no file of its range, and has not expired", record=seq)
            r, self.file = records[seq]
            self.record(r)
        self.file = next(iter(span.places.values())) if len(span.files) == len(span.places) == 1 else span.base + ".seal"
        demand(self.tree.root() == span.root, "its records do not give the root that was signed")
        told = sum(span.forgotten.values())
        demand(self.missing == told or span.expired and self.missing < told, "%d hidden halves are missing, its seal says of %d" % (self.missing, told))
        frontier = self.tree.frontier().hex()
        demand(not span.expired or span.frontier == frontier, "its frontier is that of another tree", span.base + ".gone")
        for file, said in span.frontiers.items():
            demand(said == frontier, "its footer is that of another tree", file)
        for name, (event, at, why) in span.expired.items():
            self.report.setdefault("expired", []).append(
                {"first": span.first, "last": span.last, "records": span.files[name][0], "at": at, "why": why, "event": event})
        self.report["segments"] += len(span.places)

    def rows(self, span, rows, size, digest):
        """Number and record of each row of a file, which is the one that was sealed."""
        b = self.read(self.file)
        demand(len(b) == size, "has %d bytes, its seal says %d" % (len(b), size))
        demand(hashlib.sha256(b).hexdigest() == digest, "its digest is not that of its seal")
        columns, footer = read_parquet(b)
        split = footer.get("counterfoil.segment") == "4"
        demand(not split or all("event_data_%c" % c in columns for c in PARTS), "lacks columns of parts")
        found = list(records_of(columns, self.id, split))
        seqs = sorted(seq for seq, _ in found)
        demand(len(seqs) == rows and 1 <= rows <= 131072, "has %d records, its seal says %d" % (len(seqs), rows))
        hidden = any("hidden" in r for _, r in found)
        version = "4" if split else "3" if hidden else "2" if seqs[-1] - seqs[0] != rows - 1 else "1"
        demand(footer.get("counterfoil.segment") == version and footer.get("counterfoil.forgotten") == ("1" if split and hidden else None),
               "is of another version than its rows")
        demand(footer.get("counterfoil.trail") == self.id.hex(), "is that of another trail")
        demand(footer.get("counterfoil.first") == str(seqs[0]) and footer.get("counterfoil.rows") == str(rows) and
               footer.get("counterfoil.last") == (None if version == "1" else str(seqs[-1])), "its footer is that of another segment")
        span.frontiers[self.file] = footer.get("counterfoil.frontier")
        return found

    def record(self, r, raw=None):
        seq = self.tree.size
        demand(int(r["seq"]) == seq, "record %s stands in its place" % r["seq"], record=seq)
        try:
            check_values(r)
            msg, comma = message(r)
        except No as e:
            raise No(e.reason, e.file, seq)
        demand(raw is None or msg == raw, "is not in canonical form", record=seq)
        self.missing += "hidden" in r
        event = self.accounts.get(seq)
        if r.get("via") == "counterfoil" and (r["svc"], r["event"]) == ("COUNTERFOIL", "FORGET"):
            event = self.account(seq)
            event["event"] = None if "hidden" in r else r["event_data"]
        else:
            demand(not event, "is not the event that says what is forgotten, which it should be", record=seq)
        self.tree.append(leaf(msg, comma, self.salt(r, seq)))
        if r.get("action") == "audit.gap":
            self.report["gaps"] += 1
        if r.get("action") == "audit.hold" and r.get("via") == "counterfoil" and r["svc"] == "COUNTERFOIL" and r.get("success") is not False:
            self.said_of_hold(r, seq)
        if seq in self.told:
            self.tells(r, *self.told[seq])
        self.meet()

    def tells(self, r, span, name):
        """trail.md: the event that a .gone names says that this file has expired, or is lost."""
        demand(r.get("via") == "counterfoil" and r["svc"] == "COUNTERFOIL" and r["event"] in ("EXPIRE", "GAP"),
               "is not the event that says what has expired, as %s.gone has it" % span.base, record=int(r["seq"]))
        if "hidden" in r:
            return
        said = r.get("event_data")
        demand(r.get("object", {}).get("name") == name and isinstance(said, dict) and
               said.get("sha256") == span.files[name][2] and said.get("why") == span.expired[name][2],
               "says otherwise than %s.gone of what has expired" % span.base, record=int(r["seq"]))

    def meet(self):
        for name, size, root in self.notes:
            if size == self.tree.size:
                demand(self.tree.root() == root, "the records up to this one are not those of %s" % name, record=size - 1)

    def wal(self):
        files = []
        for name in self.listed("wal"):
            m = re.fullmatch(r"(\d{16})\.wal", name)
            if m and int(m[1]) >= self.report["sealed"]:
                files.append((int(m[1]), "wal/" + name))
        for first, self.file in sorted(files):
            demand(first == self.tree.size, "is missing: the file begins with record %d" % first, record=self.tree.size)
            header, batches, _, torn = read_wal(self.read(self.file))
            self.report["torn"] = self.report["torn"] or torn
            positions(header)
            demand(not batches or batches[0][0] == first, "begins with another record")
            for number, count, b in batches:
                demand(len(b) >= 4 and len(b) >= 4 + int.from_bytes(b[-4:], "big"), "a batch is cut off")
                end = len(b) - 4 - int.from_bytes(b[-4:], "big")
                positions(b[end:-4])
                lines = b[:end].split(b"\n")
                demand(lines.pop() == b"" and len(lines) == count, "a batch of %d records holds others" % count)
                for line in lines:
                    try:
                        r = parse_json(line)
                        demand(isinstance(r, dict), "is no object")
                        check_values(r)
                        demand("hidden" not in r, "is forgotten, which nothing is before it is sealed")
                    except No as e:
                        raise No(e.reason, e.file, self.tree.size)
                    self.record(r, line)

    def conclude(self):
        n = self.report["records"] = self.tree.size
        self.report["root"] = base64.b64encode(self.tree.root()).decode()
        demand(n == 0 or "checkpoint" in self.report, "is missing", "checkpoint")
        for name, size, _ in self.notes:
            demand(size <= n, "is missing: %s counts %d records, %d were found" % (name, size, n), "", n)
        for event, (span, _) in sorted(self.told.items()):
            demand(event < n, "is missing: it is to say what has expired", span.base + ".gone", event)
        self.settle()
        self.held_still()
        self.tiles()

    def tiles(self):
        """tree.md, Tiles, of what is sealed."""
        for level in range(1, 8):
            hashes = self.tree.levels.get(level, [])[:self.report["sealed"] >> 8 * level]
            for i in range(0, len(hashes), 256):
                number, width = i // 256, len(hashes[i:i + 256])
                groups = ["%03d" % (number % 1000)]
                while number >= 1000:
                    number //= 1000
                    groups.insert(0, "x%03d" % (number % 1000))
                name = "tile/%d/%s" % (level, "/".join(groups)) + (".p/%d" % width if width < 256 else "")
                if self.read(name, b"") != b"".join(hashes[i:i + 256]):
                    self.report["derived"].append(name)


def positions(b):
    """trail.md, WAL files: a list of positions, which must be whole."""
    i = 0
    while i < len(b):
        for limit in (len(b), 4096):
            n, i = uvarint(b, i)
            demand(n <= limit and i + n <= len(b), "a position is cut off")
            i += n


# --- bundles (bundle.md) -------------------------------------------------------------------------------------------

FIELDS = "bundle origin key record salt path checkpoint made_by sum".split()


def verify_bundle(doc, trusted):
    demand(len(doc) <= 17039360, "is longer than a bundle may be")
    lines = doc.split(b"\n")
    demand(len(lines) == 12 and lines[0] == b"{" and lines[10:] == [b"}", b""], "is no bundle")
    field = {}
    for name, line in zip(FIELDS, lines[1:]):
        head, tail = b'"%s":' % name.encode(), b"" if name == "sum" else b","
        demand(line.startswith(head) and line.endswith(tail), "%s does not stand in its place" % name)
        field[name] = line[len(head):len(line) - len(tail)]
    demand(field["sum"] == b'"%s"' % hashlib.sha256(doc[:doc.rindex(b'"sum":')]).hexdigest().encode(), "the sum does not fit")
    text = {}
    for name in ("bundle", "origin", "key", "salt", "checkpoint", "made_by"):
        value = parse_json(field[name])
        demand(is_string(value) and quoted(clean(value)).encode() == field[name], "%s is not in its form" % name)
        text[name] = clean(value)
    demand(text["bundle"] in ("counterfoil-bundle/1", "counterfoil-bundle/2"), "is of another version")
    demand(len(bytes_of(text["made_by"])) <= 100, "made_by is too long")
    demand(re.fullmatch("[0-9a-f]{32}" if text["bundle"][-1] == "1" else "", text["salt"]), "salt is not in its form")
    path = parse_json(field["path"])
    demand(isinstance(path, list) and len(path) <= 63 and all(is_string(h) for h in path), "path is not in its form")
    demand(b"[" + b",".join(b'"%s"' % h.encode() for h in path) + b"]" == field["path"], "path is not in its form")
    path = [unbase64(h) for h in path]
    demand(all(len(h) == 32 for h in path), "path is not in its form")
    r, msg, comma = parse_record(field["record"])
    demand(("hidden" in r) == (text["bundle"][-1] == "2"), "the version is not that of its record")
    demand(key_of(text["key"])[0] == text["origin"], "the key is that of another origin")
    demand(trusted in (None, text["key"]), "the key is not the one that you trust")
    size, root = read_checkpoint(bytes_of(text["checkpoint"]), text["key"])
    check_inclusion(leaf(msg, comma, bytes.fromhex(text["salt"])), int(r["seq"]), size, path, root)
    return {"ok": True, "origin": text["origin"], "seq": int(r["seq"]), "size": size, "key": text["key"], "trusted": trusted is not None}


def verify_archive(doc, trusted):
    """bundle.md, The evidence for a query."""
    demand(len(doc) <= 1 << 30, "is longer than an archive may be")
    try:
        with zipfile.ZipFile(io.BytesIO(doc)) as z:
            files = [(i.filename, z.read(i)) for i in z.infolist() if i.compress_type == zipfile.ZIP_STORED]
    except (zipfile.BadZipFile, EOFError, struct.error, NotImplementedError, RuntimeError) as e:
        raise No("is no archive: %s" % e)
    demand(stored(files) == doc, "the archive is damaged or not in its one form")
    names = [n for n, _ in files]
    demand(names[:6] == ["key", "statement", "checkpoint", "records.jsonl", "context.jsonl", "proof"] and
           names[-2:] == ["report.html", "manifest"] and len(names) >= 8, "a file does not stand in its place")
    data = dict(files)
    demand(len(data) == len(files), "a name stands twice")
    vkey = data["key"].decode()
    demand(vkey.endswith("\n"), "the key has no line feed")
    vkey = vkey[:-1]
    origin = key_of(vkey)[0]
    demand(trusted in (None, vkey), "the key is not the one that you trust")

    def sums(names):
        return "".join("%s %s\n" % (hashlib.sha256(data[n]).hexdigest(), n) for n in names)

    text = open_note(data["manifest"], vkey, alone=True)
    demand(text == "counterfoil manifest 1\n%s\n" % origin + sums(names[:-1]), "a file is not the one that was signed")
    text = open_note(data["statement"], vkey, alone=True)
    head = "counterfoil evidence 1\n%s\n" % origin + sums(["key", "checkpoint", "records.jsonl", "context.jsonl", "proof"])
    demand(text.startswith(head), "the statement is that of other files")
    statement = parse_json(text[len(head):-1].encode())
    demand(isinstance(statement, dict) and canonical(statement) == text[len(head):-1], "the statement is not in canonical form")

    size, root = read_checkpoint(data["checkpoint"], vkey)
    seqs, salts, nodes = read_proof(data["proof"], size)
    found, about = messages(data["records.jsonl"]), messages(data["context.jsonl"])
    everything = dict(found + about)
    demand(len(everything) == len(found) + len(about) and sorted(everything) == seqs, "the proof is that of other records")
    leaves, raws = [], []
    for seq, salt in zip(seqs, salts):
        r, msg, comma = everything[seq]
        demand(("hidden" in r) == (salt is None), "a salt is missing, or one too many")
        leaves.append(leaf(msg, comma, salt))
        raw = bytes_of(r["raw"]) if "raw" in r else unbase64(r["raw_b64"]) if "raw_b64" in r else b""
        if raw:
            raws.append(("raw/%d" % seq, raw))
    demand(files[6:-2] == raws, "the bytes as they came are not what the records say")
    check_inclusions(seqs, leaves, size, nodes, root)
    return {"ok": True, "origin": origin, "records": len(found), "context": len(about), "size": size, "key": vkey, "trusted": trusted is not None}


def messages(b):
    """Number and record of each line, numbers ascending."""
    lines = b.split(b"\n")
    demand(lines.pop() == b"", "a file of records does not end in a line feed")
    out = [(int(r[0]["seq"]), r) for r in map(parse_record, lines)]
    demand(all(a[0] < b[0] for a, b in zip(out, out[1:])), "the numbers do not ascend")
    return out


def read_proof(b, size):
    head, _, tail = b.decode().partition("\n\n")
    lines = head.split("\n")
    demand(lines[:2] == ["counterfoil proof 1", str(size)], "the proof is that of another tree")
    rows = [re.fullmatch("(0|[1-9][0-9]*) ([0-9a-f]{32}|-)", line) for line in lines[2:]]
    demand(all(rows), "the proof is not in its form")
    seqs = [int(m[1]) for m in rows]
    demand(seqs and all(a < b for a, b in zip(seqs, seqs[1:])), "the numbers of the proof do not ascend")
    nodes = tail.split("\n")
    demand(nodes.pop() == "", "the proof is not in its form")
    nodes = [unbase64(n) for n in nodes]
    demand(all(len(n) == 32 for n in nodes), "the proof is not in its form")
    return seqs, [None if m[2] == "-" else bytes.fromhex(m[2]) for m in rows], nodes


def check_inclusions(seqs, leaves, size, nodes, root):
    """tree.md, Several leaves at once."""
    nodes = list(reversed(nodes))

    def over(lo, hi, i, j):
        if i == j:
            demand(nodes, "the proof is too short")
            return nodes.pop()
        if hi - lo == 1:
            return leaves[i]
        mid = lo + (1 << (hi - lo - 1).bit_length() - 1)
        k = bisect.bisect_left(seqs, mid, i, j)
        return node(over(lo, mid, i, k), over(mid, hi, k, j))

    demand(seqs and seqs[-1] < size, "the tree has no such leaf")
    demand(over(0, size, 0, len(seqs)) == root and not nodes, "the proof does not lead from the leaves to the root")


def stored(files):
    """The one archive that these files make."""
    out, directory = bytearray(), bytearray()
    for name, b in files:
        name, crc = name.encode(), zlib.crc32(b)
        head = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, crc, len(b), len(b), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHLL", 0, 0, 0, 0, len(out)) + name
        out += b"PK\x03\x04" + head + name + b
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, len(files), len(files), len(directory), len(out), 0)
    return bytes(out + directory + end)


# --- vectors (corpus/vectors/README.md) ----------------------------------------------------------------------------

def verify_vectors(directory):
    """Computes everything that the vectors hold, and says how many were compared."""
    counts = {}

    def load(name):
        with open(os.path.join(directory, name), "rb") as f:
            return f.read()

    def same(file, what, got, want):
        counts[file] = counts.get(file, 0) + 1
        demand(got == want, "%s: computed %r, the vector says %r" % (what, got, want), file)

    for v in json.loads(load("records.json")):
        msg = v["message"].encode()
        r, msg, comma = parse_record(msg)
        salt = salt_of(bytes.fromhex(v["subject_key"]), int(r["seq"]))
        same("records.json", "comma", comma, v["comma"])
        same("records.json", "salt", salt.hex(), v["salt"])
        same("records.json", "open", sha256(v["open_half"].encode()).hex(), v["open"])
        same("records.json", "open half", (msg[:comma] + b"}").decode(), v["open_half"])
        same("records.json", "hidden half", ("{" + msg[comma + 1:].decode()), v["hidden_half"])
        same("records.json", "leaf", leaf(msg, comma, salt).hex(), v["leaf"])
    for v in json.loads(load("forgotten.json")):
        r, msg, comma = parse_record(v["message"].encode())
        same("forgotten.json", "comma", comma, v["comma"])
        same("forgotten.json", "leaf", leaf(msg, comma, None).hex(), v["leaf"])
    for v in json.loads(load("canonical.json")):
        try:
            got = canonical(parse_json(bytes_of(v["in"])))
        except No:
            got = None
        same("canonical.json", v["in"], got, v.get("out"))
    for v in json.loads(load("aids.json")):
        same("aids.json", v["seq"], derived_aid(bytes.fromhex(v["trail"]), v["seq"]), v["aid"])
    vectors_of_tree(json.loads(load("tree.json")), same)
    c = json.loads(load("checkpoint.json"))
    same("checkpoint.json", "body", open_note(c["note"].encode(), c["key"]), c["body"])
    same("checkpoint.json", "note", read_checkpoint(c["note"].encode(), c["key"]), (c["size"], unbase64(c["root"])))
    for v in json.loads(load("verdicts.json")) + json.loads(load("verdicts-evidence.json")):
        try:
            doc = load(v["file"])
            proves = (verify_archive if doc[:4] == b"PK\x03\x04" else verify_bundle)(doc, v.get("trusted_key"))["ok"]
        except No:
            proves = False
        same("verdicts.json", v["file"] + ", " + v["what"], proves, v["proves"])
    w = json.loads(load("wal.json"))
    header, batches, end, torn = read_wal(load("wal.bin"))
    same("wal.json", "header", (header.decode(), end, torn), (w["header"], w["end"], False))
    same("wal.json", "batches", [[f, n, base64.b64encode(b).decode()] for f, n, b in batches],
         [[b["first"], b["count"], b["bytes_b64"]] for b in w["batches"]])
    return {"ok": True, "compared": counts}


def vectors_of_tree(v, same):
    tree, roots, leaves = Tree(), {0: Tree().root()}, []
    for i in range(max(r["size"] for r in v["roots"])):
        leaves.append(sha256(struct.pack(">Q", i)))
        tree.append(leaves[-1])
        roots[i + 1] = tree.root()
    for r in v["roots"]:
        same("tree.json", "root", base64.b64encode(roots[r["size"]]).decode(), r["root"])
    for p in v["inclusion"]:
        i = p.get("index", 0)
        check_inclusion(leaves[i], i, p["size"], list(map(unbase64, p["path"])), roots[p["size"]])
        same("tree.json", "inclusion", True, True)
    for p in v["consistency"]:
        old = p.get("old", 0)
        check_consistency(old, roots[old], p["size"], roots[p["size"]], list(map(unbase64, p["path"])))
        same("tree.json", "consistency", True, True)
    for name, digest in v["tiles_sha256"].items():
        level, number = name.split("/")[1], name.split("/")[2].split(".")[0]
        hashes = tree.levels[int(level)][256 * int(number):256 * int(number) + 256]
        same("tree.json", name, sha256(b"".join(hashes)).hex(), digest)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("what", choices=("trail", "bundle", "vectors"))
    p.add_argument("path")
    p.add_argument("--key", help="the verifier key that you trust")
    a = p.parse_args()
    try:
        if a.what == "trail":
            verdict = Trail(a.path).verify(a.key)
        elif a.what == "vectors":
            verdict = verify_vectors(a.path)
        else:
            with open(a.path, "rb") as f:
                doc = f.read()
            verdict = (verify_archive if doc[:4] == b"PK\x03\x04" else verify_bundle)(doc, a.key)
    except No as e:
        verdict = {"ok": False, "file": e.file, "record": e.record, "reason": e.reason}
    except (OSError, ImportError) as e:
        print("verify.py: %s" % e, file=sys.stderr)
        return 3
    print(json.dumps(verdict))
    return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
