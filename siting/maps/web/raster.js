/* siting: outlines on the grid become a buffer of numbers; no canvas is involved, so node can test it. */
const MOST = 1 << 20; // crossings that are held at a time
const cross = new Float64Array(MOST);

/* Fill `ids` with 1 + the number of each of the shapes in `rows`, later ones on top: even-odd, by the centre of a pixel.
   A grid vertex (x, y) lies at pixel (scale x + left, scale y + top). What is too small for that takes, in the end, a
   square of `side` pixels around its middle; what is wider and higher than `wide` pixels gets a 1 in `large`. */
siting.raster = ({ x, y, ring, shape, box }, rows, view, side = 1) => {
	const { ids, width, height, scale, left, top, large, wide } = view;
	const held = new Int32Array(height); // crossings of each row of pixels
	const small = [],
		least = (side + 2) / 2;
	for (const i of rows) {
		const b = 4 * i;
		const west = scale * box[b] + left,
			east = scale * box[b + 2] + left;
		const north = scale * box[b + 1] + top,
			south = scale * box[b + 3] + top;
		if (west > east || east < 0 || south < 0 || west >= width || north >= height) continue;
		large[i + 1] = east - west > wide && south - north > wide;
		if (east - west < least && south - north < least) {
			small.push(i);
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
					const slope = (bx - ax) / (by - ay);
					for (; row < end; row++) cross[(row - from) * room + held[row]++] = ax + (row - ay) * slope;
					ax = bx;
					ay = by;
				}
			}
			for (let row = from; row < to; row++) fill(ids, row * width, width, (row - from) * room, held[row], i + 1);
		}
	}
	for (const i of small) {
		const middle = (k) => Math.floor((scale * (box[4 * i + k] + box[4 * i + k + 2]) - side + 1) / 2 + (k ? top : left));
		const from = Math.max(0, middle(0)),
			to = Math.min(width, middle(0) + side);
		for (let row = Math.max(0, middle(1)); from < to && row < Math.min(height, middle(1) + side); row++)
			ids.fill(i + 1, row * width + from, row * width + to);
	}
};

/* The pixels of a row between its crossings, which are sorted on the way. */
function fill(ids, line, width, start, count, id) {
	for (let u = start + 1; u < start + count; u++) {
		const value = cross[u];
		let w = u;
		for (; w > start && cross[w - 1] > value; w--) cross[w] = cross[w - 1];
		cross[w] = value;
	}
	for (let u = start; u + 1 < start + count; u += 2) {
		let from = Math.max(0, Math.ceil(cross[u] - 0.5));
		const to = Math.min(width, Math.ceil(cross[u + 1] - 0.5));
		if (to - from > 24) ids.fill(id, line + from, line + to);
		else for (; from < to; from++) ids[line + from] = id;
	}
}

/* Colours of a buffer: table[id], or hatch[id] on every eighth diagonal; where a large one ends, darker. */
siting.paint = ({ ids, pixels, width, height, large }, table, hatch) => {
	for (let row = 0, p = 0; row < height; row++) {
		const below = row + 1 < height ? width : 0;
		for (let column = 0; column < width; column++, p++) {
			const id = ids[p];
			let colour = (column + row) & 7 ? table[id] : hatch[id];
			if (large[id] && ((column + 1 < width && ids[p + 1] !== id) || ids[p + below] !== id))
				colour = (colour & 0xff000000) | ((colour >>> 1) & 0x7f7f7f);
			pixels[p] = colour;
		}
	}
};

/* A PNG of pixels (RGBA, four bytes each), without a canvas: read-back would be noise in some browsers. */
siting.png = async (bytes, width, height) => {
	const line = 4 * width,
		raw = new Uint8Array(height * (line + 1));
	for (let row = 0; row < height; row++) raw.set(bytes.subarray(line * row, line * (row + 1)), row * (line + 1) + 1);
	const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
	const chunk = (name, data) => {
		const out = new Uint8Array(data.length + 12),
			view = new DataView(out.buffer);
		view.setUint32(0, data.length);
		out.set(new TextEncoder().encode(name), 4);
		out.set(data, 8);
		view.setUint32(out.length - 4, crc(out.subarray(4, -4)));
		return out;
	};
	const head = chunk("IHDR", [...[width, height].flatMap((size) => [0, 0, size >> 8, size & 255]), 8, 6, 0, 0, 0]);
	const body = chunk("IDAT", new Uint8Array(await new Response(packed).arrayBuffer()));
	const start = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
	return new Blob([start, head, body, chunk("IEND", [])], { type: "image/png" });
};

function crc(bytes) {
	let sum = ~0;
	for (const byte of bytes) {
		sum ^= byte;
		for (let k = 0; k < 8; k++) sum = (sum >>> 1) ^ (sum & 1 && 0xedb88320);
	}
	return ~sum;
}
