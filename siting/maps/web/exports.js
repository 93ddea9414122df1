/* siting: what leaves the page: CSV, YAML, PNG. */
(function () {
  const FORMULA = /^'*[=+\-@\t\r]/; // a spreadsheet takes such text for a formula; as in siting/export.py
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

  function cell(value) {
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
    const text = String(value === null || value === undefined ? "" : value);
    const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
    return text && `"${safe.replaceAll('"', '""')}"`;
  }

  /* Rows of a table, the header first; text that would be a formula gets an apostrophe in front. */
  function csv(rows) {
    return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  /* The section of a study file that holds weights as a named set; JSON text is YAML text too. */
  function yaml(weights, name, comments = []) {
    const said = comments.map((line) => `# ${line.replace(/[\s\p{C}]+/gu, " ")}`);
    const lines = weights.map(([path, weight]) => `    ${JSON.stringify(path)}: ${Number(weight.toPrecision(6))}`);
    return [...said, "weight_sets:", `  ${JSON.stringify(name)}:`, ...lines, ""].join("\n");
  }

  let crcs = null;
  function crc(bytes) {
    crcs ||= Uint32Array.from({ length: 256 }, (_, n) => {
      for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
      return n;
    });
    let c = ~0;
    for (const byte of bytes) c = crcs[(c ^ byte) & 255] ^ (c >>> 8);
    return ~c >>> 0;
  }

  function chunk(type, data) {
    const out = new Uint8Array(12 + data.length);
    const view = new DataView(out.buffer);
    view.setUint32(0, data.length);
    for (let k = 0; k < 4; k++) out[4 + k] = type.charCodeAt(k);
    out.set(data, 8);
    view.setUint32(8 + data.length, crc(out.subarray(4, 8 + data.length)));
    return out;
  }

  /* A PNG of bytes red, green, blue, alpha: encoded here, since browsers may blur what is read back from a canvas. */
  async function png(width, height, rgba) {
    const line = 4 * width;
    const rows = new Uint8Array(height * (line + 1));
    for (let y = 0; y < height; y++) rows.set(rgba.subarray(y * line, (y + 1) * line), y * (line + 1) + 1);
    const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
    const head = new Uint8Array(13);
    new DataView(head.buffer).setUint32(0, width);
    new DataView(head.buffer).setUint32(4, height);
    head.set([8, 6, 0, 0, 0], 8);
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    const start = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
    return new Blob([start, chunk("IHDR", head), chunk("IDAT", packed), chunk("IEND", new Uint8Array())], { type: "image/png" });
  }

  function download(name, content, type) {
    const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }));
    siting.el("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  siting.exports = { csv, yaml, png, download };
})();
