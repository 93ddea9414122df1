/* siting: the model of a map: what Python packed, and the scores that follow from other weights.

   siting.model(elementId) -> model of rows 0 .. n - 1. Now: status[i], score[i] (1e-6 points), rank[i] (0: none), order (the
   admitted, best first), counts, live; the study's own are in model.study. setState({weights: {path: number}, off: [reason],
   limits: {criterion: [least, most]}, thresholds: {reason: [above, below]}}): what is left out is the study's, null no limit.
   Texts of the card need `await model.details()`. Python's twin of the arithmetic is siting/maps/live.py. */
const [ADMITTED, SITE, EXCLUDED] = [0, 1, 2];
const NONE = 0xffffffff; // no score
const FULL = 65535;
const POINT = 1e6;
const SHARE = 2 ** 30; // to the unit of a weight in a sum: 2^30 x 65535 x 2 < 2^47 is exact
const POWER = 2 ** 17; // in a geometric mean: 2^17 x 11.1 x 2^32 < 2^53 is exact
const LOG = 2 ** 32;

siting.model = async (elementId) => {
	const read = (part) => siting.segment(document.getElementById(`${elementId}_${part}`).textContent);
	return new Model(...(await Promise.all([read("base"), read("standing")])), () => read("card"));
};

/* Properties that are made when they are first asked for. */
function lazily(object, makers) {
	for (const [name, make] of Object.entries(makers)) {
		const get = () => Object.defineProperty(object, name, { value: make() })[name];
		Object.defineProperty(object, name, { configurable: true, get });
	}
}

/* One criterion, packed as siting/maps/codes.py says. By row: low and high, in 65535ths, and both, their sum. */
class Criterion {
	constructor(about, j, model) {
		Object.assign(this, about, { j, model });
		const { base } = model,
			given = () => base.ints(`c${j}.number`);
		lazily(this, {
			codes: () => base.ints(`c${j}.code`),
			others: () => base.json(`c${j}.others`),
			numbers: () => (about.spread ? spread(given(), about.spread) : given()),
			unknown: () => new Set(this.others.flatMap(([, least], k) => (least < 0 ? [FULL - k] : []))), // codes without a value
			unsure: () => this.others.some(([, least, most]) => least !== most),
			low: () => this.values16(1),
			high: () => (this.unsure ? this.values16(2) : this.low),
			both: () => this.values16(1, 2),
		});
	}
	values16(...sides) {
		const { codes, others, model, j } = this,
			table = new Uint32Array(FULL + 1);
		const out = new (sides[1] ? Uint32Array : Uint16Array)(codes.length);
		model.base.ints(`c${j}.value`).forEach((value, code) => (table[code] = value * sides.length));
		others.forEach((other, k) => sides.forEach((side) => (table[FULL - k] += Math.max(0, other[side]))));
		for (let i = 0; i < out.length; i++) out[i] = table[codes[i]];
		return out;
	}
	/* What is known of a parcel whose quantity is no plain number. */
	other(i) {
		return this.others[FULL - this.codes[i]];
	}
	number(i) {
		const [least, most] = this.other(i)?.[6].map(Number) ?? [];
		return least === most ? (least ?? this.numbers[this.codes[i]]) : NaN;
	}
	text(i) {
		return this.other(i)?.[0] ?? siting.quantity(this.numbers[this.codes[i]], this.unit);
	}
	/* The value in hundredths, null where it is not known. */
	values(i) {
		const own = this.model.base.ints(`c${this.j}.shown`)[this.codes[i]];
		const [low, high, middle] = this.other(i)?.slice(3, 6) ?? [own, own, own];
		return middle === null ? null : { low, high, middle };
	}
	/* Tells of a row whether its quantity is certainly under least or over most (null: no limit). */
	beyond([least, most]) {
		const out = new Uint8Array(FULL + 1),
			{ codes, others } = this;
		const test = (low, high) => high < (least ?? -Infinity) || low > (most ?? Infinity);
		this.numbers.forEach((x, code) => (out[code] = test(x, x)));
		others.forEach((other, k) => (out[FULL - k] = test(...other[6].map(Number))));
		return (i) => out[codes[i]];
	}
	/* Python's own while its weights hold; else, in a tree of sums, share x (value - median of the study's admitted). */
	contribution(i) {
		const { both, median, weight, model, j } = this,
			{ state, about, tree, scored } = model;
		if (!state.weights) {
			const own = model.whole(`by${j}`, i);
			return own === null ? null : own / 10 ** about.decimals;
		}
		if (weight === null || tree.combine === "geometric" || !scored[i]) return null;
		return (100 * weight * (both[i] - median)) / (2 * FULL);
	}
}

