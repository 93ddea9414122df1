import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./page.mjs";

const { shares, places, asked } = load(["weights.js"]);

/* power 3 (lines 1, stations 2), land 1, water 0 */
const groups = [
	{ path: "", members: ["power", "land", "water"] },
	{ path: "power", members: ["power.lines", "power.stations"] },
];
const tree = { groups };
const own = { power: 3, "power.lines": 1, "power.stations": 2, land: 1, water: 0 };

test("shares multiply down the tree, or down a block", () => {
	const whole = { power: 0.75, land: 0.25, water: 0, "power.lines": 0.25, "power.stations": 0.5 };
	assert.deepEqual(plain(shares(groups, own)), whole);
	assert.deepEqual(plain(shares(groups.slice(1), own)), { "power.lines": 1 / 3, "power.stations": 2 / 3 });
});

test("sliders hold hundredths of their group, and give the study's weights at their own place", () => {
	const at = plain(places(tree, own));
	assert.deepEqual(at, { power: 75, land: 25, water: 0, "power.lines": 100 / 3, "power.stations": 200 / 3 });
	const sliders = Object.entries(at).map(([path, value]) => ({ dataset: { path }, value: String(value) }));
	const given = new Map(sliders.map((one) => [one, one.value]));
	const now = () => plain(asked({ tree, own }, sliders, (one) => given.get(one)));
	assert.deepEqual(now(), own);
	sliders[0].value = "25";
	assert.equal(now().power, 1);
	assert.equal(now()["power.lines"], 1);
	for (const slider of sliders.slice(0, 3)) slider.value = "0";
	assert.deepEqual(now(), own);
});
