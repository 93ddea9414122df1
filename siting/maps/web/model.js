/* siting: the model of a map: what Python packed, and the scores that follow from other weights, as in siting/maps/live.py
   and live_parts.py. By row, now: status, score (1e-6 points), rank (0: none); order: the admitted, best first;
   model.study has those of the study. What setState leaves out is the study's, null is no limit. */
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
	return new Model(...(await Promise.all([read("base"), read("standing")])), read);
};

/* A little after the next frame: what the reader does comes first. */
const drawn = () => new Promise((done) => (globalThis.requestAnimationFrame ?? setTimeout)(() => setTimeout(done, 30)));

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
		const ints = (name) => model.measured.ints(`c${j}.${name}`);
		lazily(this, {
			codes: () => ints("code"),
			worth: () => ints("value"),
			shown: () => ints("shown"),
			numbers: () => spread(ints("number"), about.spread),
			others: () => model.measured.json(`c${j}.others`),
			unknown: () => new Set(this.others.flatMap(([, low], k) => (low < 0 ? [FULL - k] : []))), // codes without a value
			unsure: () => this.others.some(([, low, high]) => low !== high),
			low: () => this.values16(Uint16Array, 1),
			high: () => (this.unsure ? this.values16(Uint16Array, 2) : this.low),
			both: () => this.values16(Uint32Array, 1, 2),
		});
	}
	values16(Kind, ...sides) {
		const { codes, others, worth } = this,
			table = new Uint32Array(FULL + 1),
			out = new Kind(codes.length);
		worth.forEach((value, code) => (table[code] = value * sides.length));
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
		const own = this.shown[this.codes[i]];
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
	/* Python's own while its weights hold, else live; null where there is none. */
	contribution(i) {
		const { model, j } = this;
		if (model.state.weights) return model.contributions(i)?.[j] ?? null;
		return model.whole(`by${j}`, i, 10 ** model.about.decimals);
	}
}

