/* siting: the card that explains one parcel. */
const { el, bar, row, table, small, count, points, signed, percent, join } = siting;

const section = (title, ...content) => el("section", el("h3", title), ...content);
const list = (kind, lines) => el(kind, lines.map((line) => el("li", line)));
const acres = (tenths) => `${count(Math.floor(tenths / 10))}.${tenths % 10} acre`;

/* What the model knows of parcel i, in one object. */
function factsOf(model, i) {
	const card = model.card(i);
	const criteria = model.criteria.map((criterion, j) => {
		const { label, block, weight, source, note } = criterion;
		const given = criterion.values(i) || {};
		const [low, value, high] = ["low", "middle", "high"].map((name) => (given[name] ?? NaN) / 100);
		const by = criterion.contribution(i) ?? NaN;
		const more = { quantity: criterion.text(i), by, nearest: card.nearest[j] };
		return { label, block, weight, source, note, low, value, high, ...more };
	});
	const reasons = model.reasonsOf(i).map((name) => ({
		name,
		found: Object.hasOwn(card.measured, name) ? card.measured[name] : "",
		why: model.reasons.find((reason) => reason.name === name)?.why,
	}));
	return {
		...card,
		i,
		criteria,
		reasons,
		id: model.id(i),
		score: model.points(i),
		rank: model.rank[i],
		tier: model.tier(i),
		status: model.status[i],
		range: model.range(i),
		ranks: model.live ? null : model.ranks(i),
	};
}

function fillCard(node, model, i, actions) {
	const facts = factsOf(model, i);
	const parts = [standing, reasons, missing, inWords, criteria, waterfall, published, sections, place];
	const title = el("div.row", el("h2", { id: "siting-card-title" }, facts.id), actions);
	node.replaceChildren(title, ...parts.flatMap((part) => part(facts, model)).filter(Boolean));
}

const between = (pair, said) =>
	pair && said(pair[0]) !== said(pair[1]) ? `between ${said(pair[0])} and ${said(pair[1])}` : "";

function standing({ i, rank, ranks, score, tier, status, range: pair }, model) {
	const range = between(pair, points);
	const before = model.study.rank[i];
	const said = before ? ` Rank ${count(before)} in the study.` : " Not ranked by the study.";
	const live = model.live && small(el("span.badge", "live"), said);
	const would = score === null ? "" : ` It would score ${range || points(score)}.`;
	if (!rank) return [el("p.status", el("strong", status === 2 ? "Excluded" : "Too little alone"), would), live];
	const figure = (name, number, after, more) =>
		el("div", el("dt", name), el("dd", el("b", number), after), more && el("dd", more));
	const figures = [
		figure("Rank", count(rank), ` of ${count(model.order.length)}`, between(ranks, count)),
		figure("Score", points(score), " of 100", range),
		tier && figure("Tier", tier),
	];
	return [el("dl.standing", figures), live];
}

function reasons({ reasons: all, status }) {
	const said = all.map(({ name, found, why }) => {
		const more = join([found && `Measured: ${found}.`, why], " ");
		return [name, more && el("small.quantity", more)];
	});
	return said.length > 0 && section(`Why it is ${status === 2 ? "excluded" : "not ranked alone"}`, list("ul", said));
}

const missing = ({ missing: names }) => names.length > 0 && el("p.note", el("b", "No data: "), names.join(", "));

/* The two strongest and the two weakest criteria, from their contributions. */
function inWords({ rank, criteria: all }, { about: { decimals } }) {
	if (!rank) return null;
	const known = all.filter(({ by }) => Number(Math.abs(by).toFixed(decimals)) > 0).sort((a, b) => b.by - a.by);
	const told = (how, some) =>
		some.length && `${how} through ${some.map(({ label, by }) => `${label} (${signed(by, decimals)})`).join(" and ")}`;
	const up = known.filter(({ by }) => by > 0).slice(0, 2);
	const down = known.reverse().filter(({ by }) => by < 0);
	const text = join([told("ahead", up), told("behind", down.slice(0, 2))], "; ");
	return text && el("p", `${text[0].toUpperCase()}${text.slice(1)}.`);
}

