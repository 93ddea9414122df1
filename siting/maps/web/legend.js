/* siting: what the colours mean: colourings of the parcels, legend, histogram. */
const { el, count, small, swatch } = siting;
const BARS = 50;
const FULL2 = 2 * 65535;

/* The class of a number: how many cuts it reaches. */
function classOf(cuts, number) {
	let k = 0;
	while (number >= cuts[k]) k++;
	return k;
}

/* Key -> a way to colour of siting/maps/colours.py with of(i): the class of a ranked parcel, out(i): of another one. */
function colourings(model) {
	const { rank } = model.study;
	const makers = {
		score: ({ cuts }) => ({ of: (i) => classOf(cuts, model.points(i)) }),
		rank: ({ cuts }) => ({ of: (i) => (rank[i] ? classOf(cuts, rank[i] - model.rank[i]) : cuts.length + 1) }),
		p_top_k: ({ cuts }) => ({ of: (i) => (model.pTopK(i) ? 1 + classOf(cuts, model.pTopK(i)) : 0) }),
		reason({ names, classes }) {
			const place = new Map(model.reasons.map(({ name }, r) => [name, classes[r]]));
			return { of: () => names.length - 1, out: (i) => place.get(model.firstReason(i)) ?? names.length - 2 };
		},
	};
	const valued = ({ key, cuts }) => {
		const one = model.criteria.find(({ name }) => key === `:${name}`);
		// its columns are decoded when they are first asked for
		return { of: (i) => (one.unknown.has(one.codes[i]) ? 0 : 1 + classOf(cuts, (one.low[i] + one.high[i]) / FULL2)) };
	};
	const made = (way) => ({ ...way, ...(makers[way.key] ?? valued)(way) });
	return new Map(model.about.ways.map((way) => [way.key, made(way)]));
}

/* A row for each colour, the highest first. */
function legend({ label, colours, names, note }, counts) {
	const most = Math.max(1, ...counts);
	const item = (name, k) => {
		const meter = el("span.meter", { style: { width: `${(100 * counts[k]) / most}%` } });
		return el("li", swatch({ background: colours[k] }), el("span", name), meter, el("span.number", count(counts[k])));
	};
	return [el("h3", label), el("ul.legend", names.map(item).reverse()), note ? small(note) : ""];
}

/* How many of the ranked have which score, in the colours of the score where these are shown. */
function histogram(model, { key, cuts, colours }) {
	const bins = model.histogram(BARS);
	const most = Math.max(1, ...bins);
	const wide = 100 / BARS;
	const at = bins.indexOf(most) * wide;
	const title = `Histogram of the scores of the ranked parcels; most have ${at} to ${at + wide}.`;
	const bars = Array.from(bins, (number, k) => {
		const background = key === "score" ? colours[classOf(cuts, (k + 0.5) * wide)] : "";
		return el("i", { style: { height: `${number && Math.max(3, (100 * number) / most)}%`, background } });
	});
	const ends = ["0", "score", "100"].map((text) => el("span", text));
	return [el("div.bars", { role: "img", "aria-label": title, title }, bars), el("p.ends.small", ends)];
}

Object.assign(siting, { colourings, legend, histogram });
