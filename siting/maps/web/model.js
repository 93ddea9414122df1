/* siting: the model of a map: what Python packed, and scores by other weights, as in siting/maps/live.py. By row, now:
   status, score (1e-6 points), rank (0: none); order: the admitted, best first; model.study has those of the study. */
const [ADMITTED, SITE, EXCLUDED] = [0, 1, 2];
const [NONE, NOTHING] = [0xffffffff, -1e9]; // no score; nothing in a column of the card
const FULL = 65535;
const POINT = 1e6;
const SHARE = 2 ** 30; // to the unit of a weight in a sum: 2^30 x 65535 x 2 < 2^47 is exact
const POWER = 2 ** 17; // in a geometric mean: 2^17 x 11.1 x 2^32 < 2^53 is exact
const LOG = 2 ** 32;

siting.model = async (elementId) => {
	const read = (part) => siting.segment(document.getElementById(`${elementId}_${part}`).textContent);
	return new Model(...(await Promise.all([read("base"), read("standing")])), read);
};

/* What is measured of a criterion, packed as siting/maps/codes.py says; others: where it is no plain number. */
function measuredOf({ unit }, j, read) {
	const [codes, worth, shown, numbers] = ["code", "value", "shown", "number"].map((name) => read.ints(`c${j}.${name}`));
	const others = read.json(`c${j}.others`);
	const other = (i) => others[FULL - codes[i]];
	const number = (i) => {
		const [least, most] = other(i)?.ends ?? [];
		return least === most ? (least ?? numbers[codes[i]]) : NaN;
	};
	/* Low and high values by row, in 65535ths; one column where they are alike. */
	const column = (side) => {
		const table = new Uint16Array(FULL + 1),
			out = new Uint16Array(codes.length);
		table.set(worth);
		others.forEach((one, k) => (table[FULL - k] = one[side]));
		for (let i = 0; i < out.length; i++) out[i] = table[codes[i]];
		return out;
	};
	const low = column("low");
	const ends = [low, others.some((one) => one.low !== one.high) ? column("high") : low];
	/* [low, middle, high] of the value in hundredths, null where it is not known. */
	const values = (i) => (other(i) ? other(i).shown : Array(3).fill(shown[codes[i]]));
	return {
		...{ ends, number, values },
		text: (i) => other(i)?.text ?? siting.quantity(number(i), unit),
		/* From 0 to 1, -1 where it is not known. */
		value: (i) => (other(i)?.shown === null ? -1 : middle(ends, i)),
		/* A test of rows: whether the quantity is certainly under least or over most (null: no limit). */
		beyond(least, most) {
			const out = new Uint8Array(FULL + 1);
			const test = (low, high) => high < (least ?? -Infinity) || low > (most ?? Infinity);
			numbers.forEach((x, code) => (out[code] = test(x, x)));
			others.forEach((one, k) => (out[FULL - k] = test(...one.ends)));
			return (i) => out[codes[i]];
		},
	};
}

class Model {
	constructor(base, standing, read) {
		const about = base.json("about"),
			[score, status, place] = ["score", "status", "order"].map(standing.ints);
		Object.assign(this, about, { about, base, standing, read, place });
		this.shapes = siting.gridShapes(base, "p", about.grid);
		this.criteria = about.criteria.map((one) => ({ ...one }));
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
		const { study, own, tree, criteria, about } = this;
		const all = ["off", "above", "below", "least", "most"].map(moved),
			[off, above, below, least, most] = all;
		const judged = all.some(({ size }) => size);
		const now = { ...own, ...weights };
		const weighted = Object.keys(own).some((path) => now[path] !== own[path]);
		const [shares, within] = [tree.groups, tree.groups.slice(1)].map((groups) => siting.shares(groups, now));
		Object.assign(this, study, { weighted, live: judged || weighted, shares, within });
		criteria.forEach((one, j) => (one.weight = about.criteria[j].weight));

		/* What puts parcels out: [name, as which status, test of rows]. */
		const rules = about.reasons.map(({ name, site, criterion, ...given }, r) => {
			const anew = above.has(name) || below.has(name);
			const limits = [below.get(name) ?? given.below, above.get(name) ?? given.above];
			return [name, site ? SITE : EXCLUDED, anew ? criteria[criterion].beyond(...limits) : this.bits[r]];
		});
		const limits = criteria.flatMap((one) => {
			const [from, to] = [least, most].map((ends) => ends.get(one.name));
			return (from ?? to) !== undefined ? [[`your limit: ${one.label}`, EXCLUDED, one.beyond(from, to)]] : [];
		});
		this.tests = [...rules.filter(([name]) => !off.has(name)), ...limits];
		if (judged) this.judge();
		if (weighted) this.weigh();
		if (this.live) this.order = this.sorted();
		if (this.live) this.rank = ranks(this.order, this.score);
	}
	/* Nobody is judged better than the tests that hold. */
	judge() {
		const status = (this.status = new Uint8Array(this.n));
		for (const [, as, out] of this.tests)
			for (let i = 0; i < status.length; i++) if (status[i] < as && out(i)) status[i] = as;
		this.counts = counted(status);
	}
	/* The first reason of the study that holds, by its number, -1 for none; and the names of all that hold now. */
	firstReason = (i) => this.bits.findIndex((holds) => holds(i));
	reasonsOf = (i) => this.tests.filter(([, , holds]) => holds(i)).map(([name]) => name);