class Model {
	constructor(base, standing, readCard) {
		const about = base.json("about"),
			{ n } = about,
			[score, status] = [standing.ints("score"), standing.ints("status")];
		Object.assign(this, about, { about, base, standing, readCard, ids: base.json("ids") });
		this.shapes = siting.gridShapes(base, "p", about.grid);
		this.criteria = about.criteria.map((one, j) => new Criterion(one, j, this));
		this.bits = about.reasons.map((_, r) => {
			const word = base.ints(`x${Math.floor(r / 31)}`);
			return (i) => (word[i] >> (r % 31)) & 1;
		});
		lazily(this, { scored: () => base.ints("scored") }); // 1 where every criterion has a value
		this.place = standing.ints("order"); // all rows; equal live scores keep this order
		const counts = counted(status),
			order = this.place.subarray(0, counts.admitted);
		this.study = { score, status, counts, order, rank: ranks(order, score, new Uint32Array(n)) };
		this.scratch = { score: new Uint32Array(n), rank: new Uint32Array(n) };
		this.setState({});
	}

	setState(asked) {
		const state = this.difference(asked);
		Object.assign(this, this.study, { state, live: Object.keys(state).length > 0 });
		this.tests = this.testing(state);
		for (const criterion of this.criteria) criterion.weight = criterion.studyWeight;
		if (state.off || state.limits || state.thresholds) this.judge();
		if (state.weights) this.score = this.scores({ ...this.own, ...state.weights });
		if (!this.live) return;
		this.order = this.sorted();
		this.rank = ranks(this.order, this.score, this.scratch.rank.fill(0));
	}

	/* What of a state is not as the study has it. */
	difference({ weights = {}, off = [], limits = {}, thresholds = {} }) {
		const some = (table, test) => Object.fromEntries(Object.entries(table).filter((entry) => test(...entry)));
		const reason = (name) => this.reasons.find((one) => one.name === name);
		return some(
			{
				weights: some(weights, (path, weight) => path in this.own && weight !== this.own[path]),
				off: off.filter(reason),
				limits: some(limits, (name, pair) => this.named(name) && pair.some((end) => end !== null)),
				thresholds: some(thresholds, (name, [above, below]) => {
					const own = reason(name);
					return own?.editable && (own.above !== above || own.below !== below);
				}),
			},
			(_, kept) => Object.keys(kept).length,
		);
	}
	named(name) {
		return this.criteria.find((criterion) => criterion.name === name);
	}

	/* What puts parcels out now: [name, as which status, test of a row], of the study, moved or not, and of the reader. */
	testing({ off = [], limits = {}, thresholds = {} }) {
		const own = this.reasons.map(({ name, site, criterion }, r) => {
			const [above, below] = thresholds[name] ?? [];
			return [
				name,
				site ? SITE : EXCLUDED,
				thresholds[name] ? this.criteria[criterion].beyond([below, above]) : this.bits[r],
			];
		});
		const more = Object.entries(limits).map(([name, pair]) => {
			const criterion = this.named(name);
			return [`your limit: ${criterion.label}`, EXCLUDED, criterion.beyond(pair)];
		});
		return [...own.filter(([name]) => !off.includes(name)), ...more];
	}
	/* Nobody is judged better than the tests that hold. */
	judge() {
		const status = (this.status = new Uint8Array(this.n));
		for (const [, as, out] of this.tests)
			for (let i = 0; i < status.length; i++) if (status[i] < as && out(i)) status[i] = as;
		this.counts = counted(status);
	}
	/* The first reason of the study that holds, "" for none; and the names of all that hold now. */
	firstReason(i) {
		return this.reasons[this.bits.findIndex((holds) => holds(i))]?.name ?? "";
	}
	reasonsOf(i) {
		return this.tests.filter(([, , holds]) => holds(i)).map(([name]) => name);
	}

	/* Scores under other weights, by whole numbers only up to a last rounding. */
	scores(weights) {
		const { n, tree, criteria, scored } = this,
			out = this.scratch.score;
		for (const criterion of criteria) criterion.weight = null;
		for (const [{ criterion }, share] of parts(tree, weights)) if (criterion >= 0) criteria[criterion].weight = share;
		const put = (i, value) => (out[i] = scored[i] ? Math.floor(value * (100 * POINT) + 0.5) : NONE);
		if (tree.combine !== "geometric") {
			const [sum, total] = this.summed(tree, weights, "both");
			for (let i = 0; i < n; i++) put(i, sum[i] / (2 * FULL * total));
			return out;
		}
		const logs = logarithms(this.floor),
			own = shares(tree, weights).map((share) => Math.floor(share * POWER + 0.5));
		const whole = own.reduce((sum, power) => sum + power, 0) * LOG;
		const side = (name) => {
			const sum = new Float64Array(n);
			tree.members.forEach((member, m) => {
				const values = this.values(member, weights, name),
					power = own[m];
				for (let i = 0; i < n; i++) sum[i] += power * logs[values[i]];
			});
			return sum;
		};
		const low = side("low"),
			high = criteria.some(({ unsure }) => unsure) ? side("high") : low;
		for (let i = 0; i < n; i++) {
			const least = exponential(low[i] / whole);
			put(i, high[i] === low[i] ? least : (least + exponential(high[i] / whole)) / 2);
		}
		return out;
	}