function criteria({ rank, criteria: all, central, change }, model) {
	const { contribution, decimals } = model.about;
	if (!all.length) return null;
	const out = all.filter((c) => !rank && c.quantity.startsWith("not computed"));
	const shown = all.filter((c) => !out.includes(c));
	const sources = [...new Set(shown.map((c) => c.source).filter(Boolean))];
	const most = Math.max(1e-9, ...shown.map((c) => Math.abs(c.by) || 0));
	const sign = contribution.includes("%") ? "+/− %" : "+/−";
	const rows = shown.map((c, k) => [
		c.block &&
			c.block !== shown[k - 1]?.block &&
			el("tr.block", el("th", { scope: "rowgroup", colspan: 4 }, c.block)),
		row(
			[c.label, quantity(c, sources.indexOf(c.source))],
			value(c),
			c.weight === null ? "–" : percent(c.weight, c.weight < 0.0995 ? 1 : 0),
			[signed(c.by, decimals), c.by && bar(0.5, 0.5 + c.by / most / 2, c.by < 0 ? ".worse" : ".better")],
		),
	]);
	const unknown = model.live && !shown.some((c) => Number.isFinite(c.by));
	return section(
		"Criteria",
		table("criteria", ["Criterion", "Value", "Weight", sign], rows),
		small(`Value: 0 is worst, 1 is best. ${sign}: ${contribution}.${together(central, change, model)}`),
		unknown && small(`${sign} is not worked out for moved weights of a geometric mean.`),
		out.length > 0 && small(`Not computed, since it is out anyway: ${out.map((c) => c.label).join(", ")}.`),
		sources.length > 0 && list("ol.sources", sources),
	);
}

/* What all contributions make of a parcel of median values. */
function together(central, change, { about, live }) {
	if (live || central === null || about.median === null) return "";
	const by = about.contribution.includes("%") ? `× ${(change / 100).toFixed(2)}` : signed(change / 100, 2);
	const made = `together they make it ${points(central / 10)} (${by})`;
	return ` A parcel of median values scores ${points(about.median)}; ${made}.`;
}

/* A quantity; where it is known how it comes about, it opens to say so. */
function quantity({ quantity: said, note, nearest }, source) {
	const text = [said, source >= 0 && el("sup", String(source + 1))];
	if (!note) return el("span.quantity", text);
	const how = join([note, nearest && `nearest: ${nearest}`], "; ");
	return el("details.how", el("summary.quantity", text), small(`${how}.`));
}

function value({ value: middle, low, high }) {
	if (!Number.isFinite(middle)) return "no data";
	if (low < high) return [`${low.toFixed(2)} – ${high.toFixed(2)}`, bar(low, high, ".unsure")];
	return [middle.toFixed(2), bar(0, middle)];
}

/* Gross area, what each cut takes, what is left: bars that start where the one before ended. */
function waterfall({ waterfall: falls }) {
	if (!falls?.gross) return null;
	const { gross, cuts, usable, largest } = falls;
	let left = gross;
	const step = (label, area, from, kind, sign = "") =>
		area > 0 && row(label, bar(from / gross, (from + area) / gross, kind), sign + acres(area));
	const taken = cuts.map(({ label, area }) =>
		area === null ? row(label, "", "no data") : step(`minus ${label}`, area, (left -= area), ".cut", "−"),
	);
	const rest = [step("Usable", usable, 0, ".rest"), step("Largest piece", largest, 0, ".rest")];
	return section("Usable land", table("waterfall", null, [step("Gross", gross, 0), taken, rest]));
}

function published({ published: fields }) {
	const told = fields.map(([label, text]) => el("div", el("dt", label), el("dd", text || "–")));
	return fields.length > 0 && section("Published fields", el("dl.fields", told));
}

const sections = ({ sections: more }) =>
	more.map(({ title, lines }) => lines.length > 0 && section(title, list("ul", lines)));

function place({ i }, model) {
	const at = model.inside(i);
	if (!at) return small("It has no outline.");
	const [lat, lon] = at.map((degrees) => degrees.toFixed(5));
	const href = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=14/${lat}/${lon}`;
	return section(
		"Place",
		small(`A point inside: ${lat}, ${lon} (latitude, longitude).`),
		el("a", { href, target: "_blank", rel: "noopener noreferrer" }, "Open in OpenStreetMap"),
	);
}

Object.assign(siting, { fillCard, factsOf, acres });