class Model {
	constructor(base, standing, read) {
		const about = base.json("about"),
			[score, status, place] = ["score", "status", "order"].map(standing.ints);
		Object.assign(this, about, { about, base, standing, read, place });
		lazily(this, { ids: () => Array.from({ length: about.n }, (_, i) => this.id(i)) });
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
		this.weights = { ...this.own, ...state.weights };
		if (state.weights) this.weigh();
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

	weigh() {
		const { tree, weights, criteria } = this;
		for (const criterion of criteria) criterion.weight = null;
		for (const [{ criterion }, share] of parts(tree, weights)) if (criterion >= 0) criteria[criterion].weight = share;
		this.score = this.scores("both", 0, this.n);
	}
	/* Scores of the rows from..to from low or high values or both, by whole numbers but for the end. */
	scores(side, from, to) {
		const { tree, weights, criteria, floor } = this,
			scored = this.measured.ints("scored"),
			out = new Uint32Array(to - from);
		const put = (k, value) => (out[k] = scored[from + k] ? Math.floor(value * 100 * POINT + 0.5) : NONE);
		if (tree.combine !== "geometric") {
			const [sum, total] = this.summed(parts(tree, weights), side, from, to);
			for (let k = 0; k < out.length; k++) put(k, sum[k] / ((side === "both" ? 2 : 1) * FULL * total));
			return out;
		}
		const blocks = parts(tree, weights, false),
			logs = logarithms(floor),
			unsure = criteria.some((one) => one.unsure);
		const [low, high] = side !== "both" ? [side, side] : unsure ? ["low", "high"] : ["low", "low"];
		const [least, total] = this.summed(blocks, low, from, to, POWER, logs);
		const [most] = high === low ? [least] : this.summed(blocks, high, from, to, POWER, logs);
		for (let k = 0; k < out.length; k++) {
			const one = exponential(least[k] / (total * LOG));
			put(k, most[k] === least[k] ? one : (one + exponential(most[k] / (total * LOG))) / 2);
		}
		return out;
	}

	/* The exact sum of whole weights x values (or their logarithms) of [node, share], and the sum of the weights. */
	summed(all, side, from, to, unit = SHARE, logs = null) {
		const sum = new Float64Array(to - from);
		let total = 0;
		for (const [node, share] of all) {
			const weight = Math.floor(share * unit + 0.5),
				values = this.values(node, side, from, to);
			total += weight;
			if (logs) for (let k = 0; k < sum.length; k++) sum[k] += weight * logs[values[k]];
			else for (let k = 0; k < sum.length; k++) sum[k] += weight * values[k];
		}
		return [sum, total];
	}

	/* The low or the high values of a node in 65535ths, or the sums of both. */
	values(node, side, from, to) {
		const { members, criterion, combine } = node;
		if (!members) return this.criteria[criterion][side].subarray(from, to);
		if (side === "both") {
			const [low, high] = ["low", "high"].map((one) => this.values(node, one, from, to));
			return Uint32Array.from(low, (x, i) => x + high[i]);
		}
		if (combine === "weighted_sum") {
			const [sum, total] = this.summed(parts(node, this.weights), side, from, to);
			return Uint16Array.from(sum, (x) => Math.floor(x / total + 0.5));
		}
		const two = combine === "worst" ? Math.min : (a, b) => Math.floor((a * b) / FULL + 0.5);
		const inside = members.map((member) => this.values(member, side, from, to));
		return inside.reduce((all, values) => all.map((x, k) => two(x, values[k])));
	}

	/* What each criterion does to a score with the weights now, against the study's median parcel: points, or in a
	   geometric mean %. */
	contributions(i) {
		const { tree, weights, floor, measured } = this;
		if (!tree || !measured.ints("scored")[i]) return null;
		if (tree.combine !== "geometric") return this.parted(tree, i)[2].map((part) => 100 * part);
		const out = [];
		for (const [member, share] of parts(tree, weights, false)) {
			const [value, median, by] = this.parted(member, i);
			const [own, middle] = [value, median].map((one) => Math.max(one, floor));
			const same = Math.abs(value - median) < 1e-12;
			const limit = median >= floor ? share / middle : 0;
			const factor = same ? limit : (share * logarithm(own / middle)) / (value - median);
			by.forEach((part, j) => (out[j] = 100 * (power(factor * part) - 1)));
		}
		return out;
	}
	/* [value, value of the medians, parts] of a node: the parts by criterion add up to value - median. */
	parted({ members, criterion, combine }, i) {
		const { criteria, weights } = this,
			out = [];
		if (!members) {
			const [value, median] = [criteria[criterion].both[i], criteria[criterion].median].map((x) => x / (2 * FULL));
			out[criterion] = value - median;
			return [value, median, out];
		}
		const shares = parts({ members }, weights, false).map(([, share]) => share);
		const inside = members.map((member) => this.parted(member, i));
		const sides = [0, 1].map((side) => inside.map((one) => one[side]));
		const [value, median] = sides.map((all) => combined(combine, all, shares));
		const binding = sides[0].indexOf(value);
		inside.forEach(([own, middle, by], k) => {
			if (combine === "worst" && k !== binding) by.forEach((_, j) => (out[j] = 0));
			else if (combine === "worst") {
				const whole = leaves(members[k], weights);
				by.forEach((part, j) => (out[j] = part + whole[j] * (value - median - (own - middle))));
			} else {
				const factor = combine === "product" ? telescoped(...sides, k) : shares[k];
				by.forEach((part, j) => (out[j] = factor * part));
			}
		});
		return [value, median, out];
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
		return i < 0 ? undefined : this.base.text("ids", i);
	}
	points(i) {
		return this.score[i] === NONE ? null : this.score[i] / POINT;
	}
	column(name, i) {
		return this.standing.has(name) ? this.standing.ints(name)[i] : -1;
	}
	/* The ends of the score, with the weights now, and of the study's rank; null where they are equal. */
	range(i) {
		const live = this.state.weights && this.score[i] !== NONE;
		const end = (side) => (live ? this.scores(side, i, i + 1)[0] : this.column(side, i)) / POINT;
		return unequal([end("low"), end("high")]);
	}
	ranks(i) {
		return unequal(["best", "worst"].map((end) => this.column(end, i)));
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
	/* The point well inside a parcel that Python found, on the grid, and as latitude and longitude; null for none. */
	spot(i) {
		const { box } = this.shapes,
			[west, north, east, south] = box.subarray(4 * i);
		const [right, down] = ["right", "down"].map((name) => this.standing.ints(`spot.${name}`)[i]);
		return west > east ? null : [((west + east) >> 1) + right, ((north + south) >> 1) + down];
	}
	inside(i) {
		const at = this.spot(i),
			{ west, north, step } = this.shapes;
		return at && [siting.latitude(north + at[1] * step), (west + at[0] * step) * 360 - 180];
	}

	/* Criteria, and texts of cards, follow once the page has been drawn. */
	measure() {
		return (this.measuring ??= drawn().then(async () => (this.measured = await this.read("criteria"))));
	}
	details() {
		return (this.reading ??= this.measure().then(async () => {
			const card = await this.read("card"),
				head = card.json("head");
			const published = head.published.map((label, k) => ({ label, at: (i) => this.said(`published${k}`, i) }));
			this.details_ = { ...head, card, published, pads: head.pads && siting.gridShapes(card, "pads", head.pads) };
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
}

const unequal = ([low, high]) => (low < 0 || low === high ? null : [low, high]);

function counted(status) {
	const counts = [0, 0, 0];
	for (const one of status) counts[one]++;
	const [admitted, site, excluded] = counts;
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

/* Criterion -> its share of a node. */
function leaves(node, weights, whole = 1) {
	if (!node.members) return { [node.criterion]: whole };
	const inside = parts(node, weights, false).map(([member, share]) => leaves(member, weights, whole * share));
	return Object.assign({}, ...inside);
}

function combined(combine, values, shares) {
	if (combine === "worst") return Math.min(...values);
	if (combine === "product") return values.reduce((one, other) => one * other);
	return values.reduce((sum, value, k) => sum + shares[k] * value, 0);
}

/* The mean of the factors by which member k makes a product of medians that of the values, in both orders. */
function telescoped(values, medians, k) {
	let [forwards, backwards] = [1, 1];
	for (let m = 0; m < values.length; m++) {
		if (m === k) continue;
		forwards *= m < k ? medians[m] : values[m];
		backwards *= m < k ? values[m] : medians[m];
	}
	return (forwards + backwards) / 2;
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

/* From + - x / alone, so that every machine has the same; the table is in 2^-32. */
function logarithm(x) {
	let halvings = 0,
		sum = 0;
	for (; x < 2 / 3; halvings++) x *= 2;
	for (; x > 4 / 3; halvings--) x /= 2;
	const t = (x - 1) / (x + 1);
	for (let odd = 23; odd > 0; odd -= 2) sum = sum * (t * t) + 1 / odd;
	return 2 * t * sum - halvings * 0.6931471805599453;
}
const tables = {};
const logarithms = (floor) =>
	(tables[floor] ??= Float64Array.from({ length: FULL + 1 }, (_, k) =>
		Math.floor(logarithm(Math.max(k / FULL, floor)) * LOG + 0.5),
	));

/* e^x for -12 < x <= 0, likewise; power: for x < 12. */
function exponential(x) {
	let sum = 1;
	for (let k = 9; k > 0; k--) sum = 1 + (sum * (x / 64)) / k;
	for (let k = 0; k < 6; k++) sum *= sum;
	return sum;
}
const power = (x) => (x > 0 ? 1 / exponential(-x) : exponential(x));

Object.assign(siting, { ADMITTED, EXCLUDED, logarithms, exponential });
