import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./page.mjs";

const { cardOf, comparison } = load(["unpack.js", "dom.js", "card.js"]);

/* Parcel 0 is ranked, parcel 1 excluded; 100 acres, of which a floodway takes 25. */
function model(changes = {}) {
	const criterion = (label, middle) => ({
		...{ label, block: label[0], note: "", mark: "", tint: "#000", weight: 0.5 },
		values: () => [middle, middle, middle],
		text: (i) => (i ? "not computed (flood)" : `${middle} m`),
	});
	const land = { gross: 1000, cut0: -250, usable: 750, largest: 0 };
	const falls = [
		["Gross", "gross"],
		["minus floodway", "cut0"],
		["Usable", "usable"],
		["Largest piece", "largest"],
	];
	const texts = { measured0: "9 m", together: "60.0 (+10.00)", sections1: "one\ntwo" };
	return {
		about: { decimals: 1 },
		details_: { falls, published: [{ label: "Use", at: () => "" }], sections: ["Overrides", "Records"] },
		said: (name) => texts[name] ?? "",
		whole: (name) => land[name] ?? null,
		...{ live: false, weighted: false, order: [0], rank: [1, 0], status: [0, 2], study: { rank: [1, 0] } },
		criteria: [criterion("a", 100), criterion("b", 20)],
		contributions: (i) => (i ? [null, null] : [2, -1]),
		reasons: [{ name: "flood", why: "It floods." }],
		...{ id: (i) => `P-${i}`, points: (i) => (i ? null : 60), tier: (i) => (i ? "" : "high") },
		...{ range: () => [55, 65], ranks: () => null, reasonsOf: (i) => (i ? ["flood"] : []), inside: () => [32, -111] },
		...changes,
	};
}

test("a ranked parcel: figures, words, bars that start where the one before ended", () => {
	const card = plain(cardOf(model(), 0));
	const figures = { rank: "1", of: "1", ranks: "", score: "60.0", range: "between 55.0 and 65.0", tier: "high" };
	assert.deepEqual(card.ranked, figures);
	assert.deepEqual([card.ahead, card.behind, card.together], ["a (+2.0)", "b (−1.0)", "60.0 (+10.00)"]);
	assert.deepEqual(card.sections, [{ title: "Records", lines: ["one", "two"] }]);
	assert.deepEqual(
		card.waterfall.steps.map(({ label, said, bar }) => [label, said, bar.from, bar.to]),
		[
			["Gross", "100.0 acre", 0, 1],
			["minus floodway", "−25.0 acre", 0.75, 1],
			["Usable", "75.0 acre", 0, 0.75],
		],
	);
	assert.deepEqual(plain(cardOf(model(), 0).criteria.map(({ head, change, ahead }) => [head, change, ahead.to])), [
		["a", "+2.0", 1],
		["b", "−1.0", 0.25],
	]);
	assert.deepEqual(card.published, [{ label: "Use", text: "–" }]);
});

test("an excluded parcel: why, what was measured, what was not computed", () => {
	const card = plain(cardOf(model(), 1));
	assert.deepEqual(card.alone, { status: "Excluded", would: false });
	assert.equal(card.ranked, 0);
	assert.deepEqual(card.reasons.lines, [{ name: "flood", more: "Measured: 9 m. It floods." }]);
	assert.deepEqual([card.out, card.left, card.criteria], ["flood", "a, b", []]);
});

test("under moved weights it is live, and nothing of the study's is claimed", () => {
	const card = plain(cardOf(model({ live: true, weighted: true }), 0));
	assert.deepEqual([card.live, card.together, card.moved], ["1", false, true]);
});

test("side by side: the best of each criterion, pieces of weight x value", () => {
	const { cards, rows } = comparison(model(), [0, 1]);
	assert.deepEqual(plain(cards.map(({ id, rank, usable }) => [id, rank, usable])), [
		["P-0", "1", "75.0 acre"],
		["P-1", "excluded", "75.0 acre"],
	]);
	assert.deepEqual(plain(cards[0].rows.map(({ part }) => part)), [0.5, 0.1]);
	assert.equal(rows[1].label, "b");
	assert.equal(rows[1].cells[0].best, "20 m");
});