	/* The exact sum of whole weights x values of a block, sums inside it unfolded, and the sum of the weights. */
	summed(block, weights, side) {
		const sum = new Float64Array(this.n);
		let total = 0;
		for (const [member, share] of parts(block, weights)) {
			const weight = Math.floor(share * SHARE + 0.5),
				values = this.values(member, weights, side);
			total += weight;
			for (let i = 0; i < sum.length; i++) sum[i] += weight * values[i];
		}
		return [sum, total];
	}

	/* The low or the high values of a node in 65535ths, or the sums of both. */
	values({ members, criterion, combine, path }, weights, side) {
		if (!members) return this.criteria[criterion][side];
		const node = { members, combine, path };
		if (side === "both") {
			const [low, high] = ["low", "high"].map((one) => this.values(node, weights, one));
			return Uint32Array.from(low, (x, i) => x + high[i]);
		}
		if (combine === "weighted_sum") {
			const [sum, total] = this.summed(node, weights, side);
			return Uint16Array.from(sum, (x) => Math.floor(x / total + 0.5));
		}
		const two = combine === "worst" ? Math.min : (a, b) => Math.floor((a * b) / FULL + 0.5);
		const inside = members.map((member) => this.values(member, weights, side));
		return inside.reduce((all, values) => all.map((x, i) => two(x, values[i])));
	}

	/* The admitted, best first: a counting sort, least digits first, that keeps the study's order of equal ones. */
	sorted() {
		const { score, status } = this;
		let rows = this.place.filter((i) => status[i] === ADMITTED);
		for (const shift of [0, 14]) {
			const starts = new Uint32Array(16385),
				out = new Uint32Array(rows.length);
			const digit = (i) => 16383 - (((score[i] + 1) >>> shift) & 16383); // none + 1 is 0
			for (const i of rows) starts[digit(i) + 1]++;
			for (let d = 0; d < 16384; d++) starts[d + 1] += starts[d];
			for (const i of rows) out[starts[digit(i)]++] = i;
			rows = out;
		}
		return rows;
	}

	id(i) {
		return this.ids[i];
	}
	points(i) {
		return this.score[i] === NONE ? null : this.score[i] / POINT;
	}
	column(name, i) {
		return this.standing.has(name) ? this.standing.ints(name)[i] : -1;
	}
	/* The interval of the study's score, of its rank, and its share of the shortlist; null where there is none. */
	range(i) {
		const [low, high] = ["low", "high"].map((name) => this.column(name, i) / POINT);
		return low < 0 || low === high ? null : [low, high];
	}
	ranks(i) {
		const [best, worst] = ["best", "worst"].map((name) => this.column(name, i));
		return best > 0 && best !== worst ? [best, worst] : null;
	}
	pTopK(i) {
		const share = this.column("p_top_k", i);
		return share < 0 ? null : share / 10000;
	}
	tier(i) {
		const { tiers, standing } = this;
		if (!this.live || !tiers.length) return standing.json("tiers")[this.column("tier", i)];
		if (this.status[i] !== ADMITTED || this.score[i] === NONE) return "";
		return tiers.find(([, cut]) => this.score[i] >= Math.round(cut * POINT))?.[0] ?? "low";
	}
	/* The rows whose id or published fields hold a text: the whole id first, then by rank. */
	find(asked) {
		const text = asked.toLowerCase(),
			fields = this.details_?.published ?? [];
		const place = (i) => (this.ids[i].toLowerCase() === text ? -1 : this.rank[i] || Infinity);
		const holds = (said) => said.toLowerCase().includes(text);
		const found = Array.from(this.place).filter((i) => holds(this.ids[i]) || fields.some(({ at }) => holds(at(i))));
		return found.sort((a, b) => place(a) - place(b) || 0);
	}
	histogram(bins) {
		const out = new Uint32Array(bins),
			width = (100 * POINT) / bins;
		for (const i of this.order)
			if (this.score[i] !== NONE) out[Math.min(bins - 1, Math.floor(this.score[i] / width))]++;
		return out;
	}

