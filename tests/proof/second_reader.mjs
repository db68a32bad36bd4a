// A second reader of bundles, in another language and from the documents alone: log signature, cosignatures, leaves and root.
// node second_reader.mjs FOLDER LOG_KEY [WITNESS_KEY ...]   where FOLDER holds the files of a bundle.
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...keys] = process.argv.slice(2);
const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const b64 = (text) => Buffer.from(text, "base64");
const node = (left, right) => sha(Buffer.from([1]), left, right);
const must = (holds, what) => { if (!holds) { console.log(`FAILED: ${what}`); process.exit(1); } };

const note = readFileSync(join(folder, "checkpoint"), "utf8");
const cut = note.lastIndexOf("\n\n");
const body = note.slice(0, cut + 1);
const [origin, size, root] = body.split("\n");
for (const vkey of keys) {
  const [name, id, packed] = vkey.match(/^([^+]+)\+([^+]+)\+(.+)$/).slice(1);
  const [use, raw] = [b64(packed)[0], b64(packed).subarray(1)];
  must(sha(Buffer.from(name + "\n"), b64(packed)).toString("hex").startsWith(id), `key of ${name}`);
  const line = note.slice(cut + 2).split("\n").find((one) => one.startsWith(`— ${name} `));
  const signature = line && b64(line.split(" ")[2]).subarray(4);
  const time = use === 4 && signature ? signature.readBigUInt64BE() : 0n;
  const signed = use === 4 ? `cosignature/v1\ntime ${time}\n${body}` : body;
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  must(signature && verify(null, Buffer.from(signed), key, signature.subarray(use === 4 ? 8 : 0)), `signature of ${name}`);
}
const events = readFileSync(join(folder, "events.txt"), "utf8").trimEnd().split("\n").map((line) => {
  const [, index, salt, content] = line.match(/^(\d+) ([0-9a-f]{32}) (.*)$/);
  const commitment = sha(Buffer.from("armslength-event/v1\n"), Buffer.from(salt, "hex"), Buffer.from(content));
  return [Number(index), sha(Buffer.from([0]), commitment)];
});
const rootOf = (leaves) => {
  if (leaves.length === 1) return leaves[0];
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return node(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
};
const climb = (index, leaf, path) => {
  let [place, last, hash] = [index, Number(size) - 1, leaf];
  for (const sibling of path) {
    must(last > 0, "a path that is too long");
    hash = place % 2 || place === last ? node(sibling, hash) : node(hash, sibling);
    while (place === last && place % 2 === 0 && place) [place, last] = [place >> 1, last >> 1];
    [place, last] = [place >> 1, last >> 1];
  }
  must(last === 0, "a path that is too short");
  return hash;
};
const whole = !existsSync(join(folder, "proofs"));
const reached = whole ? [rootOf(events.map(([, leaf]) => leaf))] : events.map(([index, leaf]) => {
  const text = readFileSync(join(folder, "proofs", `${index}.tlog-proof`), "utf8");
  return climb(index, leaf, text.split("\n\n")[0].split("\n").slice(2).map(b64));
});
must(reached.every((hash) => hash.toString("base64") === root), "an event is not in the signed tree");
must(!whole || events.length === Number(size), "an event is left out");
console.log(`verified ${events.length} of ${size} events of ${origin} by ${keys.length} keys`);
