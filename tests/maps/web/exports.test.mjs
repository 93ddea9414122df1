import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { load } from "./page.mjs";

const { exports } = load(["dom.js", "exports.js"]);

test("no cell is a formula", () => {
  const row = ["=1+1", "-5", "+5.5e3", "@x", "\tx", "'=x", "-x", 'a "b", c', "", null, -5, NaN, 0];
  const want = `"'=1+1","-5","+5.5e3","'@x","'\tx","''=x","'-x","a ""b"", c",,,-5,,0\r\n`;
  assert.equal(exports.csv([row]), want);
});

test("weights are a section of a study", () => {
  const text = exports.yaml([["power", 0.625], ["power.lines", 1 / 3], ["true", 2]], "board\n  x: 1", ["of\nthe map"]);
  assert.equal(
    text,
    '# of the map\nweight_sets:\n  "board\\n  x: 1":\n    "power": 0.625\n    "power.lines": 0.333333\n    "true": 2\n',
  );
});

test("a picture comes back dot by dot", async () => {
  const rgba = Uint8Array.from({ length: 4 * 3 * 2 }, (_, k) => (k * 37) % 256);
  const bytes = Buffer.from(await (await exports.png(3, 2, rgba)).arrayBuffer());
  assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]], [3, 2, 8, 6]);
  assert.equal(bytes.readUInt32BE(bytes.length - 4), 0xae426082); // the checksum of IEND, from the standard
  const size = bytes.readUInt32BE(33);
  const lines = inflateSync(bytes.subarray(41, 41 + size));
  assert.deepEqual([...lines], [0, ...rgba.subarray(0, 12), 0, ...rgba.subarray(12)]);
});
