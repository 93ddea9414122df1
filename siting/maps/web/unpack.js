/* siting: reading what Python packed, and how quantities are worded. */

/* Named columns, as siting/maps/segment.py writes them, each decoded once. */
siting.segment = async (packed) => {
	const buffer = await (await siting.gunzip(packed)).arrayBuffer();
	const decoder = new TextDecoder();
	const text = (at, length) => decoder.decode(new Uint8Array(buffer, at, length));
	const length = new DataView(buffer).getUint32(0, true);
	const head = JSON.parse(text(4, length)),
		read = {};
	const at = (name) => 4 + length + head[name][3];
	const ints = (name) => (read[name] ??= numbers(new Uint8Array(buffer, at(name)), ...head[name]));
	const start = (name, i) => at(name) + (i && ints(`${name}.end`)[i - 1]);
	return {
		ints,
		has: (name) => name in head,
		json: (name) => (read[name] ??= JSON.parse(text(at(name), head[name][1]))),
		text: (name, i) => text(start(name, i), start(name, i + 1) - start(name, i)),
	};
};

/* Numbers from byte planes: whole (u), in zigzag (z), differences (d; h: of 16 bits), beyond 32 bits (uw, zw, dw), floats
   (f). */
function numbers(bytes, kind, count, width, _, decimals) {
	const wide = kind[1] === "w";
	if (kind === "f") {
		const out = new Uint8Array(8 * count);
		for (let k = 0, at = 0; k < 8; k++) for (let i = k; i < out.length; i += 8) out[i] = bytes[at++];
		return new Float64Array(out.buffer);
	}
	const out = new (wide ? Float64Array : Int32Array)(count);
	out.set(bytes.subarray(0, count));
	for (let k = 1; k < width; k++) (wide ? addFar : add)(out, bytes.subarray(k * count), 8 * k);
	if (kind[0] !== "u") (wide ? unfoldFar : unfold)(out, kind[0] !== "z");
	const short = { u1: Uint8Array, u2: Uint16Array, h1: Uint16Array, h2: Uint16Array }[kind + width];
	const whole = short ? new short(out) : kind === "u" ? new Uint32Array(out.buffer) : out;
	return decimals ? Float64Array.from(whole, (x) => x / 10 ** decimals) : whole;
}

/* A loop for each type of array is several times faster. */
function add(out, plane, shift) {
	for (let i = 0; i < out.length; i++) out[i] |= plane[i] << shift;
}
function addFar(out, plane, shift) {
	for (let i = 0; i < out.length; i++) out[i] += plane[i] * 2 ** shift;
}
function unfold(out, add) {
	for (let i = 0, last = 0; i < out.length; i++) {
		const one = (out[i] >>> 1) ^ -(out[i] & 1);
		out[i] = last = add ? (last + one) | 0 : one;
	}
}
function unfoldFar(out, add) {
	for (let i = 0, last = 0; i < out.length; i++) {
		const half = Math.floor(out[i] / 2);
		out[i] = last = (add ? last : 0) + (out[i] > 2 * half ? -half - 1 : half);
	}
}

/* Outlines on the grid of siting/maps/grid.py: vertices, where rings and shapes start, boxes (west > east: empty). */
siting.gridShapes = (read, name, grid) => {
	const [x, y, ring, shape] = ["x", "y", "ring", "shape"].map((part) => read.ints(`${name}.${part}`));
	const box = new Int32Array(4 * (shape.length - 1));
	for (let s = 0; s < shape.length - 1; s++) {
		const end = ring[shape[s + 1]];
		let west = 2 ** 31 - 1,
			north = west,
			east = -1,
			south = -1;
		for (let v = ring[shape[s]]; v < end; v++) {
			if (x[v] < west) west = x[v];
			if (x[v] > east) east = x[v];
			if (y[v] < north) north = y[v];
			if (y[v] > south) south = y[v];
		}
		box[4 * s] = west;
		box[4 * s + 1] = north;
		box[4 * s + 2] = east;
		box[4 * s + 3] = south;
	}
	return { ...grid, x, y, ring, shape, box };
};

siting.latitude = (y) => (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;

/* To p decimals, ties to even, as Python rounds. */
siting.rounded = (x, p) => {
	const size = Math.abs(x),
		long = size.toFixed(p + 25);
	let text = size.toFixed(p);
	if (/50{24}$/.test(long) && /[13579]$/.test(text)) text = long.slice(0, -25).replace(/\.$/, "");
	return x < 0 ? `-${text}` : text;
};

/* With thousands set apart, without zeros at the end. */
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
