/* siting: the model of a map: what Python packed, and the scores that follow from other weights, as in siting/maps/live.py
   and live_parts.py. By row, now: status, score (1e-6 points), rank (0: none); order: the admitted, best first;
   model.study has those of the study. */
const [ADMITTED, SITE, EXCLUDED] = [0, 1, 2];
const NONE = 0xffffffff; // no score
const NOTHING = -1e9; // in a column of the card
const FULL = 65535;
const POINT = 1e6;
const SHARE = 2 ** 30; // to the unit of a weight in a sum: 2^30 x 65535 < 2^46 is exact
const POWER = 2 ** 17; // in a geometric mean: 2^17 x 11.1 x 2^32 < 2^53 is exact
const LOG = 2 ** 32;

siting.model = async (elementId) => {
	const read = (part) => siting.segment(document.getElementById(`${elementId}_${part}`).textContent);
	return new Model(...(await Promise.all([read("base"), read("standing")])), read);
};

/* A little after the next frame: what the reader does comes first. */
const drawn = () => new Promise((done) => (globalThis.requestAnimationFrame ?? setTimeout)(() => setTimeout(done, 30)));

/* One criterion, packed as siting/maps/codes.py says. */
class Criterion {
	constructor(about, j, model) {
		Object.assign(this, about, { j, model });
	}
	/* ends: low and high values by row, in 65535ths; one column where they are the same. */
	open(measured) {
		const [codes, worth, shown, numbers] = ["code", "value", "shown", "number"].map((name) =>
			measured.ints(`c${this.j}.${name}`),
		);
		const others = measured.json(`c${this.j}.others`);
		const ends = ["low", "high"].map((side) => {
			const table = new Uint16Array(FULL + 1),
				out = new Uint16Array(codes.length);
			table.set(worth);
			others.forEach((other, k) => (table[FULL - k] = other[side]));
			for (let i = 0; i < out.length; i++) out[i] = table[codes[i]];
			return out;
		});
		if (others.every(({ low, high }) => low === high)) ends[1] = ends[0];
		Object.assign(this, { codes, numbers, shown, others, ends });
	}
	/* What is known of a parcel whose quantity is no plain number. */
	other(i) {
		return this.others[FULL - this.codes[i]];
	}
	number(i) {
		const { least, most } = this.other(i) ?? {};
		return least === most ? (least ?? this.numbers[this.codes[i]]) : NaN;
	}
	text(i) {
		return this.other(i)?.text ?? siting.quantity(this.numbers[this.codes[i]], this.unit);
	}
	/* The value in hundredths: [low, middle, high], null where it is not known. */
	values(i) {
		const own = this.shown[this.codes[i]];
		const { shown } = this.other(i) ?? { shown: [own, own, own] };
		return shown && { low: shown[0], middle: shown[1], high: shown[2] };
	}
	/* From 0 to 1, -1 where it is not known. */
	value(i) {
		return this.values(i) ? (this.ends[0][i] + this.ends[1][i]) / (2 * FULL) : -1;
	}
	/* A test of rows: whether the quantity is certainly under least or over most. */
	beyond(least, most) {
		const [from, to] = [least ?? -Infinity, most ?? Infinity];
		const out = Uint8Array.from({ length: FULL + 1 }, (_, code) => {
			const x = this.numbers[code];
			const [low, high] = this.others[FULL - code]?.ends ?? [x, x];
			return high < from || low > to;
		});
		return (i) => out[this.codes[i]];
	}
	/* Python's own while its weights hold, else live; null where there is none. */
	contribution(i) {
		const { model, j } = this;
		if (model.weighted) return model.contributions(i)?.[j] ?? null;
		return model.whole(`by${j}`, i, 10 ** model.about.decimals);
	}
}

class Model {
	constructor(base, standing, read) {
		const about = base.json("about"),
			[score, status, place] = ["score", "status", "order"].map(standing.ints);
		Object.assign(this, about, { about, base, standing, read, place });
		this.shapes = siting.gridShapes(base, "p", about.grid);
		this.criteria = about.criteria.map((one, j) => new Criterion(one, j, this));
		this.bits = about.reasons.map((_, r) => {
			const word = base.ints(`x${Math.floor(r / 31)}`);
			return (i) => (word[i] >> (r % 31)) & 1;
		});
		const counts = counted(status),
			order = place.subarray(0, counts.admitted);
		this.study = { score, status, counts, order, rank: ranks(order, score) };
		this.setState();
	}

