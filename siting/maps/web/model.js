/* siting: the model of a map: what Python packed, and the scores that follow from other weights; Python's twin of their
   arithmetic is siting/maps/live.py. By row, now: status, score (1e-6 points), rank (0: none); order: the admitted, best
   first; model.study has those of the study. What setState leaves out is the study's, null is no limit. */
const [ADMITTED, SITE, EXCLUDED] = [0, 1, 2];
const NONE = 0xffffffff; // no score
const NOTHING = -1e9; // in a column of the card
const FULL = 65535;
const POINT = 1e6;
const SHARE = 2 ** 30; // to the unit of a weight in a sum: 2^30 x 65535 x 2 < 2^47 is exact
const POWER = 2 ** 17; // in a geometric mean: 2^17 x 11.1 x 2^32 < 2^53 is exact
const LOG = 2 ** 32;

siting.model = async (elementId) => {
	const read = (part) => siting.segment(document.getElementById(`${elementId}_${part}`).textContent);
	return new Model(...(await Promise.all([read("base"), read("standing")])), () => read("card"));
};

const named = (all, name) => all.find((one) => one.name === name);

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
		const { base } = model;
		lazily(this, {
			codes: () => base.ints(`c${j}.code`),
			numbers: () => spread(base.ints(`c${j}.number`), about.spread),
			others: () => base.json(`c${j}.others`),
			unknown: () => new Set(this.others.flatMap(([, low], k) => (low < 0 ? [FULL - k] : []))), // codes without a value
			unsure: () => this.others.some(([, low, high]) => low !== high),
			low: () => this.values16(1),
			high: () => (this.unsure ? this.values16(2) : this.low),
			both: () => this.values16(1, 2),
		});
	}
	values16(...sides) {
		const table = new Uint32Array(FULL + 1),
			{ codes } = this;
		const out = new (sides[1] ? Uint32Array : Uint16Array)(codes.length);
		this.model.base.ints(`c${this.j}.value`).forEach((value, code) => (table[code] = value * sides.length));
		this.others.forEach((other, k) => sides.forEach((side) => (table[FULL - k] += Math.max(0, other[side]))));
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
	/* A test of rows: whether the quantity is certainly under least or over most (null: no limit). */
	beyond([least, most]) {
		const out = new Uint8Array(FULL + 1),
			{ codes } = this;
		const test = (low, high) => high < (least ?? -Infinity) || low > (most ?? Infinity);
		this.numbers.forEach((x, code) => (out[code] = test(x, x)));
		this.others.forEach((other, k) => (out[FULL - k] = test(...other[6].map(Number))));
		return (i) => out[codes[i]];
	}
	/* Python's own while its weights hold; else, in a tree of sums, share x (value - median of the study's admitted). */
	contribution(i) {
		const { both, median, weight, model, j } = this;
		if (!model.state.weights) return model.whole(`by${j}`, i, 10 ** model.about.decimals);
		if (weight === null || model.tree.combine === "geometric" || !model.base.ints("scored")[i]) return null;
		return (100 * weight * (both[i] - median)) / (2 * FULL);
	}
}

class Model {
	constructor(base, standing, readCard) {
		const about = base.json("about"),
			[score, status, place] = ["score", "status", "order"].map(standing.ints);
		Object.assign(this, about, { about, base, standing, readCard, place, ids: base.json("ids") });
		this.shapes = siting.gridShapes(base, "p", about.grid);
		this.criteria = about.criteria.map((one, j) => new Criterion(one, j, this));
		this.bits = about.reasons.map((_, r) => {
			const word = base.ints(`x${Math.floor(r / 31)}`);
			return (i) => (word[i] >> (r % 31)) & 1;
		});
		const counts = counted(status),
			order = place.subarray(0, counts.admitted);
		this.study = { score, status, counts, order, rank: ranks(order, score) };
		this.setState({});
	}

	/* {weights: {path: number}, off: [reason], limits: {criterion: [least, most]}, thresholds: {reason: [above, below]}} */
	setState(asked) {
		const state = this.difference(asked);
		Object.assign(this, this.study, { state, live: Object.keys(state).length > 0, tests: this.testing(state) });
		for (const criterion of this.criteria) criterion.weight = criterion.studyWeight;
		if (state.off || state.limits || state.thresholds) this.judge();
		if (state.weights) this.score = this.scores({ ...this.own, ...state.weights });
		if (this.live) this.order = this.sorted();
		if (this.live) this.rank = ranks(this.order, this.score);
	}

