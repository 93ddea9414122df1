/* siting: what the colours mean: the ways to colour parcels (siting/maps/colours.py), legend, histogram. */
const { count } = siting;
const BARS = 50;
const FULL2 = 2 * 65535;

/* The class of a number: how many cuts it reaches. */
function classOf(cuts, number) {
	let k = 0;
	while (number >= cuts[k]) k++;
	return k;
}

/* Key -> a way to colour with of(i): the class of a ranked parcel, out(i): that of another one. */
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

/* A row for each colour, the highest first; counts are what is drawn. */
function legend({ colours, names }, counts) {
	const most = Math.max(1, ...counts);
	const rows = names.map((name, k) => ({ name, tint: colours[k], to: counts[k] / most, count: count(counts[k]) }));
	return rows.reverse();
}

/* How many of the ranked have which score, in the colours of the score where these are shown. */
function histogram(model, { key, cuts, colours }) {
	const bins = [...model.histogram(BARS)];
	const most = Math.max(1, ...bins);
	const wide = 100 / BARS;
	const at = bins.indexOf(most) * wide;
	const bars = bins.map((number, k) => {
		const tint = key === "score" ? colours[classOf(cuts, (k + 0.5) * wide)] : "";
		return { tint, to: number && Math.max(0.03, number / most) };
	});
	return { bars, title: `Histogram of the scores of the ranked parcels; most have ${at} to ${at + wide}.` };
}

Object.assign(siting, { colourings, legend, histogram });
