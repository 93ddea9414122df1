import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./page.mjs";

const { state } = load(["dom.js", "state.js"]);

test("a state comes back as it was", () => {
	const given = {
		set: "the board & co=1",
		weights: new Map([
			["power", 30],
			["power.station", 2.5],
			["a:b#", 0],
		]),
		least: new Map([["slope", 12.5]]),
		off: ["tribal land", "flood, 100 years"],
		colour: "rank change",
		tiers: ["high", ""],
		blocks: new Map([["power", 0.5]]),
		area: new Map([["least", 10]]),
		parcel: "</script>'\"`${x}\u2028",
		pins: ["A-1", "B 2"],
		view: [32.12345, -110.5, 11.25],
	};
	const back = plain(state.read(`#${state.write(given)}`));
	assert.deepEqual(back, given);
});

test("the ordinary is the empty text", () => {
	assert.equal(state.write({ set: "", weights: new Map(), pins: [], area: [] }), "");
	assert.deepEqual(plain(state.read("")), {});
	assert.deepEqual(plain(state.read("#")), {});
});

test("what does not fit its kind is ignored", () => {
	const found = plain(
		state.read("#w=power:1e9&w=power:-&w=x:3&v=1_NaN_Infinity&__proto__=1&constructor=2&zzz=%E0%A4%A"),
	);
	assert.deepEqual(found.weights, new Map([["x", 3]]));
	assert.deepEqual(found.view, [1, undefined, undefined]);
	assert.deepEqual(Object.keys(found).sort(), ["view", "weights"]);
	assert.equal({}.polluted, undefined);
});

test("a hash without end is cut", () => {
	const found = state.read(`#${"n=a&".repeat(100000)}`);
	assert.equal(found.pins.length, 400);
});
