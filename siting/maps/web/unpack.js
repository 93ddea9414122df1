"use strict";
/* siting: reading what Python packed, and small things that the other parts share. */
globalThis.siting = globalThis.siting || {};
(function () {
  async function bytesOf(text) {
    if (typeof DecompressionStream === "undefined") {
      throw new Error("This browser cannot unpack the map. Chrome 80, Firefox 113, Safari 16.4 or newer can.");
    }
    const given = text.trim();
    const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(given) : Uint8Array.from(atob(given), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
  }

  /* Named columns, as siting/maps/segment.py writes them: whole numbers in byte planes, floats, JSON. */
  class Segment {
    constructor(buffer) {
      const length = new DataView(buffer).getUint32(0, true);
      this.head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
      this.bytes = new Uint8Array(buffer, 4 + length);
      this.read = {};
    }
    has(name) {
      return name in this.head;
    }
    json(name) {
      const [, length, , at] = this.head[name];
      return (this.read[name] = this.read[name] || JSON.parse(new TextDecoder().decode(this.bytes.subarray(at, at + length))));
    }
    ints(name) {
      return (this.read[name] = this.read[name] || this.decoded(name));
    }
    decoded(name) {
      const [kind, count, width, at] = this.head[name];
      const plane = (k) => this.bytes.subarray(at + k * count, at + (k + 1) * count);
      if (kind === "f") {
        const out = new Float64Array(count);
        const bytes = new Uint8Array(out.buffer);
        for (let k = 0; k < 8; k++) for (let i = 0, from = plane(k); i < count; i++) bytes[8 * i + k] = from[i];
        return out;
      }
      if (kind === "u" && width === 1) return plane(0);
      const small = width < 4 || (width === 4 && kind === "u");
      const out = small ? (kind !== "u" ? new Int32Array(count) : width === 2 ? new Uint16Array(count) : new Uint32Array(count)) : new Float64Array(count);
      const [a, b, c, d] = [0, 1, 2, 3].map((k) => plane(Math.min(k, width - 1)));
      if (!small) for (let k = 0; k < width; k++) for (let i = 0, from = plane(k), worth = 256 ** k; i < count; i++) out[i] += from[i] * worth;
      else if (width === 1) out.set(a);
      else if (width === 2) for (let i = 0; i < count; i++) out[i] = a[i] | (b[i] << 8);
      else if (width === 3) for (let i = 0; i < count; i++) out[i] = a[i] | (b[i] << 8) | (c[i] << 16);
      else for (let i = 0; i < count; i++) out[i] = a[i] | (b[i] << 8) | (c[i] << 16) | (d[i] << 24);
      if (kind === "u") return out;
      if (small) for (let i = 0; i < count; i++) out[i] = (out[i] >>> 1) ^ -(out[i] & 1);
      else for (let i = 0; i < count; i++) out[i] = out[i] % 2 ? -(out[i] + 1) / 2 : out[i] / 2;
      if (kind === "d") for (let i = 1; i < count; i++) out[i] += out[i - 1];
      return out;
    }
  }
  async function segment(text) {
    return new Segment(await (await bytesOf(text)).arrayBuffer());
  }

  /* Outlines on the grid of siting/maps/grid.py: vertices, where rings and shapes start, boxes (west > east: empty). */
  function gridShapes(read, name, grid) {
    const shape = starts(read.ints(`${name}.rings`)), ring = starts(read.ints(`${name}.counts`));
    const x = read.ints(`${name}.x`), y = read.ints(`${name}.y`);
    const box = new Int32Array(4 * (shape.length - 1));
    const X = new Int32Array(x.length), Y = new Int32Array(x.length);
    let firstX = 0, firstY = 0;
    for (let i = 0; i + 1 < shape.length; i++) {
      let west = 2 ** 31 - 1, north = west, east = -1, south = -1;
      for (let r = shape[i]; r < shape[i + 1]; r++) {
        let atX = firstX, atY = firstY;
        for (let v = ring[r]; v < ring[r + 1]; v++) {
          X[v] = atX += (x[v] >>> 1) ^ -(x[v] & 1);
          Y[v] = atY += (y[v] >>> 1) ^ -(y[v] & 1);
          if (v === ring[r]) {
            firstX = atX;
            firstY = atY;
          }
          if (atX < west) west = atX;
          if (atX > east) east = atX;
          if (atY < north) north = atY;
          if (atY > south) south = atY;
        }
      }
      box[4 * i] = west;
      box[4 * i + 1] = north;
      box[4 * i + 2] = east;
      box[4 * i + 3] = south;
    }
    return { ...grid, x: X, y: Y, ring, shape, box };
  }

  function latitude(y) {
    return (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;
  }

  function starts(counts) {
    const offsets = new Int32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) offsets[i + 1] = offsets[i] + counts[i];
    return offsets;
  }

  /* A number to p decimals, ties to even, as Python's format rounds. */
  function rounded(x, p) {
    const long = Math.abs(x).toFixed(p + 25);
    let text = Math.abs(x).toFixed(p);
    if (/50{24}$/.test(long) && "13579".includes(text.slice(-1))) text = long.slice(0, -25).replace(/\.$/, "");
    return x < 0 ? `-${text}` : text;
  }
  /* The same with thousands set apart, without zeros at the end. */
  function fixed(x, p) {
    const [whole, part] = rounded(Math.abs(x), p).split(".");
    const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "").replace(/\.?0+$/, "");
    return x < 0 && text !== "0" ? `-${text}` : text;
  }

  /* A quantity for people, as siting/ranking/words.py words it. */
  function quantity(number, unit) {
    const metres = { m: 1, km: 1000 }[unit] * number;
    if (!Number.isNaN(metres)) {
      const size = Math.abs(metres);
      return size >= 999.5 ? `${fixed(metres / 1000, 2)} km` : `${fixed(metres, size >= 9.95 ? 0 : 1)} m`;
    }
    const size = Math.abs(number);
    const places = size >= 1 || number === 0 ? Math.max(0, 4 - (size >= 1 ? fixed(size, 0).replaceAll(",", "").length : 0)) : Math.min(12, 3 - Math.floor(Math.log10(size)));
    return `${fixed(number, places)} ${unit.replace(/^([kMG]W)p$/, "$1 peak")}`.trim();
  }

  Object.assign(siting, { segment, Segment, gridShapes, latitude, quantity, fixed, rounded });
})();
