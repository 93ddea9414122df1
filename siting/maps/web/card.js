/* siting: what the card says of one parcel, and the table of the pinned; the markup is in siting/maps/panel.html.jinja. */
const { count, points, percent, signed, join } = siting;
const WORDS = ["ranked", "too little alone", "excluded"]; // by status
const acres = (tenths) => `${count(tenths / 10, 1)} acre`;
const capital = (text) => text && text[0].toUpperCase() + text.slice(1);
const between = (pair, said) =>
	pair && said(pair[0]) !== said(pair[1]) ? `between ${said(pair[0])} and ${said(pair[1])}` : "";

function cardOf(model, i) {
	const card = model.card(i);
	const rows = criteriaOf(model, i, card);
	const out = rows.filter(({ quantity }) => !model.rank[i] && quantity.startsWith("not computed"));
	return {
		...standing(model, i),
		...{ i, id: model.id(i), rows },
		criteria: rows.length && {
			moved: Boolean(model.state.weights),
			blocks: inBlocks(rows.filter((row) => !out.includes(row))),
		},
		words: model.rank[i] && inWords(rows, model.about.decimals),
		together: model.live ? "" : together(card, model.about),
		out: out.map(({ label }) => label).join(", "),
		missing: card.missing.join(", "),
		reasons: reasonsOf(model, i, card),
		usable: card.waterfall ? acres(card.waterfall.usable) : "",
		waterfall: waterfall(card.waterfall),
		published: card.published.map(([label, text]) => ({ label, text: text || "–" })),
		sections: card.sections.filter(({ lines }) => lines.length),
		place: placeOf(model.inside(i)),
	};
}

function standing(model, i) {
	const [rank, before, score] = [model.rank[i], model.study.rank[i], model.points(i)];
	const [tier, status] = [model.tier(i), capital(WORDS[model.status[i]])];
	const range = between(model.range(i), points);
	const ranks = between(!model.live && model.ranks(i), (one) => count(one));
	const figures = [
		{ name: "Rank", text: count(rank), of: ` of ${count(model.order.length)}`, range: ranks },
		{ name: "Score", text: points(score), of: " of 100", range },
		{ name: "Tier", text: tier },
	];
	const would = score === null ? "" : `It would score ${range || points(score)}.`;
	return {
		...{ status, tier, rank: rank ? count(rank) : WORDS[model.status[i]], score: points(score) },
		figures: rank ? figures.filter(({ text }) => text) : [],
		alone: !rank && { status, would },
		live: model.live && (before ? `Rank ${count(before)} in the study.` : "Not ranked by the study."),
	};
}

/* A row for each criterion: bars from and to shares of their track. */
function criteriaOf(model, i, { nearest }) {
	const { decimals } = model.about;
	const by = model.criteria.map((one) => one.contribution(i) ?? NaN);
	const most = Math.max(1e-9, ...by.map((x) => Math.abs(x) || 0));
	return model.criteria.map((one, j) => {
		const { label, block, tint, mark, note, weight } = one;
		const [low, value, high] = ["low", "middle", "high"].map((end) => (one.values(i)?.[end] ?? NaN) / 100);
		const how = note && `${join([note, nearest[j] && `nearest: ${nearest[j]}`], "; ")}.`;
		const said = { quantity: one.text(i), mark, how };
		const range = low < high;
		return {
			...{ ...said, label, block, tint, value, weight, by: by[j] },
			[how ? "told" : "plain"]: said,
			said: range ? `${low.toFixed(2)} – ${high.toFixed(2)}` : Number.isFinite(value) ? value.toFixed(2) : "no data",
			bar: Number.isFinite(value) && (range ? { from: low, to: high, kind: "unsure" } : { from: 0, to: value }),
			share: weight === null ? "–" : percent(weight, weight < 0.0995 ? 1 : 0),
			change: signed(by[j], decimals),
			ahead: by[j] && { from: 0.5, to: 0.5 + by[j] / most / 2, kind: by[j] < 0 ? "worse" : "better" },
		};
	});
}

function inBlocks(rows) {
	const blocks = [];
	for (const row of rows) {
		if (row.block !== blocks.at(-1)?.block) blocks.push({ block: row.block, rows: [] });
		blocks.at(-1).rows.push(row);
	}
	return blocks;
}

