/* siting: outlines on the grid become a buffer of numbers; no canvas is involved, so node can test it. */
const MOST = 1 << 20; // crossings that are held at a time
const cross = new Float64Array(MOST);

/* Fill `ids` (width x height) with 1 + the number of each of the shapes in `rows`, later ones on top: even-odd, by the
   centre of a pixel. A grid vertex (x, y) lies at pixel (scale x + left, scale y + top). Shapes smaller than a pixel
   claim the one that their middle is in. */
siting.raster = ({ x, y, ring, shape, box }, rows, ids, width, height, scale, left, top) => {
	const held = new Int32Array(height); // crossings of each row of pixels
	for (const i of rows) {
		const b = 4 * i;
		if (box[b] > box[b + 2]) continue;
		const west = scale * box[b] + left,
			east = scale * box[b + 2] + left;
		const north = scale * box[b + 1] + top,
			south = scale * box[b + 3] + top;
		if (east < 0 || south < 0 || west >= width || north >= height) continue;
		if (east - west < 1.5 && south - north < 1.5) {
			const px = Math.floor((west + east) / 2),
				py = Math.floor((north + south) / 2);
			if (px >= 0 && py >= 0 && px < width && py < height) ids[py * width + px] = i + 1;
			continue;
		}
		const last = Math.min(height, Math.ceil(south - 0.5));
		const room = ring[shape[i + 1]] - ring[shape[i]]; // no row is crossed more often
		const band = Math.max(1, Math.floor(MOST / room));
		for (let from = Math.max(0, Math.ceil(north - 0.5)); from < last; from += band) {
			const to = Math.min(last, from + band);
			held.fill(0, from, to);
			for (let r = shape[i]; r < shape[i + 1]; r++) {
				let ax = scale * x[ring[r + 1] - 1] + left,
					ay = scale * y[ring[r + 1] - 1] + top - 0.5;
				for (let v = ring[r]; v < ring[r + 1]; v++) {
					const bx = scale * x[v] + left,
						by = scale * y[v] + top - 0.5;
					let row = Math.ceil(ay < by ? ay : by),
						end = Math.ceil(ay < by ? by : ay);
					if (row < from) row = from;
					if (end > to) end = to;
					if (row < end) {
						const slope = (bx - ax) / (by - ay);
						for (; row < end; row++) cross[(row - from) * room + held[row]++] = ax + (row - ay) * slope;
					}
					ax = bx;
					ay = by;
				}
			}
			for (let row = from; row < to; row++) fill(ids, row * width, width, (row - from) * room, held[row], i + 1);
		}
	}
};

/* The pixels of a row between its crossings, which are sorted on the way. */
function fill(ids, line, width, start, count, ink) {
	for (let u = start + 1; u < start + count; u++) {
		const value = cross[u];
		let w = u;
		for (; w > start && cross[w - 1] > value; w--) cross[w] = cross[w - 1];
		cross[w] = value;
	}
	for (let u = start; u + 1 < start + count; u += 2) {
		let from = Math.ceil(cross[u] - 0.5),
			to = Math.ceil(cross[u + 1] - 0.5);
		if (from < 0) from = 0;
		if (to > width) to = width;
		if (to - from > 24) ids.fill(ink, line + from, line + to);
		else for (; from < to; from++) ids[line + from] = ink;
	}
}

/* A point in shape i on the grid: the middle of its widest part near mid height (not at it, where corners of halved
   land lie); null where it is empty. */
siting.insideOf = ({ x, y, ring, shape, box }, i) => {
	const [west, north, east, south] = box.slice(4 * i, 4 * i + 4);
	if (west > east) return null;
	let best = [(west + east) / 2, (north + south) / 2],
		widest = 0;
	for (const part of [0.47, 0.31, 0.69]) {
		const at = north + part * (south - north),
			across = [];
		for (let r = shape[i]; r < shape[i + 1]; r++) {
			for (let v = ring[r], last = ring[r + 1] - 1; v < ring[r + 1]; last = v++) {
				if (y[v] > at !== y[last] > at) across.push(x[v] + ((at - y[v]) * (x[last] - x[v])) / (y[last] - y[v]));
			}
		}
		across.sort((a, b) => a - b);
		for (let u = 0; u + 1 < across.length; u += 2) {
			const [from, to] = across.slice(u);
			if (to - from > widest * 1.2) [widest, best] = [to - from, [(from + to) / 2, at]];
		}
	}
	return best;
};

/* Colours of a buffer: table[id], or hatch[id] on every eighth diagonal; a border, darker, where the id changes. */
siting.paint = (ids, out, width, height, table, hatch, border) => {
	for (let row = 0, p = 0; row < height; row++) {
		const below = row + 1 < height ? width : 0;
		for (let column = 0; column < width; column++, p++) {
			const id = ids[p];
			let colour = ((column + row) & 7) === 0 ? hatch[id] : table[id];
			if (border && id && ((column + 1 < width && ids[p + 1] !== id) || ids[p + below] !== id))
				colour = (colour & 0xff000000) | ((colour >>> 1) & 0x7f7f7f);
			out[p] = colour;
		}
	}
};

/* A PNG of pixels (RGBA, four bytes each), without a canvas: read-back would be noise in some browsers. */
siting.png = async (bytes, width, height) => {
	const line = 4 * width,
		raw = new Uint8Array(height * (line + 1));
	for (let row = 0; row < height; row++) raw.set(bytes.subarray(line * row, line * (row + 1)), row * (line + 1) + 1);
	const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
	const head = new DataView(new ArrayBuffer(13));
	head.setUint32(0, width);
	head.setUint32(4, height);
	head.setUint16(8, 0x0806);
	const chunk = (name, data) => {
		const out = new Uint8Array(data.byteLength + 12),
			view = new DataView(out.buffer);
		view.setUint32(0, data.byteLength);
		out.set(new TextEncoder().encode(name), 4);
		out.set(new Uint8Array(data), 8);
		view.setUint32(out.length - 4, crc(out.subarray(4, -4)));
		return out;
	};
	const data = await new Response(packed).arrayBuffer();
	const chunks = [chunk("IHDR", head.buffer), chunk("IDAT", data), chunk("IEND", new ArrayBuffer(0))];
	return new Blob([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), ...chunks], { type: "image/png" });
};

function crc(bytes) {
	let sum = ~0;
	for (const byte of bytes) {
		sum ^= byte;
		for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return ~sum >>> 0;
}