	/* What of a state is not as the study has it. */
	difference({ weights = {}, off = [], limits = {}, thresholds = {} }) {
		const some = (table, test) => Object.fromEntries(Object.entries(table).filter((entry) => test(...entry)));
		const { own, reasons, criteria } = this;
		const all = {
			weights: some(weights, (path, weight) => path in own && weight !== own[path]),
			off: off.filter((name) => named(reasons, name)),
			limits: some(limits, (name, pair) => named(criteria, name) && pair.some((end) => end !== null)),
			thresholds: some(thresholds, (name, [above, below]) => {
				const reason = named(reasons, name);
				return reason?.editable && (reason.above !== above || reason.below !== below);
			}),
		};
		return some(all, (_, kept) => Object.keys(kept).length);
	}

	/* What puts parcels out, as [name, as which status, test of rows]: of the study, moved or not, and of the reader. */
	testing({ off = [], limits = {}, thresholds = {} }) {
		const own = this.reasons.map(({ name, site, criterion }, r) => {
			const [above, below] = thresholds[name] ?? [];
			const out = thresholds[name] ? this.criteria[criterion].beyond([below, above]) : this.bits[r];
			return [name, site ? SITE : EXCLUDED, out];
		});
		const more = Object.entries(limits).map(([name, pair]) => {
			const criterion = named(this.criteria, name);
			return [`your limit: ${criterion.label}`, EXCLUDED, criterion.beyond(pair)];
		});
		return [...own.filter(([name]) => !off.includes(name)), ...more];
	}
	/* Nobody is judged better than the tests that hold. */
	judge() {
		const status = new Uint8Array(this.n);
		for (const [, as, out] of this.tests)
			for (let i = 0; i < status.length; i++) if (status[i] < as && out(i)) status[i] = as;
		Object.assign(this, { status, counts: counted(status) });
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
		const { n, tree, criteria, base } = this,
			scored = base.ints("scored"),
			out = new Uint32Array(n);
		const put = (i, value) => (out[i] = scored[i] ? Math.floor(value * (100 * POINT) + 0.5) : NONE);
		const all = parts(tree, weights);
		for (const criterion of criteria) criterion.weight = null;
		for (const [{ criterion }, share] of all) if (criterion >= 0) criteria[criterion].weight = share;
		if (tree.combine !== "geometric") {
			const [sum, total] = this.summed(all, weights, "both");
			for (let i = 0; i < n; i++) put(i, sum[i] / (2 * FULL * total));
			return out;
		}
		const blocks = parts(tree, weights, false),
			logs = logarithms(this.floor);
		const sides = criteria.some(({ unsure }) => unsure) ? ["low", "high"] : ["low"];
		const [[low, total], [high] = [low]] = sides.map((side) => this.summed(blocks, weights, side, POWER, logs));
		for (let i = 0; i < n; i++) {
			const least = exponential(low[i] / (total * LOG));
			put(i, high[i] === low[i] ? least : (least + exponential(high[i] / (total * LOG))) / 2);
		}
		return out;
	}

	/* The exact sum of whole weights x values (or their logarithms) of [node, share], and the sum of the weights. */
	summed(all, weights, side, unit = SHARE, logs = null) {
		const sum = new Float64Array(this.n);
		let total = 0;
		for (const [node, share] of all) {
			const weight = Math.floor(share * unit + 0.5),
				values = this.values(node, weights, side);
			total += weight;
			for (let i = 0; i < sum.length; i++) sum[i] += weight * (logs ? logs[values[i]] : values[i]);
		}
		return [sum, total];
	}

	/* The low or the high values of a node in 65535ths, or the sums of both. */
	values(node, weights, side) {
		const { members, criterion, combine } = node;
		if (!members) return this.criteria[criterion][side];
		if (side === "both") {
			const [low, high] = ["low", "high"].map((one) => this.values(node, weights, one));
			return Uint32Array.from(low, (x, i) => x + high[i]);
		}
		if (combine === "weighted_sum") {
			const [sum, total] = this.summed(parts(node, weights), weights, side);
			return Uint16Array.from(sum, (x) => Math.floor(x / total + 0.5));
		}
		const two = combine === "worst" ? Math.min : (a, b) => Math.floor((a * b) / FULL + 0.5);
		const inside = members.map((member) => this.values(member, weights, side));
		return inside.reduce((all, values) => all.map((x, i) => two(x, values[i])));
	}