	/* Latitude and longitude of a point in the parcel; null without an outline. */
	inside(i) {
		const at = siting.insideOf(this.shapes, i),
			{ west, north, step } = this.shapes;
		return at && [siting.latitude(north + at[1] * step), (west + at[0] * step) * 360 - 180];
	}

	details() {
		return (this.reading ??= this.readCard().then((card) => {
			const { published, pads } = card.json("head");
			this.details_ = {
				card,
				published: published.map((label, k) => ({ label, at: (i) => this.texts(`published${k}`, i) })),
				pads: pads && siting.gridShapes(card, "pads", pads),
			};
		}));
	}
	/* From the columns of the card: a text, "" without it; a whole number, null without it. */
	texts(name, i) {
		const { card } = this.details_;
		return card.has(`${name}.table`) ? card.json(`${name}.table`)[card.ints(`${name}.index`)[i]] : "";
	}
	whole(name, i) {
		const number = this.details_?.card.has(name) ? this.details_.card.ints(name)[i] : -1e9;
		return number === -1e9 ? null : number;
	}
	card(i) {
		const head = this.details_.card.json("head");
		const all = (kind) => head[kind].map((label, k) => [label, this.texts(`${kind}${k}`, i)]);
		const lines = (text) => (text ? text.split("\n") : []);
		const whole = (names) => Object.fromEntries(names.map((name) => [name, this.whole(name, i)]));
		const cuts = head.cuts?.map((label, k) => ({ label, area: this.whole(`cut${k}`, i) }));
		return {
			...whole(["central", "change"]),
			missing: lines(this.texts("missing", i)),
			measured: Object.fromEntries(all("measured")),
			published: all("published"),
			sections: all("sections").map(([title, text]) => ({ title, lines: lines(text) })),
			nearest: this.criteria.map((_, j) => this.texts(`nearest${j}`, i)),
			waterfall: cuts && { ...whole(["gross", "usable", "largest"]), cuts },
		};
	}
}

function counted(status) {
	const [admitted, site, excluded] = status.reduce((counts, one) => (counts[one]++, counts), [0, 0, 0]);
	return { admitted, site, excluded };
}

/* Competition ranks: equal scores share the better place. */
function ranks(order, score, out) {
	for (let k = 0; k < order.length && score[order[k]] !== NONE; k++)
		out[order[k]] = k && score[order[k]] === score[order[k - 1]] ? out[order[k - 1]] : k + 1;
	return out;
}

/* The normalised weights of a block's members, added up in study order. */
function shares({ members }, weights) {
	const total = members.reduce((sum, { path }) => sum + weights[path], 0);
	return members.map(({ path }) => (total > 0 ? weights[path] / total : 1 / members.length));
}

/* The members of a block, those of sums inside it in their place, and the share of each. */
function parts(block, weights, whole = 1) {
	const own = shares(block, weights).map((share) => whole * share);
	return block.members.flatMap((member, m) =>
		member.combine === "weighted_sum" ? parts(member, weights, own[m]) : [[member, own[m]]],
	);
}

/* Numbers that lie evenly between knots. */
function spread(knots, count) {
	const steps = (count - 1) / (knots.length - 1);
	return Float64Array.from({ length: count }, (_, k) => {
		const piece = Math.min(knots.length - 2, Math.floor(k / steps));
		return knots[piece] + ((knots[piece + 1] - knots[piece]) * (k - piece * steps)) / steps;
	});
}

/* log(max(k / 65535, floor)) in 2^-32, from + - x / alone, so that every machine has the same table. */
const tables = {};
function logarithms(floor) {
	return (tables[floor] ??= Float64Array.from({ length: FULL + 1 }, (_, k) => {
		let x = Math.max(k / FULL, floor),
			halvings = 0,
			sum = 0;
		for (; x < 2 / 3; halvings++) x *= 2;
		const t = (x - 1) / (x + 1);
		for (let odd = 23; odd > 0; odd -= 2) sum = sum * (t * t) + 1 / odd;
		return Math.floor((2 * t * sum - halvings * 0.6931471805599453) * LOG + 0.5);
	}));
}

/* e^x for -12 < x <= 0, likewise. */
function exponential(x) {
	let sum = 1;
	for (let k = 9; k > 0; k--) sum = 1 + (sum * (x / 64)) / k;
	for (let k = 0; k < 6; k++) sum *= sum;
	return sum;
}

Object.assign(siting, { ADMITTED, SITE, EXCLUDED, logarithms, exponential });
