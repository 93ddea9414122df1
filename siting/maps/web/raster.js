/* siting: outlines on the grid become a buffer of numbers; no canvas is involved, so node can test it. */
(function () {
  const MOST = 1 << 20; // crossings that are held at a time
  const cross = new Float64Array(MOST);

  /* Fill `ids` (width x height) with 1 + the number of each of the shapes in `rows`, later ones on top: even-odd, by the
     centre of a pixel. A grid vertex (x, y) lies at pixel (scale x + left, scale y + top). Shapes smaller than a pixel
     claim the one that their middle is in. */
  function raster({ x, y, ring, shape, box }, rows, ids, width, height, scale, left, top) {
    const held = new Int32Array(height); // crossings of each row of pixels
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k], b = 4 * i;
      if (box[b] > box[b + 2]) continue;
      const west = scale * box[b] + left, east = scale * box[b + 2] + left;
      const north = scale * box[b + 1] + top, south = scale * box[b + 3] + top;
      if (east < 0 || south < 0 || west >= width || north >= height) continue;
      if (east - west < 1.5 && south - north < 1.5) {
        const px = Math.floor((west + east) / 2), py = Math.floor((north + south) / 2);
        if (px >= 0 && py >= 0 && px < width && py < height) ids[py * width + px] = i + 1;
        continue;
      }
      const first = Math.max(0, Math.ceil(north - 0.5)), last = Math.min(height, Math.ceil(south - 0.5)) - 1;
      const room = ring[shape[i + 1]] - ring[shape[i]]; // no row is crossed more often
      const band = Math.max(1, Math.floor(MOST / room));
      for (let from = first; from <= last; from += band) {
        const to = Math.min(last, from + band - 1);
        for (let row = from; row <= to; row++) held[row] = 0;
        for (let r = shape[i]; r < shape[i + 1]; r++) {
          let ax = scale * x[ring[r + 1] - 1] + left, ay = scale * y[ring[r + 1] - 1] + top - 0.5;
          for (let v = ring[r]; v < ring[r + 1]; v++) {
            const bx = scale * x[v] + left, by = scale * y[v] + top - 0.5;
            let row = Math.ceil(ay < by ? ay : by), end = Math.ceil(ay < by ? by : ay);
            if (row < from) row = from;
            if (end > to + 1) end = to + 1;
            if (row < end) {
              const slope = (bx - ax) / (by - ay);
              for (; row < end; row++) cross[(row - from) * room + held[row]++] = ax + (row - ay) * slope;
            }
            ax = bx;
            ay = by;
          }
        }
        for (let row = from; row <= to; row++) fill(ids, row * width, width, cross, (row - from) * room, held[row], i + 1);
      }
    }
  }

  /* The pixels of a row between its crossings, which are sorted on the way. */
  function fill(ids, line, width, cross, start, count, ink) {
    for (let u = start + 1; u < start + count; u++) {
      const value = cross[u];
      let w = u;
      for (; w > start && cross[w - 1] > value; w--) cross[w] = cross[w - 1];
      cross[w] = value;
    }
    for (let u = start; u + 1 < start + count; u += 2) {
      let from = Math.ceil(cross[u] - 0.5), to = Math.ceil(cross[u + 1] - 0.5);
      if (from < 0) from = 0;
      if (to > width) to = width;
      if (to - from > 24) ids.fill(ink, line + from, line + to);
      else for (; from < to; from++) ids[line + from] = ink;
    }
  }

  /* A point in shape i on the grid: the middle of its widest part near mid height (not at it, where corners of halved
     land lie); null where it is empty. */
  function insideOf({ x, y, ring, shape, box }, i) {
    if (box[4 * i] > box[4 * i + 2]) return null;
    let best = [(box[4 * i] + box[4 * i + 2]) / 2, (box[4 * i + 1] + box[4 * i + 3]) / 2], widest = 0;
    for (const part of [0.47, 0.31, 0.69]) {
      const at = box[4 * i + 1] + part * (box[4 * i + 3] - box[4 * i + 1]);
      const cross = [];
      for (let r = shape[i]; r < shape[i + 1]; r++) {
        for (let v = ring[r], last = ring[r + 1] - 1; v < ring[r + 1]; last = v++) {
          if (y[v] > at !== y[last] > at) cross.push(x[v] + ((at - y[v]) * (x[last] - x[v])) / (y[last] - y[v]));
        }
      }
      cross.sort((a, b) => a - b);
      for (let u = 0; u + 1 < cross.length; u += 2) {
        if (cross[u + 1] - cross[u] > widest * 1.2) {
          widest = cross[u + 1] - cross[u];
          best = [(cross[u] + cross[u + 1]) / 2, at];
        }
      }
    }
    return best;
  }

  /* Colours of a buffer: table[id], or hatch[id] on every eighth diagonal; a border, darker, where the id changes. */
  function paint(ids, out, width, height, table, hatch, border) {
    for (let row = 0, p = 0; row < height; row++) {
      const more = row + 1 < height;
      for (let column = 0; column < width; column++, p++) {
        const id = ids[p];
        let colour = ((column + row) & 7) === 0 ? hatch[id] : table[id];
        if (border && ((column + 1 < width && ids[p + 1] !== id) || (more && ids[p + width] !== id))) {
          colour = id ? (colour & 0xff000000) | ((colour >>> 1) & 0x7f7f7f) : colour;
        }
        out[p] = colour;
      }
    }
  }

  /* A PNG of pixels (RGBA, four bytes each), without a canvas: read-back would be noise in some browsers. */
  async function png(bytes, width, height) {
    const raw = new Uint8Array(height * (4 * width + 1));
    for (let row = 0; row < height; row++) raw.set(bytes.subarray(4 * width * row, 4 * width * (row + 1)), row * (4 * width + 1) + 1);
    const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
    const data = new Uint8Array(await new Response(packed).arrayBuffer());
    const head = new Uint8Array(13);
    new DataView(head.buffer).setUint32(0, width);
    new DataView(head.buffer).setUint32(4, height);
    head.set([8, 6], 8);
    const parts = [new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10])];
    for (const [name, body] of [["IHDR", head], ["IDAT", data], ["IEND", new Uint8Array(0)]]) {
      const chunk = new Uint8Array(body.length + 12);
      const view = new DataView(chunk.buffer);
      view.setUint32(0, body.length);
      chunk.set(new TextEncoder().encode(name), 4);
      chunk.set(body, 8);
      view.setUint32(8 + body.length, crc(chunk.subarray(4, 8 + body.length)));
      parts.push(chunk);
    }
    return new Blob(parts, { type: "image/png" });
  }

  function crc(bytes) {
    let sum = ~0;
    for (const byte of bytes) {
      sum ^= byte;
      for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum >>> 0;
  }

  Object.assign(siting, { raster, insideOf, paint, png });
})();
