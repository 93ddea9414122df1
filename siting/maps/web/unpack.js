/* siting: reading what Python packed, and how quantities are worded. */

/* Named columns, as siting/maps/segment.py writes them, each decoded once. */
siting.segment = async (text) => {
	const buffer = await (await siting.gunzip(text)).arrayBuffer();
	const parsed = (at, length) => JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, at, length)));
	const length = new DataView(buffer).getUint32(0, true);
	const head = parsed(4, length),
		read = {};
	const at = (name) => 4 + length + head[name][3];
	return {
		has: (name) => name in head,
		json: (name) => (read[name] ??= parsed(at(name), head[name][1])),
		ints: (name) => (read[name] ??= numbers(new Uint8Array(buffer, at(name)), ...head[name])),
	};
};

/* Numbers from byte planes: whole ones (u), signed ones in zigzag (z), their differences (d), or floats (f). */
function numbers(bytes, kind, count, width, _, decimals) {
	if (kind === "f") {
		const out = new Uint8Array(8 * count);
		for (let k = 0, at = 0; k < 8; k++) for (let i = k; i < out.length; i += 8) out[i] = bytes[at++];
		return new Float64Array(out.buffer);
	}
	const unsigned = [, Uint8Array, Uint16Array, Uint32Array, Uint32Array][width];
	const out = new ((kind === "u" ? unsigned : width < 4 && Int32Array) || Float64Array)(count);
	for (let k = 0, at = 0; k < width; k++) for (let i = 0, unit = 256 ** k; i < count; i++) out[i] += bytes[at++] * unit;
	if (kind !== "u") {
		for (let i = 0, last = 0; i < count; i++) {
			const half = Math.floor(out[i] / 2);
			out[i] = last + (out[i] > 2 * half ? -half - 1 : half);
			if (kind === "d") last = out[i];
		}
	}
	return decimals ? Float64Array.from(out, (x) => x / 10 ** decimals) : out;
}

/* Outlines on the grid of siting/maps/grid.py: vertices, where rings and shapes start, boxes (west > east: empty). */
siting.gridShapes = (read, name, grid) => {
	const [x, y, ring, shape] = ["x", "y", "ring", "shape"].map((part) => read.ints(`${name}.${part}`));
	const box = new Int32Array(4 * (shape.length - 1));
	for (let b = 0; b < box.length; b += 4) {
		let west = 2 ** 31 - 1,
			north = west,
			east = -1,
			south = -1;
		for (let v = ring[shape[b / 4]]; v < ring[shape[b / 4 + 1]]; v++) {
			if (x[v] < west) west = x[v];
			if (x[v] > east) east = x[v];
			if (y[v] < north) north = y[v];
			if (y[v] > south) south = y[v];
		}
		box[b] = west;
		box[b + 1] = north;
		box[b + 2] = east;
		box[b + 3] = south;
	}
	return { ...grid, x, y, ring, shape, box };
};

siting.latitude = (y) => (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;

/* A number to p decimals, ties to even, as Python's format rounds. */
siting.rounded = (x, p) => {
	const size = Math.abs(x),
		long = size.toFixed(p + 25);
	let text = size.toFixed(p);
	if (/50{24}$/.test(long) && /[13579]$/.test(text)) text = long.slice(0, -25).replace(/\.$/, "");
	return x < 0 ? `-${text}` : text;
};

/* The same with thousands set apart, without zeros at the end. */
const fixed = (x, p) => (Number(siting.rounded(x, p)) || 0).toLocaleString("en-US", { maximumFractionDigits: p });

/* A quantity for people, as siting/ranking/words.py words it. */
siting.quantity = (number, unit) => {
	const metres = { m: 1, km: 1000 }[unit] * number;
	const size = Math.abs(metres || number);
	if (!Number.isNaN(metres))
		return size >= 999.5 ? `${fixed(metres / 1000, 2)} km` : `${fixed(metres, size >= 9.95 ? 0 : 1)} m`;
	const digits = size >= 1 ? siting.rounded(size, 0).length : 0;
	const places = size >= 1 || !size ? Math.max(0, 4 - digits) : Math.min(12, 3 - Math.floor(Math.log10(size)));
	return `${fixed(number, places)} ${unit.replace(/^([kMG]W)p$/, "$1 peak")}`.trim();
};
