import assert from "node:assert/strict"
import { test } from "node:test"
import { load, plain } from "./page.mjs"

const { colourings, legend } = load(["unpack.js", "dom.js", "legend.js"])

const names = number => Array.from({ length: number }, (_, k) => `class ${k}`)
const about = {
	ways: [
		{ key: "score", cuts: [50, 70], names: names(3), colours: ["#000", "#111", "#222"] },
		{ key: "rank", cuts: [0, 1, 1e9], names: names(4), colours: [] },
		{ key: "p_top_k", cuts: [1e-9, 0.5], names: names(3) },
		{ key: "reason", classes: [1, 0], names: names(4) },
		{ key: ":slope", cuts: [0, 0.5], names: names(3) }
	]
}
/* Four parcels; the third has no score, no rank in the study and no value. */
const model = {
	...about,
	...{ study: { rank: [2, 1, 0, 3] }, rank: [1, 2, 3, 3] },
	points: i => [70, 60, null, 49.9][i],
	pTopK: i => [0.5, 0.1, null, 0][i],
	...{ reasons: [{ name: "flood" }, { name: "tribal" }], firstReason: i => [0, 1, -1, -1][i] },
	criteria: [{ name: "slope", value: i => [1, 0, -1, 0.25][i] }],
	histogram: bins => Uint32Array.from({ length: bins }, (_, k) => (k === 30 ? 4 : k === 31 ? 1 : 0))
}
const ways = colourings(model)
const classes = (key, kind = "of") => [0, 1, 2, 3].map(i => ways.get(key)[kind](i))

test("a parcel belongs to the class of as many cuts as its number reaches", () => {
	assert.deepEqual(classes("score"), [2, 1, 0, 0])
	assert.deepEqual(classes("rank"), [2, 0, 3, 1])
	assert.deepEqual(classes("p_top_k"), [2, 1, 0, 0])
	assert.deepEqual(classes(":slope"), [2, 1, 0, 1])
})

test("the first reason of the study decides; a reason of the reader is another one", () => {
	assert.deepEqual(classes("reason", "out"), [1, 0, 2, 2])
	assert.deepEqual(classes("reason"), [3, 3, 3, 3])
})

test("the legend has the highest class first, with bars against the fullest in steps of 2 %", () => {
	const { rows } = plain(legend(model, ways.get("score"), [5, 0, 1234]))
	assert.deepEqual(rows[0], { name: "class 2", tint: "#222", to: 1, number: 1234 })
	assert.deepEqual([rows[1].to, rows[2].to], [0, 0.02])
})

test("the histogram has the colours of the score where these are shown", () => {
	const { bars, title } = plain(legend(model, ways.get("score"), [0, 0, 0]))
	assert.deepEqual([bars[30].tint, bars[30].to, bars[31].to, bars[0].to], ["#111", 1, 0.26, 0])
	assert.equal(title, "Scores of the ranked parcels; most have 60 to 62.")
	assert.equal(plain(legend(model, ways.get("rank"), [0, 0, 0, 0])).bars[30].tint, undefined)
})
