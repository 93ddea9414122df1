/* siting: what the card says of one parcel, and the table of the pinned; the markup is in siting/maps/panel.html.jinja. */
const { count, points, percent, signed, join } = siting;
const WORDS = ["ranked", "too little alone", "excluded"]; // by status
const acres = (tenths) => `${count(tenths / 10, 1)} acre`.replace("-", "−");
const between = (pair, said) =>
	pair && said(pair[0]) !== said(pair[1]) ? `between ${said(pair[0])} and ${said(pair[1])}` : "";

function cardOf(model, i) {
	const [rank, before, score] = [model.rank[i], model.study.rank[i], model.points(i)];
	const said = (name) => model.said(name, i);
	const word = WORDS[model.status[i]];
	const range = between(model.range(i), points);
	const rows = criteriaOf(model, i);
	const left = rank ? [] : rows.filter(({ quantity }) => quantity.startsWith("not computed"));
	const reasons = model.reasonsOf(i);
	return {
		...{ i, id: model.id(i), rows, tier: model.tier(i), rank: rank ? count(rank) : word, score: points(score) },
		ranked: rank && {
			...{ rank: count(rank), score: points(score), range, tier: model.tier(i), of: count(model.order.length) },
			ranks: between(!model.live && model.ranks(i), (one) => count(one)),
		},
		alone: !rank && {
			status: word[0].toUpperCase() + word.slice(1),
			would: score !== null && (range || points(score)),
		},
		live: model.live && (before ? count(before) : "–"),
		reasons: reasons.length && { lines: reasons.map((name) => reasonOf(model, name, said)) },
		out: reasons.join(", "),
		missing: said("missing"),
		...(rank ? ahead(rows) : {}),
		moved: model.weighted,
		criteria: withBlocks(rows.filter((row) => !left.includes(row))),
		together: !model.live && said("together"),
		left: left.map(({ label }) => label).join(", "),
		...waterfall(model, i),
		published: model.details_.published.map(({ label, at }) => ({ label, text: at(i) || "–" })),
		sections: model.details_.sections
			.map((title, k) => ({ title, lines: said(`sections${k}`).split("\n") }))
			.filter(({ lines }) => lines[0]),
		place: placeOf(model.inside(i)),
	};
}

/* A row for each criterion, with what is known of it beside; bars go from and to shares of their track. */
function criteriaOf(model, i) {
	const parts = model.contributions(i);
	const most = Math.max(1e-9, ...parts.map(Math.abs));
	return model.criteria.map((one, j) => {
		const { weight, note } = one;
		const [low, value, high] = (one.values(i) ?? [NaN, NaN, NaN]).map((end) => end / 100);
		const unsure = low < high;
		const nearest = model.said(`nearest${j}`, i);
		const by = parts[j];
		return {
			__proto__: one,
			...{ value, by, part: weight * value || 0 },
			quantity: one.text(i),
			how: note && `${join([note, nearest && `nearest: ${nearest}`], "; ")}.`,
			said: unsure ? `${low.toFixed(2)} – ${high.toFixed(2)}` : value >= 0 ? value.toFixed(2) : "no data",
			bar: value >= 0 && { from: unsure ? low : 0, to: high, kind: unsure && "unsure" },
			share: percent(weight, weight < 0.0995 ? 1 : 0) || "–",
			change: signed(by, model.about.decimals),
			ahead: by && { from: 0.5, to: 0.5 + by / most / 2, kind: by < 0 ? "worse" : "better" },
		};
	});
}

/* Rows, of which the first of each block names it. */
const withBlocks = (rows) =>
	rows.map((row, k) => ({ __proto__: row, head: row.block !== rows[k - 1]?.block && row.block }));

/* The two strongest and the two weakest criteria, from their contributions. */
function ahead(rows) {
	const known = rows.filter(({ change }) => /[1-9]/.test(change)).sort((a, b) => b.by - a.by);
	const told = (some) => some.map(({ label, change }) => `${label} (${change})`).join(" and ");
	const better = known.filter(({ by }) => by > 0).slice(0, 2);
	const worse = known.reverse().filter(({ by }) => by < 0);
	return { ahead: told(better), behind: told(worse.slice(0, 2)) };
}

function reasonOf({ reasons }, name, said) {
	const r = reasons.findIndex((reason) => reason.name === name);
	const found = said(`measured${r}`);
	return { name, more: join([found && `Measured: ${found}.`, reasons[r]?.why], " ") };
}

/* Gross area, what each cut takes (negative), what is left: bars that start where the one before ended. */
function waterfall(model, i) {
	const gross = model.whole("gross", i);
	let end = gross;
	const steps = model.details_.falls.map(([label, column]) => {
		const area = model.whole(column, i);
		const from = area < 0 ? (end += area) : 0;
		const kind = area < 0 ? "cut" : column !== "gross" && "rest";
		const bar = area !== null && { from: from / gross, to: (from + Math.abs(area)) / gross, kind };
		return area !== 0 && { label, said: bar ? acres(area) : "no data", bar };
	});
	const usable = model.whole("usable", i);
	return gross ? { usable: usable === null ? "" : acres(usable), waterfall: { steps: steps.filter(Boolean) } } : {};
}

function placeOf(at) {
	const [lat, lon] = at?.map((degrees) => degrees.toFixed(5)) ?? [];
	return at && { lat, lon, href: `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=14/${lat}/${lon}` };
}

/* Pinned parcels side by side, and for each criterion a row with the best in bold. */
function comparison(model, pins) {
	const cards = pins.map((i) => cardOf(model, i));
	const rows = cards[0].rows.map((row, j) => {
		const all = cards.map((card) => card.rows[j]);
		const best = Math.max(...all.map(({ value }) => value || 0));
		const cells = all.map(({ quantity, value, bar }) => ({ [value === best ? "best" : "said"]: quantity, bar }));
		return { __proto__: row, cells };
	});
	return { cards, rows };
}

Object.assign(siting, { cardOf, comparison, WORDS });
