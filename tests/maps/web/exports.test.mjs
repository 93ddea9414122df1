import assert from "node:assert/strict"
import { test } from "node:test"
import { load } from "./page.mjs"

const { csv, yaml } = load(["dom.js", "exports.js"])

test("no cell is a formula", () => {
	const row = ["=1+1", "-5", "+5.5e3", "@x", "\tx", "'=x", "-x", 'a "b", c', "", null, -5, NaN, 0]
	const want = `"'=1+1","-5","+5.5e3","'@x","'\tx","''=x","'-x","a ""b"", c",,,-5,,0\r\n`
	assert.equal(csv([row]), want)
})

test("weights are a section of a study", () => {
	const text = yaml({ comment: "of the map", shares: { power: 0.625, "power.lines": 1 / 3, true: 1 } })
	const lines = '    "power": 0.625000\n    "power.lines": 0.333333\n    "true": 1.00000\n'
	assert.equal(text, `# of the map\nweight_sets:\n  from_the_map:\n${lines}`)
})
