import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./page.mjs";

const { cardOf, comparison } = load(["unpack.js", "dom.js", "card.js"]);

/* Parcel 0 is ranked, parcel 1 excluded; 100 acres, of which a floodway takes 25. */
function model(changes = {}) {
	const criterion = (label, by, middle) => ({
		...{ label, block: label[0], note: "", mark: "", tint: "#000", weight: 0.5 },
		contribution: (i) => (i ? null : by),
		values: () => ({ low: middle, middle, high: middle }),
		text: (i) => (i ? "not computed (flood)" : `${middle} m`),
	});
	const waterfall = { gross: 1000, cuts: [{ label: "floodway", area: 250 }], usable: 750, largest: null };
	const card = { published: [["Use", ""]], measured: { flood: "9 m" }, missing: [], nearest: [], sections: [] };
	return {
		about: { decimals: 1, median: 50, contribution: "points" },
		...{ live: false, state: {}, order: [0], rank: [1, 0], status: [0, 2], study: { rank: [1, 0] } },
		criteria: [criterion("a", 2, 100), criterion("b", -1, 20)],
		reasons: [{ name: "flood", why: "It floods." }],
		card: () => ({ ...card, waterfall, central: 600, change: 1000 }),
		...{ id: (i) => `P-${i}`, points: (i) => (i ? null : 60), tier: (i) => (i ? "" : "high") },
		...{ range: () => [55, 65], ranks: () => null, reasonsOf: (i) => (i ? ["flood"] : []), inside: () => [32, -111] },
		...changes,
	};
}

test("a ranked parcel: figures, words, bars that start where the one before ended", () => {
	const card = plain(cardOf(model(), 0));
	assert.deepEqual(
		card.figures.map(({ text, range }) => [text, range]),
		[
			["1", ""],
			["60.0", "between 55.0 and 65.0"],
			["high", undefined],
		],
	);
	assert.equal(card.words, "Ahead through a (+2.0); behind through b (−1.0).");
	assert.equal(card.together, "A parcel of median values scores 50.0; together they make it 60.0 (+10.00).");
	assert.deepEqual(
		card.waterfall.steps.map(({ label, said, bar }) => [label, said, bar.from, bar.to]),
		[
			["Gross", "100.0 acre", 0, 1],
			["minus floodway", "−25.0 acre", 0.75, 1],
			["Usable", "75.0 acre", 0, 0.75],
		],
	);
	assert.deepEqual(
		card.criteria.blocks.map(({ block, rows }) => [block, rows[0].change, rows[0].ahead.to]),
		[
			["a", "+2.0", 1],
			["b", "−1.0", 0.25],
		],
	);
	assert.deepEqual(card.published, [{ label: "Use", text: "–" }]);
});

test("an excluded parcel: why, what was measured, what was not computed", () => {
	const card = plain(cardOf(model(), 1));
	assert.deepEqual(card.alone, { status: "Excluded", would: "" });
	assert.deepEqual(card.figures, []);
	assert.deepEqual(card.reasons.lines, [{ name: "flood", more: "Measured: 9 m. It floods." }]);
	assert.equal(card.out, "a, b");
});

test("under moved weights it is live, and nothing of the study's is claimed", () => {
	const card = plain(cardOf(model({ live: true, state: { weights: { a: 1 } } }), 0));
	assert.deepEqual([card.live, card.together, card.criteria.moved], ["Rank 1 in the study.", "", true]);
});

test("side by side: the best of each criterion, pieces of weight x value", () => {
	const { heads, rows } = plain(comparison(model(), [0, 1]));
	assert.deepEqual(heads, ["P-0", "P-1"]);
	assert.deepEqual(rows[0].cells, [{ said: "1" }, { said: "excluded" }]);
	assert.deepEqual(
		rows[3].cells[0].stack.pieces.map(({ to }) => to),
		[0.5, 0.1],
	);
	assert.deepEqual(rows.at(-1).cells[0].best, "20 m");
});
