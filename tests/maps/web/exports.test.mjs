import assert from "node:assert/strict"
import { test } from "node:test"
import { load } from "./page.mjs"

const { csv, yaml } = load(["dom.js", "model.js", "exports.js"])

test("no cell is a formula", () => {
	const row = ["=1+1", "-5", "+5.5e3", "@x", "\tx", "'=x", "-x", 'a "b", c', "", null, -5, NaN, 0]
	const want = `"'=1+1","-5","+5.5e3","'@x","'\tx","''=x","'-x","a ""b"", c",,,-5,,0\r\n`
	assert.equal(csv([row]), want)
})

test("weights are a section of a study, those of a block as parts of it", () => {
	const groups = [
		{ path: "", members: ["power", "true"] },
		{ path: "power", members: ["power.lines", "power.gas"] }
	]
	const now = { power: 0, true: 30, "power.lines": 50, "power.gas": 100 }
	const text = yaml({ comment: "of the map", tree: { groups }, now })
	const block = '    "power": 0.00000\n    "true": 1.00000\n'
	const lines = `${block}    "power.lines": 0.333333\n    "power.gas": 0.666667\n`
	assert.equal(text, `# of the map\nweight_sets:\n  from_the_map:\n${lines}`)
})
