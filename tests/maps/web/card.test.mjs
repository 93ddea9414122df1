import assert from "node:assert/strict"
import { test } from "node:test"
import { load, plain } from "./page.mjs"

const { cardOf, comparison } = load(["unpack.js", "dom.js", "card.js"])

/* Parcel 0 is ranked, parcel 1 excluded; 100 acres, of which a floodway takes 25. */
function model(changes = {}) {
	const criterion = (label, middle) => ({
		...{ label, block: label[0], note: "", mark: "", tint: "#000", weight: 0.5 },
		values: () => Array(3).fill(middle / 100),
		said: () => String(middle / 100),
		text: i => (i ? "not computed (flood)" : `${middle} m`)
	})
	const land = { gross: 100, cut0: -25, usable: 75, largest: 0 }
	const falls = [
		["Gross", "gross", ""],
		["minus floodway", "cut0", "cut"],
		["Usable", "usable", "rest"],
		["Largest piece", "largest", "rest"]
	]
	const texts = { measured0: "Measured: 9 m.", together: "60.0 (+10.00)", sections1: "one\ntwo" }
	return {
		decimals: 1,
		details_: { falls, published: [{ label: "Use", at: () => "" }], sections: ["Overrides", "Records"] },
		said: name => texts[name] ?? "",
		whole: name => land[name] ?? NaN,
		...{ live: false, weighted: false, order: [0], rank: [1, 0], status: [0, 2], study: { rank: [1, 0] } },
		criteria: [criterion("a", 100), criterion("b", 20)],
		weight: ({ weight }) => weight,
		reasonsOf: i => (i ? [{ name: "flood", why: "It floods.", measured: "measured0" }] : []),
		contributions: i => (i ? [NaN, NaN] : [2, -1]),
		...{ id: i => `P-${i}`, points: i => (i ? null : 60), tier: i => (i ? "" : "high") },
		...{ range: () => [55, 65], ranks: () => null, inside: () => [32, -111] },
		...changes
	}
}

test("a ranked parcel: figures, words, bars that start where the one before ended", () => {
	const card = plain(cardOf(model(), 0))
	const { ranked, alone, rank, of, ranks, score, range, tier } = card
	assert.deepEqual([ranked, alone, rank, of, ranks], [true, false, "1", "1", ""])
	assert.deepEqual([score, range, tier], ["60.0", "between 55.0 and 65.0", "high"])
	assert.deepEqual([card.ahead, card.behind, card.together], ["a (+2.0)", "b (−1.0)", "60.0 (+10.00)"])
	assert.deepEqual(card.sections, [{ title: "Records", lines: ["one", "two"] }])
	assert.deepEqual(
		card.waterfall.steps.map(({ label, said, bar }) => [label, said, bar.from, bar.to]),
		[
			["Gross", "100.0 acre", 0, 1],
			["minus floodway", "−25.0 acre", 0.75, 1],
			["Usable", "75.0 acre", 0, 0.75]
		]
	)
	assert.deepEqual(plain(cardOf(model(), 0).rows.map(({ change, ahead }) => [change, ahead.to])), [
		["+2.0", 1],
		["−1.0", 0.25]
	])
	assert.deepEqual(card.published, [{ label: "Use", text: "–" }])
})

test("an excluded parcel: why, what was measured, what was not computed", () => {
	const card = plain(cardOf(model(), 1))
	assert.deepEqual([card.ranked, card.alone, card.rank, card.would], [false, true, "excluded", false])
	assert.deepEqual(card.reasons.lines, [{ name: "flood", more: "Measured: 9 m. It floods." }])
	assert.deepEqual([card.out, cardOf(model(), 1).rows[0].quantity], ["flood", "not computed (flood)"])
})

test("under moved weights it is live, and nothing of the study's is claimed", () => {
	const card = plain(cardOf(model({ live: true, weighted: true }), 0))
	assert.deepEqual([card.live, card.together, card.moved], ["1", false, true])
})

test("side by side: the best of each criterion, pieces of weight x value", () => {
	const { cards, rows } = comparison(model(), [0, 1])
	assert.deepEqual(plain(cards.map(({ id, rank, usable }) => [id, rank, usable])), [
		["P-0", "1", "75.0 acre"],
		["P-1", "excluded", "75.0 acre"]
	])
	assert.deepEqual(plain(cards[0].rows.map(({ part }) => part)), [0.5, 0.1])
	assert.equal(rows[1].label, "b")
	assert.equal(rows[1].cells[0].best, "20 m")
})
