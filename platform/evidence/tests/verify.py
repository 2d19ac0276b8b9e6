#!/usr/bin/env python3
"""A second reader of evidence packages, by the format alone: python3 verify.py TRUST.json PACKAGE.zip...

Prints one JSON object a package: the name of each claim and `pass`, `fail` or `unknown`. Standard library and the
`openssl` program; lists of revoked certificates are not looked at. It shares no code with the Rust reader."""
import base64, datetime, functools, hashlib, json, os, re, struct, subprocess, sys, tempfile, zlib

HEX = lambda b: hashlib.sha256(b).hexdigest()
U64 = lambda t: base64.urlsafe_b64decode(t + "=" * (-len(t) % 4))
JCS = lambda v: json.dumps(v, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
AT = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
node = lambda l, r: hashlib.sha256(b"\1" + l + r).digest()
in_use = lambda k, when: AT(k["valid_from"]) <= when and not ("retired_on" in k and AT(k["retired_on"]) <= when)

def zip_bytes(entries):
    body, directory = b"", b""
    for name, data in entries:
        raw = name.encode()
        common = struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(raw), 0)
        directory += struct.pack("<IH", 0x02014B50, 10) + common + bytes(10) + struct.pack("<I", len(body)) + raw
        body += struct.pack("<I", 0x04034B50) + common + raw + data
    n = len(entries)
    return body + directory + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, n, n, len(directory), len(body), 0)

def unzip(b):
    """By local headers; where they do not lead to the end, by the directory."""
    entries, i = [], 0
    try:
        while b[i:i + 4] == b"PK\x03\x04":
            size, name_len, extra = struct.unpack_from("<I4xHH", b, i + 18)
            start = i + 30 + name_len + extra
            entries.append((b[i + 30:i + 30 + name_len].decode(), b[start:start + size]))
            i = start + size
        if b[i:i + 4] == b"PK\x01\x02":
            return entries
        count, i = struct.unpack_from("<H4xI", b, len(b) - 12)
        entries = []
        for _ in range(count):
            size, name_len, start = struct.unpack_from("<IH12xI", b, i + 24)
            raw = b[i + 46:i + 46 + name_len]
            start += 30 + name_len
            entries.append((raw.decode(), b[start:start + size]))
            i += 46 + name_len
        return entries if b[i:i + 4] == b"PK\x05\x06" else None
    except (ValueError, struct.error):
        return None

@functools.lru_cache(maxsize=None)
def openssl(words, *files):
    with tempfile.TemporaryDirectory() as folder:
        for n, data in enumerate(files):
            with open(os.path.join(folder, str(n)), "wb") as out:
                out.write(data)
        return subprocess.run(["openssl", *words], cwd=folder, capture_output=True).returncode == 0

def pem(jwk):
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + U64(jwk["x"]) + U64(jwk.get("y", ""))
    if jwk["crv"] == "Ed25519":
        der = bytes.fromhex("302a300506032b6570032100") + U64(jwk["x"])
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der) + b"-----END PUBLIC KEY-----\n"

def holds(jwk, message, signature):
    if jwk["crv"] == "Ed25519":
        words = ("pkeyutl", "-verify", "-pubin", "-inkey", "0", "-rawin", "-in", "1", "-sigfile", "2")
        return len(signature) == 64 and openssl(words, pem(jwk), message, signature)
    number = lambda b: (lambda s: b"\x02" + bytes([len(s)]) + s)((b"\0" if b.lstrip(b"\0")[:1] >= b"\x80" else b"") + b.lstrip(b"\0"))
    pair = number(signature[:32]) + number(signature[32:])
    return openssl(("dgst", "-sha256", "-verify", "0", "-signature", "2", "1"), pem(jwk), message, b"\x30" + bytes([len(pair)]) + pair)

def walk(fn, sn, path):
    """Each hash of a path, whether it stands on the left, and how much of the tree is left above (-1: none was)."""
    for p in path:
        if sn <= 0:
            return (yield p, False, -1)
        left = fn & 1 or fn == sn
        while left and not fn & 1 and fn:
            fn, sn = fn >> 1, sn >> 1
        fn, sn = fn >> 1, sn >> 1
        yield p, left, sn

def root_of(leaf, index, size, path):
    r, sn = hashlib.sha256(b"\0" + leaf).digest(), size - 1
    for p, left, sn in walk(index, size - 1, path):
        r = node(p, r) if left else node(r, p)
    return r if sn == 0 and index < size else None

def consistent(old, new, r_old, r_new, path):
    if not 0 < old < new:
        return old == new and not path and r_old == r_new
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    if fn and not path:
        return False
    fr = sr = path[0] if fn else r_old
    for c, left, sn in walk(fn, sn, path[1:] if fn else path):
        fr, sr = (node(c, fr), node(c, sr)) if left else (fr, node(sr, c))
    return sn == 0 and fr == r_old and sr == r_new

def leaf_of(data):
    v = json.loads(data)
    if "version" in v:
        return (v["kind"], v["key"]), v["version"], AT(v["at"]), v
    return ("case", v["case"]), v["n"], AT(v["t"]), v