	/* weights: by path; moved(kind): what else is not as the study has it, as a Map of the reasons that are "off", their
	   thresholds "above" and "below", and the limits of criteria, "least" and "most". */
	setState(weights = {}, moved = () => new Map()) {
		const { study, own, tree, reasons, criteria, about } = this;
		const all = ["off", "above", "below", "least", "most"].map(moved);
		const [off, above, below, least, most] = all;
		const judged = all.some((some) => some.size);
		this.weights = { ...own, ...weights };
		this.weighted = Object.keys(own).some((path) => this.weights[path] !== own[path]);
		this.live = judged || this.weighted;
		/* What puts parcels out: [name, as which status, test of rows]. */
		const anew = ({ name, criterion, ...given }, r) =>
			above.has(name) || below.has(name)
				? criteria[criterion].beyond(below.get(name) ?? given.below, above.get(name) ?? given.above)
				: this.bits[r];
		const rules = reasons.map((one, r) => [one.name, one.site ? SITE : EXCLUDED, anew(one, r)]);
		const limited = criteria.filter(({ name }) => least.has(name) || most.has(name));
		const limits = limited.map((one) => [
			`your limit: ${one.label}`,
			EXCLUDED,
			one.beyond(least.get(one.name), most.get(one.name)),
		]);
		this.tests = [...rules.filter(([name]) => !off.has(name)), ...limits];
		Object.assign(this, study);
		const shared = (from) => siting.shares(tree.groups.slice(from), this.weights);
		Object.assign(this, { shares: shared(0), sharesInside: shared(1) });
		criteria.forEach((one, j) => (one.weight = about.criteria[j].weight));
		if (judged) this.judge();
		if (this.weighted) this.weigh();
		if (this.live) this.order = this.sorted();
		if (this.live) this.rank = ranks(this.order, this.score);
	}
	/* Nobody is judged better than the tests that hold. */
	judge() {
		const status = new Uint8Array(this.n);
		for (const [, as, out] of this.tests)
			for (let i = 0; i < status.length; i++) if (status[i] < as && out(i)) status[i] = as;
		Object.assign(this, { status, counts: counted(status) });
	}
	/* The first reason of the study that holds, by its number, -1 for none; and the names of all that hold now. */
	firstReason(i) {
		return this.bits.findIndex((holds) => holds(i));
	}
	reasonsOf(i) {
		return this.tests.filter(([, , holds]) => holds(i)).map(([name]) => name);
	}

	weigh() {
		for (const { path, criteria } of this.leaves)
			for (const j of criteria) this.criteria[j].weight = criteria.length > 1 ? null : this.shares[path];
		this.score = this.scores(this.sides, 0, this.n);
	}
	/* Scores of the rows from..to from low (0) or high (1) values, or both, by whole numbers but for the end. */
	scores(sides, from, to) {
		const scored = this.measured.ints("scored"),
			out = new Uint32Array(to - from);
		const ends = sides.map((side) => this.end(side, from, to)),
			[low, high = low] = ends;
		for (let k = 0; k < out.length; k++)
			out[k] = scored[from + k] ? Math.floor(((low[k] + high[k]) / 2) * 100 * POINT + 0.5) : NONE;
		return out;
	}
	/* The score from 0 to 1 by low or high values. */
	end(side, from, to) {
		const { tree, shares, sharesInside } = this;
		if (!tree.geometric) return this.mean(this.leaves, shares, side, from, to).map((x) => x / FULL);
		const logs = logarithms(this.floor),
			sum = new Float64Array(to - from);
		let total = 0;
		for (const { path, leaves } of tree.blocks) {
			const weight = Math.floor(shares[path] * POWER + 0.5),
				values = this.mean(leaves, sharesInside, side, from, to);
			total += weight;
			for (let k = 0; k < sum.length; k++) sum[k] += weight * logs[Math.floor(values[k] + 0.5)];
		}
		return sum.map((x) => exponential(x / (total * LOG)));
	}
	/* The exact sum of whole weights x values by the sum of the weights: 0 to 65535. */
	mean(leaves, shares, side, from, to) {
		const sum = new Float64Array(to - from);
		let total = 0;
		for (const { path, ends } of leaves) {
			const weight = Math.floor((shares[path] ?? 1) * SHARE + 0.5),
				values = ends[side];
			total += weight;
			for (let k = 0; k < sum.length; k++) sum[k] += weight * values[from + k];
		}
		for (let k = 0; k < sum.length; k++) sum[k] /= total;
		return sum;
	}
	/* The value of a block, from 0 to 1, by row. */
	block(path) {
		const { leaves } = this.tree.blocks.find((block) => block.path === path);
		const [low, high] = [0, 1].map((side) => this.mean(leaves, this.sharesInside, side, 0, this.n));
		return low.map((x, i) => (x + high[i]) / (2 * FULL));
	}

	/* What each criterion does to a score with the weights now, against the study's median parcel: points, or in a
	   geometric mean %. Of a block that is one value, the weakest criterion does it. */
	contributions(i) {
		const { tree, criteria, shares, sharesInside, floor } = this;
		if (!this.measured.ints("scored")[i]) return null;
		const out = criteria.map(() => 0);
		for (const { path, leaves } of tree.blocks) {
			const share = (leaf) => sharesInside[leaf.path] ?? 1;
			const value = (leaf) => (leaf.ends[0][i] + leaf.ends[1][i]) / (2 * FULL);
			const own = leaves.reduce((sum, leaf) => sum + share(leaf) * value(leaf), 0);
			const middle = leaves.reduce((sum, leaf) => sum + share(leaf) * leaf.median, 0);
			const factor = shares[path] * (tree.geometric ? slope(own, middle, floor) : 1);
			for (const leaf of leaves) {
				const part = factor * (share(leaf) * (value(leaf) - leaf.median));
				const weakest = leaf.criteria.reduce((a, b) => (criteria[b].value(i) < criteria[a].value(i) ? b : a));
				out[weakest] = 100 * (tree.geometric ? exponential(part) - 1 : part);
			}
		}
		return out;
	}

