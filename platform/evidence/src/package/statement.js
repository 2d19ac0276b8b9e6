"use strict";
// Checks what this page carries and the files that are dropped on it, on this computer alone. Each claim is told by itself.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const list = document.getElementById("claims");
  const WORDS = { pass: "✓ 成立 · holds", fail: "✗ 不成立 · does not hold", unknown: "? 未能核验 · not checked" };
  const say = (verdict, zh, en, claim) => {
    const item = document.createElement("li");
    item.className = verdict;
    item.textContent = `${WORDS[verdict]}：${zh} · ${en}`;
    list.append(item);
    const spot = claim && document.querySelector(`[data-claim="${claim}"]`);
    if (spot) { spot.className = `verdict ${verdict}`; spot.textContent = WORDS[verdict]; }
  };

  // SHA-256 (FIPS 180-4): written out, because a page that was opened from a disk may lack WebCrypto.
  const primes = (count) => {
    const found = [];
    for (let n = 2; found.length < count; n += 1) if (found.every((p) => n % p)) found.push(n);
    return found;
  };
  const fraction = (x) => Math.floor((x - Math.floor(x)) * 4294967296);
  const K = primes(64).map((p) => fraction(Math.cbrt(p)));
  const START = primes(8).map((p) => fraction(Math.sqrt(p)));
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  const sha256 = (bytes) => {
    const blocks = Math.ceil((bytes.length + 9) / 64);
    const padded = new Uint8Array(blocks * 64);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(bytes.length / 536870912));
    view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
    const state = START.slice();
    const w = new Int32Array(64);
    for (let block = 0; block < blocks; block += 1) {
      for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(block * 64 + i * 4);
      for (let i = 16; i < 64; i += 1) {
        const a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i += 1) {
        const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] = (state[i] + word) | 0; });
    }
    const out = new DataView(new ArrayBuffer(32));
    state.forEach((word, i) => out.setInt32(i * 4, word));
    return new Uint8Array(out.buffer);
  };

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const fromHex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
  const fromBase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const join = (...parts) => {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => { all.set(part, at); return at + part.length; }, 0);
    return all;
  };
  const encode = (text) => new TextEncoder().encode(text);
  const node = (left, right) => sha256(join([1], left, right));

  // RFC 9162, 2.1.3.2: from a leaf along its path to the root.
  const rootOf = (leaf, index, size, path) => {
    if (index >= size) return null;
    let at = index, last = size - 1, root = sha256(join([0], leaf));
    for (const sibling of path) {
      if (last === 0) return null;
      if (at % 2 === 1 || at === last) {
        root = node(sibling, root);
        while (at % 2 === 0 && at !== 0) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
      } else {
        root = node(root, sibling);
      }
      at = Math.floor(at / 2); last = Math.floor(last / 2);
    }
    return last === 0 ? root : null;
  };

  const notes = data.checkpoints.map((text) => {
    const body = text.slice(0, text.indexOf("\n\n") + 1);
    const [origin, size, root] = body.split("\n");
    return { text, body, origin, size: Number(size), root: hex(fromBase64(root)) };
  });

  const events = () => {
    if (data.hash !== "sha256") {
      say("unknown", "日志使用国密 SM3，请用 lianban verify 核验", "the log is hashed with SM3: use lianban verify");
      return;
    }
    data.events.forEach((event, n) => {
      const note = notes.find((one) => one.size === event.size);
      const root = note && rootOf(fromBase64(event.leaf), event.index, event.size, event.path.map(fromHex));
      const holds = root && hex(root) === note.root;
      say(holds ? "pass" : "fail", `事件 ${n} 在日志中`, `event ${n} stands in the log`, `inclusion:${n}`);
    });
  };

  const signatures = async () => {
    const keys = data.keys.keys.filter((key) => key.crv === "Ed25519" && key.purpose === "log");
    for (const note of notes) {
      const about = [`检查点（${note.size} 条）的签名`, `signature of the checkpoint over ${note.size} leaves`];
      try {
        let holds = false;
        for (const line of note.text.slice(note.body.length + 1).trim().split("\n")) {
          const [, name, value] = line.split(" ");
          if (name !== note.origin) continue;
          const signature = fromBase64(value).slice(4);
          for (const jwk of keys) {
            const key = await crypto.subtle.importKey("raw", fromBase64(jwk.x), { name: "Ed25519" }, false, ["verify"]);
            holds = holds || await crypto.subtle.verify({ name: "Ed25519" }, key, signature, encode(note.body));
          }
        }
        say(holds ? "pass" : "fail", ...about);
      } catch {
        say("unknown", `${about[0]}：浏览器不支持 Ed25519`, `${about[1]}: this browser lacks Ed25519`);
      }
    }
  };

  // The stored files of a package, one local header after the other.
  const unpack = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const files = [];
    for (let at = 0; at + 30 < bytes.length && view.getUint32(at, true) === 0x04034b50;) {
      const size = view.getUint32(at + 18, true);
      const start = at + 30 + view.getUint16(at + 26, true);
      files.push({ name: new TextDecoder().decode(bytes.subarray(at + 30, start)), bytes: bytes.subarray(start, start + size) });
      at = start + size;
    }
    return files;
  };

  const manifestSignature = async (files) => {
    const about = ["清单的签名", "signature of the manifest"];
    const find = (name) => files.find((file) => file.name === name);
    const [manifest, jws] = [find("manifest.json"), find("manifest.jws")];
    if (!manifest || !jws) return say("fail", ...about);
    try {
      const [header, , signature] = new TextDecoder().decode(jws.bytes).trim().split(".");
      const { alg, kid } = JSON.parse(new TextDecoder().decode(fromBase64(header)));
      const jwk = data.keys.keys.find((key) => key.kid === kid);
      if (alg !== "ES256" || !jwk) return say("unknown", ...about);
      const how = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, how, false, ["verify"]);
      const payload = btoa(String.fromCharCode(...manifest.bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
      const holds = await crypto.subtle.verify(how, key, fromBase64(signature), encode(`${header}.${payload}`));
      return say(holds ? "pass" : "fail", ...about);
    } catch {
      return say("unknown", ...about);
    }
  };

  const compare = (name, bytes) => {
    const digest = hex(sha256(bytes));
    const known = data.files.find((file) => file.name === name) || data.files.find((file) => file.sha256 === digest);
    const holds = known && known.sha256 === digest;
    if (known) say(holds ? "pass" : "fail", `文件 ${known.name} 未被更改`, `file ${known.name} is unchanged`);
    else say("fail", `文件 ${name} 与本证据包中的任何文件都不相同`, `file ${name} is none of this package`);
  };

  const page = (files, bytes) => {
    let listed;
    try {
      const manifest = files.find((file) => file.name === "manifest.json");
      listed = JSON.parse(new TextDecoder().decode(manifest.bytes)).files.find((file) => file.name === "statement.html");
    } catch {
      listed = undefined;
    }
    const holds = listed && listed.sha256 === hex(sha256(bytes));
    say(holds ? "pass" : "fail", "文件 statement.html 未被更改", "file statement.html is unchanged");
  };

  document.getElementById("files").addEventListener("change", async (change) => {
    list.replaceChildren();
    events();
    await signatures();
    for (const file of change.target.files) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const inside = unpack(bytes);
      if (inside.some((one) => one.name === "manifest.json")) {
        await manifestSignature(inside);
        const own = ["manifest.json", "manifest.jws"];
        inside.filter((one) => !own.includes(one.name)).forEach((one) => {
          // This page cannot hold its own digest; the signed manifest does.
          if (one.name === "statement.html") page(inside, one.bytes);
          else compare(one.name, one.bytes);
        });
        data.files.filter((one) => !inside.some((other) => other.name === one.name))
          .forEach((one) => say("fail", `缺少文件 ${one.name}`, `file ${one.name} is missing`));
      } else {
        compare(file.name, bytes);
      }
    }
  });
  events();
  signatures();
})();