def verify(data, trust):
    out, word = {}, lambda ok: "pass" if ok else "fail"
    entries = unzip(data)
    if entries is None:
        return {"container": "fail"}
    out["container"] = word(zip_bytes(entries) == data)
    files = dict(reversed(entries))
    try:
        m = json.loads(files["manifest.json"])
        assert m["format"] == "lianban-evidence-package/1"
    except (KeyError, ValueError, AssertionError):
        return {**out, "manifest": "fail"}
    known = {k["kid"]: k for k in trust["keys"]["keys"]}
    keys = {**{k["kid"]: k for k in json.loads(files["keys.json"])["keys"]}, **known}
    try:
        head, _, sig = files["manifest.jws"].decode().strip().split(".")
        h = json.loads(U64(head))
        signed = head + "." + base64.urlsafe_b64encode(files["manifest.json"]).decode().rstrip("=")
        when = datetime.datetime.fromtimestamp(h["iat"], datetime.timezone.utc)
        ok = h["typ"] == "lianban-evidence" and h["alg"] == "ES256" and JCS(m) == files["manifest.json"]
        late = when + datetime.timedelta(microseconds=999999)
        ok = ok and holds(keys[h["kid"]], signed.encode(), U64(sig)) and (in_use(keys[h["kid"]], when) or in_use(keys[h["kid"]], late))
        if h["kid"] in keys:
            out["key:" + h["kid"]] = word(h["kid"] in known)
    except (KeyError, ValueError):
        ok = False
    out["manifest"] = word(ok)
    for f in m["files"]:
        out["file:" + f["name"]] = word(f["name"] in files and HEX(files[f["name"]]) == f["sha256"])
    for name, _ in entries:
        out.setdefault("file:" + name, "fail") if name not in ("manifest.json", "manifest.jws") else None
    roots = {}
    for name in m["checkpoints"]:
        body, lines = files[name].decode().rsplit("\n\n", 1)
        origin, size, root = body.split("\n")[:3]
        roots[int(size)] = (name, body + "\n", lines, origin, base64.b64decode(root))
    events, held = [], {}
    for n, e in enumerate(m["events"]):
        raw, proof = files[e["file"]], json.loads(files[e["proof"]])
        events.append((n, raw, proof, *leaf_of(raw)))
    for s in m["stamps"]:
        size, body = next((k, v[1]) for k, v in roots.items() if v[0] == s["checkpoint"])
        tsr = files[s["file"]]
        found = re.search(rb"\x18.(\d{14})(\.\d+)?Z", tsr, re.S)
        when = datetime.datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=datetime.timezone.utc)
        when += datetime.timedelta(seconds=float(found[2] or 0))
        words = ("ts", "-verify", "-in", "0", "-digest", HEX(body.encode()), "-CAfile", "1", "-attime", str(int(when.timestamp())))
        ok = openssl(words, tsr, "".join(trust["roots"]).encode())
        out["stamp:" + s["file"]] = word(ok)
        if ok:
            held[size] = min(held.get(size, when), when)
    for size, (name, body, lines, origin, root) in roots.items():
        after = [e[5] for e in events if e[2]["size"] <= size]
        signer, good = None, True
        for line in lines.strip().split("\n"):
            _, who, value = line.split(" ")
            raw = base64.b64decode(value)
            for kid, k in keys.items():
                ident = hashlib.sha256(who.encode() + b"\n\x01" + U64(k["x"])).digest()[:4]
                if who == origin and k["crv"] == "Ed25519" and k["purpose"] == "log" and ident == raw[:4]:
                    good, signer = holds(k, body.encode(), raw[4:]), k
        late = signer and "retired_on" in signer and after and AT(signer["retired_on"]) <= max(after)
        out[f"checkpoint:{size}"] = word(bool(signer) and good and not late)
        if signer and good:
            out["key:" + signer["kid"]] = word(signer["kid"] in known)
    streams = {}
    for n, raw, proof, stream, place, when, value in events:
        root = root_of(raw, proof["index"], proof["size"], [bytes.fromhex(p) for p in proof["path"]])
        out[f"inclusion:{n}"] = word(root == roots[proof["size"]][4]) if proof["size"] in roots else "unknown"
        streams.setdefault(stream, {})[place] = when
        first = held.get(proof["size"])
        lag = first and (first - when) // datetime.timedelta(seconds=1)
        out[f"time:{n}"] = "unknown" if first is None else word(-5 <= lag <= 120)
    for c in m["consistency"]:
        link = json.loads(files[c["file"]])
        path = [bytes.fromhex(p) for p in link["path"]]
        out[f"consistency:{c['old']}-{c['new']}"] = word(consistent(link["old"], link["new"], roots[link["old"]][4], roots[link["new"]][4], path))
    for s in m["streams"]:
        got = streams.get((s["kind"], s["key"]), {})
        ok = all(p in got for p in range(s["first"], s["last"] + 1)) and [got[p] for p in sorted(got)] == sorted(got.values())
        out[f"sequence:{s['kind']}/{s['key']}"] = word(ok)
    for p in m["documents"] + m["raw"]:
        named = p["file"] in files and any(HEX(files[p["file"]]).encode() in e[1] for e in events)
        out["document:" + p["file"]] = "pass" if named else "unknown"
    for o in m["openings"]:
        opening = json.loads(files[o["file"]])
        value = functools.reduce(lambda v, k: v.get(k, {}), opening["pointer"].strip("/").split("/"), events[opening["event"]][6])
        ok = isinstance(value, str) and U64(value) == hashlib.sha256(U64(opening["salt"]) + JCS(opening["value"])).digest()
        out["opening:" + o["file"]] = word(ok)
    return out

if __name__ == "__main__":
    trust, *packages = [open(path, "rb").read() for path in sys.argv[1:]]
    for package in packages:
        print(json.dumps(verify(package, json.loads(trust))))