	/* The admitted, best first: a counting sort, least digits first, that keeps the study's order of equal ones. */
	sorted() {
		const { score, status, place, counts } = this;
		let rows = new Uint32Array(counts.admitted),
			last = 0;
		for (const i of place) if (status[i] === ADMITTED) rows[last++] = i;
		for (const shift of [0, 14]) {
			const starts = new Uint32Array(16385),
				out = new Uint32Array(rows.length);
			const digit = (i) => 16383 - (((score[i] + 1) >>> shift) & 16383); // none + 1 is 0
			for (let k = 0; k < last; k++) starts[digit(rows[k]) + 1]++;
			for (let d = 0; d < 16384; d++) starts[d + 1] += starts[d];
			for (let k = 0; k < last; k++) out[starts[digit(rows[k])]++] = rows[k];
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
	interval(names, i, unit) {
		const [low, high] = names.map((name) => this.column(name, i) / unit);
		return low < 0 || low === high ? null : [low, high];
	}
	range(i) {
		return this.interval(["low", "high"], i, POINT);
	}
	ranks(i) {
		return this.interval(["best", "worst"], i, 1);
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
			{ order, score } = this,
			width = (100 * POINT) / bins;
		for (const i of order) if (score[i] !== NONE) out[Math.min(bins - 1, Math.floor(score[i] / width))]++;
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
			const fields = published.map((label, k) => ({ label, at: (i) => this.said(`published${k}`, i) }));
			this.details_ = { card, published: fields, pads: pads && siting.gridShapes(card, "pads", pads) };
		}));
	}
	/* From the columns of the card: a text, "" without it; a number, null without it. */
	said(name, i) {
		const { card } = this.details_;
		return card.has(`${name}.table`) ? card.json(`${name}.table`)[card.ints(`${name}.index`)[i]] : "";
	}
	whole(name, i, unit = 1) {
		const number = this.details_?.card.has(name) ? this.details_.card.ints(name)[i] : NOTHING;
		return number === NOTHING ? null : number / unit;
	}
	card(i) {
		const head = this.details_.card.json("head");
		const all = (kind) => head[kind].map((label, k) => [label, this.said(`${kind}${k}`, i)]);
		const lines = (text) => text.split("\n").filter(Boolean);
		const [central, change, gross, usable, largest] = ["central", "change", "gross", "usable", "largest"].map((name) =>
			this.whole(name, i),
		);
		const cuts = head.cuts?.map((label, k) => ({ label, area: this.whole(`cut${k}`, i) }));
		return {
			...{ central, change, waterfall: cuts && { gross, usable, largest, cuts } },
			missing: lines(this.said("missing", i)),
			measured: Object.fromEntries(all("measured")),
			published: all("published"),
			sections: all("sections").map(([title, text]) => ({ title, lines: lines(text) })),
			nearest: this.criteria.map((_, j) => this.said(`nearest${j}`, i)),
		};
	}
}

function counted(status) {
	const [admitted, site, excluded] = status.reduce((counts, one) => (counts[one]++, counts), [0, 0, 0]);
	return { admitted, site, excluded };
}

/* Competition ranks: equal scores share the better place. */
function ranks(order, score) {
	const out = new Uint32Array(score.length);
	for (let k = 0; k < order.length && score[order[k]] !== NONE; k++)
		out[order[k]] = k && score[order[k]] === score[order[k - 1]] ? out[order[k - 1]] : k + 1;
	return out;
}

/* The members of a block, each with its share of it; those of sums inside it in their place, where unfolded. */
function parts({ members }, weights, unfold = true, whole = 1) {
	const total = members.reduce((sum, { path }) => sum + weights[path], 0);
	return members.flatMap((member) => {
		const share = whole * (total > 0 ? weights[member.path] / total : 1 / members.length);
		return unfold && member.combine === "weighted_sum" ? parts(member, weights, true, share) : [[member, share]];
	});
}

/* So many numbers that lie evenly between knots; 0: these are all. */
function spread(knots, count) {
	const steps = (count - 1) / (knots.length - 1);
	const number = (k) => {
		const piece = Math.floor(k / steps),
			from = knots[piece];
		return from + (((knots[piece + 1] ?? from) - from) * (k - piece * steps)) / steps;
	};
	return count ? Float64Array.from({ length: count }, (_, k) => number(k)) : knots;
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

Object.assign(siting, { ADMITTED, EXCLUDED, logarithms, exponential });
