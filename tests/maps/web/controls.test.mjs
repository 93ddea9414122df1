import assert from "node:assert/strict"
import { test } from "node:test"
import { load, plain } from "./page.mjs"

const { controlsOf, readHash, writeHash } = load(["controls.js"])

const box = (name, checked = true) => ({ type: "checkbox", name, checked, value: "on" })
const number = (name, value = "") => ({ type: "number", name, value })
const back = (controls, hash) => controls.restore(readHash(hash))

test("what is moved goes into a hash and comes back", () => {
	const make = () => [box("off:a & b=c#"), box("layer:roads", false), number("least:slope"), number("below:size", "80")]
	const [all, others] = [make(), make()]
	const [controls, other] = [controlsOf(all), controlsOf(others)]
	assert.equal(writeHash(controls.entries()), "")
	all[0].checked = false
	all[1].checked = true
	all[3].value = "10"
	back(other, writeHash(controls.entries()))
	assert.deepEqual(others, all)
	assert.deepEqual(plain([...other.table("below")]), [["size", 10]])
	assert.deepEqual(plain([...other.table("off").keys()]), ["a & b=c#"])
	back(other, "")
	assert.deepEqual(others, make())
})

test("names that no control has are ignored", () => {
	const all = [box("off:x"), number("least:y", "1")]
	const controls = controlsOf(all)
	back(controls, "#__proto__=1&constructor=2&off:toString=off&least:y:z=4&zzz=%E0%A4%A")
	assert.deepEqual(all, [box("off:x"), number("least:y", "1")])
	assert.equal({}.polluted, undefined)
})

test("a list takes its first entry for one it does not have", () => {
	const list = { type: "select-one", name: "colour", value: "score", selectedIndex: -1 }
	back(controlsOf([list]), "#colour=nothing")
	assert.equal(list.selectedIndex, 0)
})

test("a number that a browser does not take stays what was given", () => {
	const field = {
		...{ type: "number", name: "below:size", text: "80" },
		get value() {
			return this.text
		},
		set value(text) {
			this.text = /^-?[\d.]+(e\d+)?$/.test(text) ? text : ""
		}
	}
	const controls = controlsOf([field])
	for (const text of ["abc", "0x10", " ", "NaN"]) {
		back(controls, `#below:size=${text}`)
		assert.equal(field.value, "80", text)
	}
	back(controls, "#below:size=1e3")
	assert.equal(field.value, "1e3")
})

test("a hash without end is cut", () => {
	assert.equal([...readHash(`#${"n=a&".repeat(100000)}`)].length, 5000)
})

test("a number that is written otherwise is not moved", () => {
	const all = [number("below:size", "80")]
	const controls = controlsOf(all)
	all[0].value = "80.0"
	assert.deepEqual(plain(controls.entries()), [])
})