	/* The admitted, best first: a counting sort, least digits first, that keeps the study's order of equal ones. */
	sorted() {
		const { score, status, place, counts } = this;
		let rows = place.filter((i) => status[i] === ADMITTED);
		for (const shift of [0, 14]) {
			const starts = new Uint32Array(16385),
				out = new Uint32Array(counts.admitted);
			const digit = (i) => 16383 - (((score[i] + 1) >>> shift) & 16383); // none + 1 is 0
			for (const i of rows) starts[digit(i) + 1]++;
			for (let d = 0; d < 16384; d++) starts[d + 1] += starts[d];
			for (const i of rows) out[starts[digit(i)]++] = i;
			rows = out;
		}
		return rows;
	}

	id(i) {
		return i < 0 ? undefined : this.base.text("ids", i);
	}
	get ids() {
		return (this.names ??= Array.from({ length: this.n }, (_, i) => this.id(i)));
	}
	points(i) {
		return this.score[i] === NONE ? null : this.score[i] / POINT;
	}
	column(name, i) {
		return this.standing.has(name) ? this.standing.ints(name)[i] : -1;
	}
	/* The ends of the score, with the weights now, and of the study's rank; null where they are equal. */
	range(i) {
		const live = this.weighted && this.score[i] !== NONE;
		const ends = live
			? [0, 1].map((side) => this.scores([side], i, i + 1)[0])
			: ["low", "high"].map((end) => this.column(end, i));
		return unequal(ends.map((end) => end / POINT));
	}
	ranks(i) {
		return unequal(["best", "worst"].map((end) => this.column(end, i)));
	}
	pTopK(i) {
		const share = this.column("p_top_k", i);
		return share < 0 ? null : share / 10000;
	}
	tier(i) {
		const { tiers, standing, live, status, score } = this;
		if (!live || !tiers.length) return standing.json("tiers")[this.column("tier", i)];
		if (status[i] !== ADMITTED || score[i] === NONE) return "";
		return tiers.find(([, cut]) => score[i] >= Math.round(cut * POINT))?.[0] ?? "low";
	}
	/* The rows whose id or published fields hold a text: the whole id first, then by rank. */
	find(asked) {
		const text = asked.toLowerCase(),
			texts = [(i) => this.ids[i], ...this.details_.published.map(({ at }) => at)];
		const place = (i) => (this.ids[i].toLowerCase() === text ? -1 : this.rank[i] || this.n + 1);
		const found = this.place.filter((i) => texts.some((at) => at(i).toLowerCase().includes(text)));
		return Array.from(found).sort((a, b) => place(a) - place(b));
	}
	histogram(bins) {
		const out = new Uint32Array(bins);
		for (const i of this.order)
			if (this.score[i] !== NONE) out[Math.min(bins - 1, Math.floor((this.score[i] * bins) / (100 * POINT)))]++;
		return out;
	}
	/* The point well inside a parcel that Python found, on the grid, and as latitude and longitude; null for none. */
	spot(i) {
		const [west, north, east, south] = this.shapes.box.subarray(4 * i);
		const [right, down] = ["right", "down"].map((name) => this.column(`spot.${name}`, i));
		return west > east ? null : [((west + east) >> 1) + right, ((north + south) >> 1) + down];
	}
	inside(i) {
		const at = this.spot(i),
			{ west, north, step } = this.shapes;
		return at && [siting.latitude(north + at[1] * step), (west + at[0] * step) * 360 - 180];
	}

	/* Criteria, and texts of cards, follow once the page has been drawn. */
	measure() {
		return (this.measuring ??= drawn().then(async () => {
			const measured = await this.read("criteria"),
				leaves = this.tree.blocks.flatMap((block) => block.leaves);
			for (const one of this.criteria) one.open(measured);
			for (const leaf of leaves) {
				const [j, ...more] = leaf.criteria;
				leaf.ends = more.length
					? ["low", "high"].map((side) => measured.ints(`${leaf.path}.${side}`))
					: this.criteria[j].ends;
			}
			const sides = leaves.every(({ ends }) => ends[0] === ends[1]) ? [0] : [0, 1];
			Object.assign(this, { measured, leaves, sides });
		}));
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

/* The logarithm a unit of difference, both raised to the floor; its limit where there is none. */
function slope(value, median, floor) {
	if (Math.abs(value - median) < 1e-12) return median >= floor ? 1 / median : 0;
	return logarithm(Math.max(value, floor) / Math.max(median, floor)) / (value - median);
}

/* e^x for -12 < x < 12, likewise. */
function exponential(x) {
	let sum = 1;
	for (let k = 9; k > 0; k--) sum = 1 + (sum * (x / 64)) / k;
	for (let k = 0; k < 6; k++) sum *= sum;
	return sum;
}

Object.assign(siting, { ADMITTED, EXCLUDED, logarithms, exponential });