	/* Scores by whole numbers, but for the end. */
	weigh() {
		for (const { path, criteria } of this.leaves)
			for (const j of criteria) this.criteria[j].weight = criteria.length > 1 ? null : this.shares[path];
		const [low, high = low] = this.tree.geometric
			? [this.geometric(0), this.geometric(1)]
			: [this.mean(this.leaves, this.shares, 0, 1)];
		const scored = this.measured.ints("scored"),
			score = (this.score = new Uint32Array(this.n));
		for (let i = 0; i < score.length; i++)
			score[i] = scored[i] ? Math.floor(((low[i] + high[i]) / 2) * 1e8 + 0.5) : NONE;
	}
	/* The geometric mean of blocks by low (0) or high (1) values, 0 to 1. */
	geometric(side) {
		const logs = (this.logs ??= logarithms(this.floor)),
			sum = new Float64Array(this.n);
		let total = 0;
		for (const { path, leaves } of this.tree.blocks) {
			const weight = Math.floor(this.shares[path] * POWER + 0.5),
				values = this.mean(leaves, this.within, side, side);
			total += weight;
			for (let i = 0; i < sum.length; i++) sum[i] += weight * logs[Math.floor(values[i] * FULL + 0.5)];
		}
		for (let i = 0; i < sum.length; i++) sum[i] = exponential(sum[i] / (total * LOG));
		return sum;
	}
	/* The weighted mean of two ends by exact sums of whole weights x values, 0 to 1. */
	mean(leaves, shares, one, other) {
		const sum = new Float64Array(this.n);
		let total = 0;
		for (const { path, ends } of leaves) {
			const weight = Math.floor((shares[path] ?? 1) * SHARE + 0.5),
				[low, high] = [ends[one], ends[other]];
			total += 2 * FULL * weight;
			for (let i = 0; i < sum.length; i++) sum[i] += weight * (low[i] + high[i]);
		}
		for (let i = 0; i < sum.length; i++) sum[i] /= total;
		return sum;
	}
	/* The values of a block, from 0 to 1. */
	block(path) {
		return this.mean(this.tree.blocks.find((block) => block.path === path).leaves, this.within, 0, 1);
	}

	/* What each criterion does to a score, against the study's median parcel: points, or in a geometric mean %. Under
	   moved weights the weakest criterion does it for a block that is one value. */
	contributions(i) {
		const { tree, criteria, shares, floor, decimals } = this;
		if (!this.weighted) return criteria.map((_, j) => this.whole(`by${j}`, i, 10 ** decimals));
		const out = criteria.map(() => 0);
		if (this.score[i] === NONE) return out.fill(NaN);
		for (const { path, leaves } of tree.blocks) {
			const share = (leaf) => this.within[leaf.path] ?? 1;
			const total = (value) => leaves.reduce((sum, leaf) => sum + share(leaf) * value(leaf), 0);
			const own = ({ ends }) => middle(ends, i);
			const factor =
				shares[path] *
				(tree.geometric
					? slope(
							total(own),
							total(({ median }) => median),
							floor,
						)
					: 1);
			for (const leaf of leaves) {
				const part = factor * (share(leaf) * (own(leaf) - leaf.median));
				const weakest = leaf.criteria.reduce((a, b) => (criteria[b].value(i) < criteria[a].value(i) ? b : a));
				out[weakest] = 100 * (tree.geometric ? exponential(part) - 1 : part);
			}
		}
		return out;
	}

