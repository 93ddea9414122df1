/* siting: outlines on the grid become a buffer of numbers; no canvas is involved, so node can test it. */
(function () {
  /* Fill `ids` (width x height) with base + the number of each shape (even-odd, by the centre of a pixel).
     A grid vertex (x, y) lies at pixel (scale x + left, scale y + top). Shapes smaller than a pixel claim the one
     that their middle is in. `rows` lists the shapes, later ones on top. */
  function raster(shapes, rows, ids, width, height, scale, left, top, base = 1) {
    const { x, y, ring, shape, box } = shapes;
    let first = new Int32Array(64), cross = new Float64Array(256);
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k], b = 4 * i, ink = i + base;
      if (box[b] > box[b + 2]) continue;
      const west = scale * box[b] + left, east = scale * box[b + 2] + left;
      const north = scale * box[b + 1] + top, south = scale * box[b + 3] + top;
      if (east < 0 || south < 0 || west >= width || north >= height) continue;
      if (east - west < 1.5 && south - north < 1.5) {
        const px = Math.floor((west + east) / 2), py = Math.floor((north + south) / 2);
        if (px >= 0 && py >= 0 && px < width && py < height) ids[py * width + px] = ink;
        continue;
      }
      const low = Math.max(0, Math.ceil(north - 0.5)), high = Math.min(height - 1, Math.ceil(south - 0.5) - 1);
      const count = high - low + 1;
      if (count <= 0) continue;
      if (first.length < count + 2) first = new Int32Array(2 * count + 2);
      first.fill(0, 0, count + 2);
      /* once to count the crossings of each row of pixels, once to put them down */
      for (let pass = 0; pass < 2; pass++) {
        for (let r = shape[i]; r < shape[i + 1]; r++) {
          let ax = scale * x[ring[r + 1] - 1] + left, ay = scale * y[ring[r + 1] - 1] + top - 0.5;
          for (let v = ring[r]; v < ring[r + 1]; v++) {
            const bx = scale * x[v] + left, by = scale * y[v] + top - 0.5;
            if (ay !== by) {
              const from = Math.max(low, Math.ceil(Math.min(ay, by))), to = Math.min(high, Math.ceil(Math.max(ay, by)) - 1);
              if (pass === 0) for (let row = from; row <= to; row++) first[row - low + 2]++;
              else for (let row = from; row <= to; row++) cross[first[row - low + 1]++] = ax + ((row - ay) * (bx - ax)) / (by - ay);
            }
            ax = bx;
            ay = by;
          }
        }
        if (pass) break;
        for (let row = 0; row < count; row++) first[row + 2] += first[row + 1];
        if (cross.length < first[count + 1]) cross = new Float64Array(2 * first[count + 1]);
      }
      for (let row = 0; row < count; row++) {
        const start = first[row], end = first[row + 1];
        for (let u = start + 1; u < end; u++) {
          const value = cross[u];
          let w = u;
          for (; w > start && cross[w - 1] > value; w--) cross[w] = cross[w - 1];
          cross[w] = value;
        }
        const line = (low + row) * width;
        for (let u = start; u + 1 < end; u += 2) {
          const from = Math.max(0, Math.ceil(cross[u] - 0.5)), to = Math.min(width, Math.ceil(cross[u + 1] - 0.5));
          if (to > from) ids.fill(ink, line + from, line + to);
        }
      }
    }
  }

  /* A point in shape i on the grid: the middle of its widest part at mid height; null where it is empty. */
  function insideOf({ x, y, ring, shape, box }, i) {
    if (box[4 * i] > box[4 * i + 2]) return null;
    let best = [(box[4 * i] + box[4 * i + 2]) / 2, (box[4 * i + 1] + box[4 * i + 3]) / 2], widest = 0;
    for (const part of [0.5, 0.31, 0.69]) {
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
