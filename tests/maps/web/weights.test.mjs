import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./page.mjs";

const { weighed, shares, places, asked } = load(["weights.js"]);

/* power 3 (lines 1, stations 2), land 1 (the worst of flood and slope), water 0 */
const leaf = (path, weight) => ({ path, weight });
const members = [
	{ path: "power", combine: "weighted_sum", members: [leaf("power.lines", 1), leaf("power.stations", 2)] },
	{ path: "land", combine: "worst", members: [leaf("land.flood", 1), leaf("land.slope", 1)] },
	leaf("water", 0),
];
const tree = { path: "", combine: "weighted_sum", members };
const own = { power: 3, "power.lines": 1, "power.stations": 2, land: 1, "land.flood": 1, "land.slope": 1, water: 0 };

test("shares multiply down the tree, and end where the worst decides", () => {
	const out = plain(shares(tree, own));
	assert.equal(out.power, 0.75);
	assert.equal(out["power.lines"], 0.25);
	assert.equal(out["power.stations"], 0.5);
	assert.equal(out.land, 0.25);
	assert.ok(Number.isNaN(out["land.flood"]));
	assert.equal(out.water, 0);
	assert.deepEqual(plain(weighed(tree).map(({ path }) => path)), ["", "power"]);
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
