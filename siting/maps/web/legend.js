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
	const reasons = model.reasons.map(({ name }) => name);
	const before = model.study.rank;
	const numbers = {
		score: (i) => model.points(i),
		rank: (i) => (before[i] ? before[i] - model.rank[i] : Infinity),
		p_top_k: (i) => model.pTopK(i),
	};
	/* The columns of a criterion are decoded when they are first asked for. */
	const value = ({ key }) => {
		const one = model.criteria.find(({ name }) => key === `:${name}`);
		return (i) => (one.unknown.has(one.codes[i]) ? -1 : (one.low[i] + one.high[i]) / FULL2);
	};
	const made = (way) => {
		const { key, names, cuts, classes } = way;
		if (key === "reason") {
			const out = (i) => classes[reasons.indexOf(model.firstReason(i))] ?? names.length - 2;
			return { ...way, of: () => names.length - 1, out };
		}
		const number = numbers[key] ?? value(way);
		return { ...way, of: (i) => classOf(cuts, number(i)) };
	};
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
