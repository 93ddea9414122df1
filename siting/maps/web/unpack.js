/* siting: reading what Python packed, and how quantities are worded. */

const decoder = new TextDecoder(); // one, since making one takes longer than decoding an id

/* Named columns, as siting/maps/segment.py writes them, each decoded once. */
siting.segment = async (packed) => {
	const bytes = new Uint8Array(await (await siting.gunzip(packed)).arrayBuffer());
	const text = (from, to) => decoder.decode(bytes.subarray(from, to));
	const body = 4 + new DataView(bytes.buffer).getUint32(0, true);
	const head = JSON.parse(text(4, body));
	const read = {};
	const at = (name) => body + head[name][3];
	const ints = (name) => (read[name] ??= numbers(bytes.subarray(at(name)), ...head[name]));
	const end = (name, i) => at(name) + (i < 0 ? 0 : ints(`${name}.end`)[i]);
	return {
		ints,
		has: (name) => name in head,
		json: (name) => (read[name] ??= JSON.parse(text(at(name), at(name) + head[name][1]))),
		text: (name, i) => text(end(name, i - 1), end(name, i)),
	};
};

const SHORT = { u1: Uint8Array, u2: Uint16Array, u3: Uint32Array, u4: Uint32Array, h1: Uint16Array, h2: Uint16Array };

/* Numbers from byte planes: whole (u), in zigzag (z), differences (d; h: modulo 2^16), beyond 31 bits (uw, zw, dw),
   floats (f). */
function numbers(bytes, kind, count, width, _, decimals) {
	if (kind === "f") {
		const planes = Uint8Array.from({ length: 8 * count }, (__, i) => bytes[(i % 8) * count + (i >> 3)]);
		return new Float64Array(planes.buffer);
	}
	const out = new (kind[1] ? Float64Array : Int32Array)(count);
	for (let k = 0; k < width; k++) add(out, bytes.subarray(k * count), 256 ** k);
	if (kind[0] !== "u") unfold(out, kind[0] !== "z");
	const Short = SHORT[kind + width];
	const whole = Short ? new Short(out) : out;
	return decimals ? new Float64Array(whole).map((x) => x / 10 ** decimals) : whole;
}

/* Tight loops of one step each are the fastest. */
function add(out, plane, unit) {
	for (let i = 0; i < out.length; i++) out[i] += plane[i] * unit;
}
function unfold(out, chained) {
	for (let i = 0, last = 0; i < out.length; i++) {
		const one = out[i] & 1 ? -(out[i] + 1) / 2 : out[i] / 2;
		out[i] = last = chained ? last + one : one;
	}
}

/* Outlines on the grid of siting/maps/grid.py: vertices, where rings and shapes start, boxes (west > east: empty). */
siting.gridShapes = (read, name, grid) => {
	const [x, y, ring, shape] = ["x", "y", "ring", "shape"].map((part) => read.ints(`${name}.${part}`));
	const box = new Int32Array(4 * (shape.length - 1));
	for (let s = 0; s < shape.length - 1; s++) {
		let [west, north, east, south] = [2 ** 31 - 1, 2 ** 31 - 1, -1, -1];
		for (let v = ring[shape[s]]; v < ring[shape[s + 1]]; v++) {
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
	const size = Math.abs(x);
	const long = size.toFixed(p + 25);
	const tied = /[02468]\.?50{24}$/.test(long); // an even digit, then exactly a half
	const text = tied ? long.slice(0, -25).replace(/\.$/, "") : size.toFixed(p);
	return x < 0 ? `-${text}` : text;
};

/* A quantity for people, as siting/ranking/words.py words it. */
siting.quantity = (number, unit) => {
	const metres = { m: 1, km: 1000 }[unit] * number;
	const size = Math.abs(metres || number);
	const shown = (x, p, of) => {
		const fixed = Number(siting.rounded(x, p)) || 0;
		return `${fixed.toLocaleString("en-US", { maximumFractionDigits: p })} ${of}`.trim();
	};
	if (size >= 999.5 && !Number.isNaN(metres)) return shown(metres / 1000, 2, "km");
	if (!Number.isNaN(metres)) return shown(metres, size >= 9.95 ? 0 : 1, "m");
	const places = size >= 1 ? 4 - siting.rounded(size, 0).length : size && 3 - Math.floor(Math.log10(size));
	return shown(number, Math.min(12, Math.max(0, places)), unit.replace(/^([kMG]W)p$/, "$1 peak"));
};
