/* Reading what Python packed, and how quantities are worded. */

const decoder = new TextDecoder() // making one takes longer than decoding an id

/* Named columns, as siting/maps/segment.py writes them, each decoded once. */
const segmentOf = async packed => {
	const bytes = new Uint8Array(await (await siting.gunzip(packed)).arrayBuffer())
	const text = (from, to) => decoder.decode(bytes.subarray(from, to))
	const body = 4 + new DataView(bytes.buffer).getUint32(0, true)
	const head = JSON.parse(text(4, body))
	const read = {}
	const at = name => body + head[name][3]
	const ints = name => head[name] && (read[name] ??= numbers(bytes.subarray(at(name)), ...head[name]))
	const end = (name, i) => at(name) + (i < 0 ? 0 : ints(`${name}.end`)[i])
	return {
		ints,
		json: name => head[name] && (read[name] ??= JSON.parse(text(at(name), at(name) + head[name][1]))),
		text: (name, i) => text(end(name, i - 1), end(name, i))
	}
}

/* Numbers from byte planes: whole (u), in zigzag (z), differences (d; h: modulo 2^16), floats (f). */
function numbers(bytes, kind, count, width, _, decimals) {
	if (kind === "f") {
		const planes = new Uint8Array(8 * count).map((__, i) => bytes[(i % 8) * count + (i >> 3)])
		return new Float64Array(planes.buffer)
	}
	const out = new Int32Array(count)
	for (let k = 0; k < width; k++) for (let i = 0; i < count; i++) out[i] |= bytes[k * count + i] << (8 * k)
	const [chained, mask] = [kind !== "z", kind === "h" ? 0xffff : -1]
	for (let i = 0, last = 0; i < count && kind !== "u"; i++) {
		const one = (out[i] >>> 1) ^ -(out[i] & 1)
		out[i] = last = chained ? (last + one) & mask : one
	}
	return decimals ? new Float64Array(out).map(x => x / 10 ** decimals) : out
}

/* Vertices, starts of rings and shapes (siting/maps/grid.py), boxes (west > east: empty). */
const gridShapes = (read, name, grid) => {
	const [x, y, ring, shape] = ["x", "y", "ring", "shape"].map(part => read.ints(`${name}.${part}`))
	const box = new Int32Array(4 * (shape.length - 1)).map((_, k) => (k & 2 ? -1 : 2 ** 31 - 1))
	for (let s = 0; s + 1 < shape.length; s++)
		for (let v = ring[shape[s]]; v < ring[shape[s + 1]]; v++) {
			box[4 * s] = Math.min(box[4 * s], x[v])
			box[4 * s + 1] = Math.min(box[4 * s + 1], y[v])
			box[4 * s + 2] = Math.max(box[4 * s + 2], x[v])
			box[4 * s + 3] = Math.max(box[4 * s + 3], y[v])
		}
	return { ...grid, x, y, ring, shape, box }
}

const degrees = ({ west, north, step }, x, y) => {
	const down = (0.5 - north - y * step) * 2 * Math.PI
	return [(Math.atan(Math.exp(down)) * 360) / Math.PI - 90, (west + x * step) * 360 - 180]
}

/* As Python rounds; a tie is an odd multiple of half of 2^-p. */
const rounded = (x, p) => {
	const tied = (Math.abs(x) * 2 ** (p + 1)) % 2 === 1
	return (tied ? (2 * Math.round((x * 10 ** p) / 2)) / 10 ** p : x).toFixed(p)
}

/* A quantity for people, as siting/ranking/words.py words it. */
const quantity = (number, unit) => {
	const shown = (x, p, of) => {
		const fixed = Number(rounded(x, p)) || 0 // not -0
		return `${fixed.toLocaleString("en-US", { maximumFractionDigits: p })} ${of}`.trim()
	}
	const metres = { m: 1, km: 1000 }[unit] * number
	const size = Math.abs(metres || number)
	if (isNaN(metres)) {
		const places = size >= 1 ? 4 - rounded(size, 0).length : size && 3 - Math.floor(Math.log10(size))
		return shown(number, Math.min(12, Math.max(0, places)), unit)
	}
	return size >= 999.5 ? shown(metres / 1000, 2, "km") : shown(metres, size >= 9.95 ? 0 : 1, "m")
}
