import assert from "node:assert/strict"
import { test } from "node:test"
import { load } from "./page.mjs"

const { count, percent, join, signed } = load(["dom.js"])

test("numbers as people read them", () => {
	assert.deepEqual([count(1234567), count(12.3, 1), count(0, 1)], ["1,234,567", "12.3", "0.0"])
	assert.deepEqual([percent(0.125, 1), percent(1), percent(NaN)], ["12.5 %", "100 %", ""])
	assert.deepEqual([signed(2.345, 1), signed(-0.04, 1), signed(-2, 0), signed(NaN, 1)], ["+2.3", "0", "−2", "–"])
	assert.equal(join(["a", "", null, "b"]), "a · b")
})
