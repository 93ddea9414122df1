/* What the card says of a parcel, and the table of the pinned. */
const WORDS = ["ranked", "too little alone", "excluded"] // by status
const acres = area => `${count(area, 1)} acre`.replace("-", "−")
const between = (pair, said) =>
	pair && said(pair[0]) !== said(pair[1]) ? `between ${said(pair[0])} and ${said(pair[1])}` : ""

function cardOf(model, i) {
	const [rank, before, score] = [model.rank[i], model.study.rank[i], model.points(i)]
	const said = name => model.said(name, i)
	const range = between(model.range(i), points)
	const rows = criteriaOf(model, i)
	const reasons = model.reasonsOf(i)
	const [lat, lon] = model.inside(i)?.map(degrees => degrees.toFixed(5)) ?? []
	return {
		...{ i, id: model.id(i), rows, range, tier: model.tier(i), score: points(score), moved: model.weighted },
		rank: rank ? count(rank) : WORDS[model.status[i]],
		ranked: rank > 0,
		of: count(model.order.length),
		ranks: between(model.ranks(i), count),
		alone: !rank,
		would: score !== null && (range || points(score)),
		live: model.live && (before ? count(before) : "–"),
		reasons: reasons.length && {
			lines: reasons.map(({ name, measured, why }) => ({ name, more: join([said(measured), why], " ") }))
		},
		out: reasons.map(({ name }) => name).join(", "),
		missing: said("missing"),
		...(rank && ahead(rows)),
		together: !model.live && said("together"),
		...waterfall(model, i),
		published: model.details_.published.map(({ label, at }) => ({ label, text: at(i) || "–" })),
		sections: model.details_.sections
			.map((title, k) => ({ title, lines: said(`sections${k}`).split("\n") }))
			.filter(({ lines }) => lines[0]),
		place: lat && { lat, lon, href: `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=14/${lat}/${lon}` }
	}
}

/* A row for each criterion; bars go from and to shares of their track. */
function criteriaOf(model, i) {
	const parts = model.contributions(i)
	const most = Math.max(1e-9, ...parts.map(by => Math.abs(by) || 0))
	return model.criteria.map((one, j) => {
		const [weight, note] = [model.weight(one), one.note]
		const [low, value, high] = one.values(i)
		const by = parts[j]
		return {
			__proto__: one,
			...{ value, by, part: weight * value || 0, quantity: one.text(i), said: one.said(i) },
			how: note && `${join([note, model.said(`nearest${j}`, i)], "; ")}.`,
			bar: value >= 0 && (low < high ? { from: low, to: high, kind: "unsure" } : { to: high }),
			share: percent(weight, weight < 0.0995 ? 1 : 0) || "–",
			change: signed(by, model.decimals),
			ahead: by && { from: 0.5, to: 0.5 + by / most / 2, kind: by < 0 ? "worse" : "better" }
		}
	})
}

/* The two strongest and the two weakest criteria. */
function ahead(rows) {
	const known = rows.filter(({ change }) => /[1-9]/.test(change)).sort((a, b) => b.by - a.by)
	const two = some =>
		join(
			some.slice(0, 2).map(({ label, change }) => `${label} (${change})`),
			" and "
		)
	return { ahead: two(known.filter(({ by }) => by > 0)), behind: two(known.reverse().filter(({ by }) => by < 0)) }
}

/* Gross area, what each cut takes, what is left: bars that start where the one before ended. */
function waterfall(model, i) {
	const gross = model.whole("gross", i)
	let end = gross
	const steps = model.details_.falls.map(([label, column, kind]) => {
		const area = model.whole(column, i)
		const from = area < 0 ? (end += area) : 0
		const bar = !isNaN(area) && { from: from / gross, to: (from + Math.abs(area)) / gross, kind }
		return area !== 0 && { label, said: bar ? acres(area) : "no data", bar }
	})
	const usable = model.whole("usable", i)
	return gross && { usable: isNaN(usable) ? "" : acres(usable), waterfall: { steps: steps.filter(Boolean) } }
}

/* For each criterion a row with the best in bold. */
function comparison(model, pins) {
	const cards = pins.map(i => cardOf(model, i))
	const rows = cards[0].rows.map((row, j) => {
		const all = cards.map(card => card.rows[j])
		const best = Math.max(...all.map(({ value }) => value || 0))
		const cells = all.map(({ quantity, value, bar }) => ({ [value === best ? "best" : "said"]: quantity, bar }))
		return { __proto__: row, cells }
	})
	return { cards, rows }
}
