/* Reading, scoring and drawing without a browser; cases come from Python (tests/maps/test_web_engine.py). */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import test from "node:test"

import { load, plain } from "./page.mjs"

const cases = JSON.parse(readFileSync(process.env.SITING_CASES, "utf8"))
const siting = load(["gunzip.js", "unpack.js", "raster.js", "model.js"], { performance })

test("columns come back as Python packed them", async () => {
	const read = await siting.segmentOf(cases.segment.text)
	for (const [name, numbers] of Object.entries(cases.segment.ints))
		assert.deepEqual(plain(Array.from(read.ints(name))), numbers, name)
	for (const [name, content] of Object.entries(cases.segment.json))
		assert.deepEqual(plain(read.json(name)), content, name)
	for (const [name, texts] of Object.entries(cases.segment.texts))
		for (const [i, text] of texts.entries()) assert.equal(read.text(name, i), text)
	assert.equal(read.ints("never"), undefined)
	assert.equal(read.ints("bytes"), read.ints("bytes")) // decoded once
})

test("quantities read as in an explanation", () => {
	for (const [number, unit, text] of cases.quantities)
		assert.equal(siting.quantity(number, unit), text, `${number} ${unit}`)
})

test("numbers are rounded once, ties to even", () => {
	for (const [number, places, text] of cases.rounded) assert.equal(siting.rounded(number, places), text)
})

test("the table of logarithms is Python's", () => {
	assert.deepEqual(plain(Array.from(siting.logarithms(0.05))), cases.logarithms)
})

test("exponentials are Python's to the last bit", () => {
	assert.deepEqual(
		cases.exponentials.map(([x]) => siting.exponential(x)),
		cases.exponentials.map(([, y]) => y)
	)
})

test("what each criterion does, and the score, are Python's to the last bit", async () => {
	let model
	for (const { segments, weights, parcels } of cases.live) {
		if (segments) {
			const document = { getElementById: id => ({ textContent: segments[id.replace("view_", "")] }) }
			model = await load(["gunzip.js", "unpack.js", "raster.js", "model.js"], { document, setTimeout }).modelOf("view")
			await model.details()
		}
		model.setState(weights)
		for (const [id, parts, score] of parcels) {
			const i = model.ids.indexOf(id)
			const told = model.leaves.map(({ criteria }) => criteria.reduce((sum, j) => sum + model.contributions(i)[j], 0))
			assert.deepEqual(
				plain(told),
				parts.map(part => part + 0), // of -0 and 0
				id
			)
			assert.equal(model.score[i], score, id)
		}
	}
})

const square = rings => ({
	x: Int32Array.from(rings.flat().map(p => p[0])),
	y: Int32Array.from(rings.flat().map(p => p[1])),
	ring: Int32Array.from([0, ...rings.map((_, k) => rings.slice(0, k + 1).flat().length)]),
	shape: Int32Array.from([0, rings.length]),
	box: Int32Array.from(
		[0, 1].flatMap(side => [0, 1].map(axis => Math[side ? "max" : "min"](...rings.flat().map(p => p[axis]))))
	)
})
const drawn = (shapes, width, height, scale = 1, left = 0, top = 0) => {
	const [ids, flips] = [new Int32Array(width * height), new Uint8Array(width * height)],
		large = new Uint8Array(2)
	siting.raster(shapes, [0], { ids, flips, width, height, scale, left, top, large, wide: 5 })
	assert.ok(!flips.some(Boolean))
	return Array.from({ length: height }, (_, row) => Array.from(ids.subarray(row * width, (row + 1) * width)).join(""))
}

test("a square with a hole fills the pixels whose centres it holds", () => {
	const shapes = square([
		[
			[1, 1],
			[6, 1],
			[6, 5],
			[1, 5]
		],
		[
			[2, 2],
			[2, 4],
			[4, 4],
			[4, 2]
		]
	])
	assert.deepEqual(drawn(shapes, 7, 6), ["0000000", "0111110", "0100110", "0100110", "0111110", "0000000"])
})

test("what lies outside is cut off, and a shape of less than a pixel claims one", () => {
	const shapes = square([
		[
			[0, 0],
			[100, 0],
			[100, 100],
			[0, 100]
		]
	])
	assert.deepEqual(drawn(shapes, 3, 2, 1, -50, -50), ["111", "111"])
	assert.deepEqual(drawn(shapes, 3, 2, 0.001, 1.95, 0.95), ["000", "001"])
	assert.deepEqual(drawn(shapes, 3, 2, 1, 50, 50), ["000", "000"])
})

test("a half pixel's edge belongs to one side only", () => {
	const left = drawn(
		square([
			[
				[0, 0],
				[5, 0],
				[5, 4],
				[0, 4]
			]
		]),
		5,
		2,
		0.5
	)
	const right = drawn(
		square([
			[
				[5, 0],
				[10, 0],
				[10, 4],
				[5, 4]
			]
		]),
		5,
		2,
		0.5
	)
	assert.deepEqual(
		[left, right],
		[
			["11000", "11000"],
			["00111", "00111"]
		]
	)
})

test("excluded parcels are hatched, and borders of large ones are darker", () => {
	const ids = Int32Array.from([1, 1, 2, 2])
	const painted = large => {
		const pixels = new Uint32Array(4)
		siting.paint({ ids, pixels, width: 4, height: 1, large }, [0, 0xff808080, 0xff404040], [0, 0xffffffff, 0xff404040])
		return plain(Array.from(pixels, c => c.toString(16)))
	}
	assert.deepEqual(painted([0, 1, 1]), ["ffffffff", "ff404040", "ff404040", "ff404040"])
	assert.deepEqual(painted([0, 0, 1]), ["ffffffff", "ff808080", "ff404040", "ff404040"]) // too small for a border
})

test("a browser that cannot unpack is told which ones can", async () => {
	const old = load(["gunzip.js", "unpack.js"], { DecompressionStream: undefined })
	await assert.rejects(() => old.segmentOf("H4sI"), {
		message: "This browser cannot unpack the map. Chrome 123, Firefox 120, Safari 17.5 or newer can."
	})
})