/* The two strongest and the two weakest criteria, from their contributions. */
function inWords(rows, decimals) {
	const known = rows.filter(({ by }) => Number(Math.abs(by).toFixed(decimals)) > 0).sort((a, b) => b.by - a.by);
	const told = (how, some) =>
		some.length && `${how} through ${some.map(({ label, change }) => `${label} (${change})`).join(" and ")}`;
	const ahead = known.filter(({ by }) => by > 0).slice(0, 2);
	const behind = known.reverse().filter(({ by }) => by < 0);
	const text = join([told("ahead", ahead), told("behind", behind.slice(0, 2))], "; ");
	return text && `${capital(text)}.`;
}

/* What all contributions make of a parcel of median values. */
function together({ central, change }, { median, contribution }) {
	if (central === null || median === null) return "";
	const by = contribution.includes("%") ? `× ${(change / 100).toFixed(2)}` : signed(change / 100, 2);
	const made = `together they make it ${points(central / 10)} (${by})`;
	return `A parcel of median values scores ${points(median)}; ${made}.`;
}

function reasonsOf(model, i, { measured }) {
	const lines = model.reasonsOf(i).map((name) => {
		const found = Object.hasOwn(measured, name) && measured[name];
		const why = model.reasons.find((reason) => reason.name === name)?.why;
		return { name, more: join([found && `Measured: ${found}.`, why], " ") };
	});
	return lines.length && { title: model.status[i] === 2 ? "Why it is excluded" : "Why it is not ranked alone", lines };
}

/* Gross area, what each cut takes, what is left: bars that start where the one before ended. */
function waterfall(falls) {
	if (!falls?.gross) return null;
	const { gross, cuts, usable, largest } = falls;
	const step = (label, area, from, kind, sign = "") => ({
		label,
		said: area === null ? "no data" : sign + acres(area),
		bar: area !== null && { from: from / gross, to: (from + area) / gross, kind },
	});
	let left = gross;
	const taken = cuts.map(({ label, area }) => area !== 0 && step(`minus ${label}`, area, (left -= area), "cut", "−"));
	const rest = (label, area) => area > 0 && step(label, area, 0, "rest");
	const steps = [step("Gross", gross, 0), ...taken, rest("Usable", usable), rest("Largest piece", largest)];
	return { steps: steps.filter(Boolean) };
}

function placeOf(at) {
	const [lat, lon] = at?.map((degrees) => degrees.toFixed(5)) ?? [];
	return (
		at && { at: `${lat}, ${lon}`, href: `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=14/${lat}/${lon}` }
	);
}

/* Pinned parcels side by side: bars of what makes the score, then a row for each fact. */
function comparison(model, pins) {
	const all = pins.map((i) => cardOf(model, i));
	const each = (label, said, more) => ({ label, cells: all.map((card) => ({ said: said(card) || "–" })), ...more });
	const piece = ({ label, tint, weight, value }) =>
		weight > 0 && value > 0 && { title: label, tint, to: weight * value };
	const stacks = all.map(({ rows }) => ({ stack: { pieces: rows.map(piece).filter(Boolean) } }));
	const rows = [
		each("Rank", ({ rank }) => rank),
		each("Score", ({ score }) => score),
		each("Tier", ({ tier }) => tier),
		{ label: "What makes it", more: "weight × value of each criterion, of 100", cells: stacks },
		each("Usable land", ({ usable }) => usable),
		each("Out for", ({ reasons }) => reasons && reasons.lines.map(({ name }) => name).join(", ")),
		...all[0].rows.map(({ label, tint, share }, j) => {
			const best = Math.max(...all.map((card) => card.rows[j].value || 0));
			const cells = all.map(({ rows: own }) => {
				const { quantity, value } = own[j];
				return { [value === best ? "best" : "said"]: quantity, bar: value >= 0 && { from: 0, to: value } };
			});
			return { label, swatch: { tint }, more: share, cells };
		}),
	];
	return { heads: all.map(({ id }) => id), rows };
}

Object.assign(siting, { cardOf, comparison, WORDS });
