/* siting: what the colours mean: colourings of the parcels, legend, histogram. */
const { el, count, points, percent, small, swatch, TINTS } = siting;
const BARS = 50;
const FULL2 = 2 * 65535;
const FIFTHS = [0.2, 0.4, 0.6, 0.8];
const hexes = (text) => text.split(" ").map((hex) => `#${hex}`);
const VIRIDIS = hexes("440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725");
const CHANGE = hexes("7f3b08 d9822b fdcf95 e9e9e6 a9d0e8 3d8dc4 08407e 8e4fb0"); // down is orange, up is blue
const MOVES = [-100, -10, 0, 1, 11, 101];
const MOVED =
	"down 101 or more,down 11 to 100,down 1 to 10,as in the study,up 1 to 10,up 11 to 100,up 101 or more," +
	"not ranked by the study";
const REASONS = ["blue", "orange", "green", "red", "sky", "purple", "brown"].map((name) => TINTS[name]);

/* Colours at equal steps of viridis, from low to high. */
function steps(number) {
	const channel = (hex, k) => parseInt(hex.slice(k, k + 2), 16);
	return Array.from({ length: number }, (_, k) => {
		const at = number > 1 ? (9 * k) / (number - 1) : 5.4;
		const low = Math.min(8, Math.floor(at));
		const mixed = [1, 3, 5].map((c) => {
			const from = channel(VIRIDIS[low], c);
			return Math.round(from + (channel(VIRIDIS[low + 1], c) - from) * (at - low));
		});
		return `rgb(${mixed.join(", ")})`;
	});
}

/* The class of a number: how many cuts it reaches. */
function classOf(cuts, number) {
	let k = 0;
	while (number >= cuts[k]) k++;
	return k;
}

function between(cuts, said) {
	if (!cuts.length) return ["ranked"];
	const inner = cuts.slice(1).map((cut, k) => `${said(cuts[k])} – ${said(cut)}`);
	return [`under ${said(cuts[0])}`, ...inner, `${said(cuts.at(-1))} or more`];
}

/* Grey for nothing, then fifths. */
const fifths = (label, none, said, of, note) => ({
	label,
	note,
	of,
	colours: [TINTS.grey, ...steps(5)],
	names: [none, ...between(FIFTHS, said)],
});

/* Key -> {label, colours, names, note, of(i): the class of a ranked parcel, out(i): that of another one}. */
function colourings(model) {
	const { cuts, shortlist, tiers } = model.about;
	const { rank } = model.study;
	const said = tiers.map(([name, cut]) => `${name} from ${cut}`).join(", ");
	const all = new Map([
		[
			"score",
			{
				label: "score",
				colours: steps(cuts.length + 1),
				names: between(cuts, points),
				note: said && `Tiers: ${said}; low below.`,
				cuts,
				of: (i) => classOf(cuts, model.points(i)),
			},
		],
		[
			"rank",
			{
				label: "rank change against the study",
				colours: CHANGE,
				names: MOVED.split(","),
				of: (i) => (rank[i] ? classOf(MOVES, rank[i] - model.rank[i]) : 7),
			},
		],
	]);
	if (shortlist) {
		const of = (i) => (model.pTopK(i) ? 1 + classOf(FIFTHS, model.pTopK(i)) : 0);
		all.set("p_top_k", fifths(`chance to be among the best ${shortlist}`, "never", percent, of));
	}
	if (model.reasons.length) all.set("reason", byReason(model));
	for (const one of model.criteria) {
		// the columns of a criterion are decoded when they are first asked for
		const of = (i) => (one.unknown.has(one.codes[i]) ? 0 : 1 + classOf(FIFTHS, (one.low[i] + one.high[i]) / FULL2));
		all.set(`:${one.name}`, fifths(one.label, "no data", String, of, `Value: 0 is worst, 1 is best. ${one.note}`));
	}
	return all;
}

/* The reasons that take most have colours of their own; a parcel has that of its first reason. */
function byReason(model) {
	const some = model.reasons.filter(({ hits }) => hits).sort((a, b) => b.hits - a.hits);
	const names = some.slice(0, REASONS.length).map(({ name }) => name);
	const place = new Map(names.map((name, k) => [name, k]));
	return {
		label: "reason of exclusion",
		colours: [...REASONS.slice(0, names.length), TINTS.grey, "#f4f4f2"],
		names: [...names, "another reason", "ranked"],
		note: "A parcel out for several reasons has the colour of the first.",
		of: () => names.length + 1,
		out: (i) => place.get(model.firstReason(i)) ?? names.length,
	};
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
function histogram(model, { cuts, colours }) {
	const bins = model.histogram(BARS);
	const most = Math.max(1, ...bins);
	const wide = 100 / BARS;
	const at = bins.indexOf(most) * wide;
	const title = `Histogram of the scores of the ranked parcels; most have ${at} to ${at + wide}.`;
	const bars = Array.from(bins, (number, k) => {
		const background = cuts ? colours[classOf(cuts, (k + 0.5) * wide)] : "";
		return el("i", { style: { height: `${number && Math.max(3, (100 * number) / most)}%`, background } });
	});
	const ends = ["0", "score", "100"].map((text) => el("span", text));
	return [el("div.bars", { role: "img", "aria-label": title, title }, bars), el("p.ends.small", ends)];
}

Object.assign(siting, { colourings, legend, histogram });