	/* The admitted, best first: a counting sort, least digits first, that keeps the study's order of equal ones. */
	sorted() {
		const { score, status, place, counts } = this;
		let rows = new Uint32Array(counts.admitted),
			last = 0;
		for (let k = 0; k < place.length; k++) if (status[place[k]] === ADMITTED) rows[last++] = place[k];
		for (const shift of [0, 14]) {
			const starts = new Uint32Array(16385),
				out = new Uint32Array(last);
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
	get ids() {
		return (this.names ??= Array.from({ length: this.n }, (_, i) => this.id(i)));
	}
	points = (i) => (this.score[i] === NONE ? null : this.score[i] / POINT);
	column(name, i) {
		return this.standing.has(name) ? this.standing.ints(name)[i] : -1;
	}
	/* The ends of the study's score and rank; null where they are equal, and where weights have moved. */
	pair(names, unit, i) {
		const [low, high] = names.map((name) => this.column(name, i) / unit);
		return this.weighted || low < 0 || low === high ? null : [low, high];
	}
	range = (i) => this.pair(["low", "high"], POINT, i);
	ranks = (i) => this.pair(["best", "worst"], 1, i);
	pTopK = (i) => this.column("p_top_k", i) / 10000;
	tier(i) {
		const { tiers, standing, live, rank, score } = this;
		if (!live || !tiers.length) return standing.json("tiers")[this.column("tier", i)];
		return rank[i] ? (tiers.find(([, cut]) => score[i] >= Math.round(cut * POINT))?.[0] ?? "low") : "";
	}
	/* The rows whose id or published fields hold a text: the whole id first, then by rank. */
	find(asked) {
		const text = asked.toLowerCase(),
			texts = [(i) => this.ids[i], ...this.details_.published.map(({ at }) => at)];
		const found = this.place.filter((i) => texts.some((at) => at(i).toLowerCase().includes(text)));
		const place = (i) => (this.ids[i].toLowerCase() === text ? -1 : this.rank[i] || this.n + 1);
		return Array.from(found).sort((a, b) => place(a) - place(b));
	}
	histogram(bins) {
		const out = new Uint32Array(bins);
		for (const i of this.order) if (this.rank[i]) out[Math.min(bins - 1, Math.floor((this.points(i) * bins) / 100))]++;
		return out;
	}
	/* A point well inside a parcel, on the grid, and as latitude and longitude; null for none. */
	spot(i) {
		const [west, north, east, south] = this.shapes.box.subarray(4 * i);
		const beside = (name, a, b) => this.column(`spot.${name}`, i) + ((a + b) >> 1);
		return west > east ? null : [beside("right", west, east), beside("down", north, south)];
	}
	inside(i) {
		const at = this.spot(i),
			{ west, north, step } = this.shapes;
		return at && [siting.latitude(north + at[1] * step), (west + at[0] * step) * 360 - 180];
	}

	/* Criteria, and texts of cards, follow a little after the page has been drawn: what the reader does comes first. */
	measure() {
		return (this.measuring ??= (async () => {
			const frame = globalThis.requestAnimationFrame ?? setTimeout;
			await new Promise((done) => frame(() => setTimeout(done, 50)));
			const measured = await this.read("criteria");
			this.criteria.forEach((one, j) => Object.assign(one, measuredOf(one, j, measured)));
			this.leaves = this.tree.blocks.flatMap(({ leaves }) => leaves);
			for (const leaf of this.leaves) {
				const ends = ["low", "high"].map((side) => `${leaf.path}.${side}`);
				leaf.ends = leaf.criteria.length > 1 ? ends.map(measured.ints) : this.criteria[leaf.criteria[0]].ends;
			}
			this.measured = measured;
		})());
	}
	details() {
		return (this.reading ??= (async () => {
			await this.measure();
			const card = await this.read("card"),
				head = card.json("head");
			const published = head.published.map((label, k) => ({ label, at: (i) => this.said(`published${k}`, i) }));
			this.details_ = { ...head, card, published, pads: head.pads && siting.gridShapes(card, "pads", head.pads) };
		})());
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

/* Of low and high values in 65535ths, from 0 to 1. */
const middle = ([low, high], i) => (low[i] + high[i]) / (2 * FULL);

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
const logarithms = (floor) =>
	new Float64Array(FULL + 1).map((_, k) => Math.floor(logarithm(Math.max(k / FULL, floor)) * LOG + 0.5));

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
