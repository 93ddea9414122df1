/* What Python packed, and scores by other weights as in siting/maps/live.py. By row, now: status, score (1e-6
   points), rank (0: none); order: the admitted, best first; model.study has those of the study. */
const [ADMITTED, SITE, EXCLUDED] = [0, 1, 2]
const [NONE, NOTHING] = [-1, -1e7] // no score; nothing on the card
const [FULL, POINT] = [65535, 1e6]
const SHARE = 2 ** 30 // to the unit of a weight, as in siting/maps/live.py
const POWER = 2 ** 17
const LOG = 2 ** 32

const modelOf = async elementId => {
	const read = part => segmentOf(document.getElementById(`${elementId}_${part}`).textContent)
	return new Model(...(await Promise.all([read("base"), read("standing")])), read)
}

/* What is measured of a criterion (siting/maps/codes.py); others: where it is no plain number. */
function measuredOf({ unit }, j, read) {
	const [codes, worth, shown, numbers] = ["code", "value", "shown", "number"].map(name => read.ints(`c${j}.${name}`))
	const others = read.json(`c${j}.others`)
	const other = i => others[FULL - codes[i]]
	const table = (plain, of) => {
		const out = new Uint16Array(FULL + 1)
		out.set(plain)
		others.forEach((one, k) => (out[FULL - k] = of(one)))
		return out
	}
	const number = i => {
		const [least, most] = other(i)?.ends ?? []
		return least === most ? (least ?? numbers[codes[i]]) : NaN
	}
	/* In 65535ths. */
	const column = side => {
		const of = table(worth, one => one[side])
		return new Uint16Array(codes).map(code => of[code])
	}
	/* [low, middle, high] as Python rounds them, NaN where not known. */
	const values = i => {
		const [middle, low = middle, high = middle] = other(i)?.shown ?? [shown[codes[i]]]
		return [low, middle, high].map(one => one / 100)
	}
	const low = column("low")
	const ends = [low, others.some(one => one.low !== one.high) ? column("high") : low]
	return {
		...{ ends, number, values },
		said(i) {
			const [low, middle, high] = values(i).map(one => one.toFixed(2))
			return low !== high ? `${low} – ${high}` : middle === "NaN" ? "no data" : middle
		},
		text: i => other(i)?.text ?? quantity(number(i), unit),
		/* From 0 to 1, -1: not known. */
		value: i => (other(i)?.shown.length === 0 ? -1 : middle(ends, i)),
		/* A test of rows: certainly under least or over most. */
		beyond(least = -Infinity, most = Infinity) {
			const test = (low, high) => high < least || low > most
			const out = table(
				Array.from(numbers, x => test(x, x)),
				one => test(...one.ends)
			)
			return i => out[codes[i]]
		}
	}
}

class Model {
	constructor(base, standing, read) {
		const about = base.json("about")
		const [score, status, place] = ["score", "status", "order"].map(standing.ints)
		Object.assign(this, about, { base, standing, read, place })
		this.shapes = gridShapes(base, "p", about.grid)
		this.bits = about.reasons.map((_, r) => {
			const word = base.ints(`x${Math.floor(r / 31)}`)
			return i => (word[i] >> (r % 31)) & 1
		})
		const counts = counted(status)
		const order = place.subarray(0, counts.admitted)
		this.study = { score, status, counts, order, rank: ranks(order, score) }
		this.setState()
	}

	/* weights: by path; moved(kind): Maps of the reasons that are "off", of their thresholds "above" and "below", and of
	   limits of criteria, "least" and "most". */
	setState(weights = {}, moved = () => new Map()) {
		const { study, own, tree, criteria, reasons } = this
		const all = ["off", "above", "below", "least", "most"].map(moved)
		const [off, above, below, least, most] = all
		const judged = all.some(({ size }) => size)
		const now = { ...own, ...weights }
		const weighted = Object.keys(own).some(path => now[path] !== own[path])
		const [shares, within] = [tree.groups, tree.groups.slice(1)].map(groups => sharesOf(groups, now))
		Object.assign(this, study, { weighted, live: judged || weighted, shares, within, now })

		/* What puts parcels out: as which status, holds(row). */
		const ruled = ({ name, site, criterion, ...rule }, r) => {
			const limits = [below.get(name) ?? rule.below, above.get(name) ?? rule.above]
			const anew = above.has(name) || below.has(name)
			const holds = anew ? criteria[criterion].beyond(...limits) : this.bits[r]
			return { ...rule, name, as: site ? SITE : EXCLUDED, holds }
		}
		const limited = ({ name, label, beyond }) =>
			(least.has(name) || most.has(name)) && {
				...{ name: `your limit: ${label}`, as: EXCLUDED, holds: beyond(least.get(name), most.get(name)) }
			}
		const rules = reasons.map(ruled).filter(({ name }) => !off.has(name))
		this.tests = [...rules, ...criteria.map(limited).filter(Boolean)]
		if (judged) this.judge()
		if (weighted) this.weigh()
		if (this.live) this.sort()
	}
	judge() {
		const status = (this.status = new Int32Array(this.n))
		for (const { as, holds } of this.tests)
			for (let i = 0; i < status.length; i++) if (status[i] < as && holds(i)) status[i] = as
		this.counts = counted(status)
	}
	/* The number of the study's first reason that holds, -1: none; all that hold now. */
	firstReason = i => this.bits.findIndex(holds => holds(i))
	reasonsOf = i => this.tests.filter(({ holds }) => holds(i))

	weigh() {
		const [low, high = low] = this.tree.geometric
			? [this.geometric(0), this.geometric(1)]
			: [this.mean(this.leaves, this.shares, 0, 1)]
		const scored = this.details_.measured.ints("scored")
		const score = (this.score = new Int32Array(this.n))
		for (let i = 0; i < score.length; i++)
			score[i] = scored[i] ? Math.floor(((low[i] + high[i]) / 2) * 1e8 + 0.5) : NONE
	}
	/* The geometric mean of blocks by low (0) or high (1) values. */
	geometric(side) {
		const logs = (this.logs ??= logarithms(this.floor))
		const sum = new Float64Array(this.n)
		let total = 0
		for (const { path, leaves } of this.tree.blocks) {
			const weight = Math.floor(this.shares[path] * POWER + 0.5)
			const values = this.mean(leaves, this.within, side, side)
			total += weight
			for (let i = 0; i < sum.length; i++) sum[i] += weight * logs[Math.floor(values[i] * FULL + 0.5)]
		}
		return sum.map(of => exponential(of / (total * LOG)))
	}
	/* The weighted mean of two ends by exact sums of whole weights x values. */
	mean(leaves, shares, one, other) {
		const sum = new Float64Array(this.n)
		let total = 0
		for (const { path, ends } of leaves) {
			const weight = Math.floor((shares[path] ?? 1) * SHARE + 0.5)
			const [low, high] = [ends[one], ends[other]]
			total += 2 * FULL * weight
			for (let i = 0; i < sum.length; i++) sum[i] += weight * (low[i] + high[i])
		}
		for (let i = 0; i < sum.length; i++) sum[i] /= total
		return sum
	}
	block(path) {
		return this.mean(this.tree.blocks.find(block => block.path === path).leaves, this.within, 0, 1)
	}

	weight = ({ path, weight }) => (this.weighted ? this.shares[path] : weight)
	/* Points against the median parcel, in a geometric mean %. Under moved weights the weakest criterion does it for a
	   block that is one value. */
	contributions(i) {
		const { tree, criteria, shares, within, floor } = this
		if (!this.weighted) return criteria.map((_, j) => this.whole(`by${j}`, i))
		const out = criteria.map(() => 0)
		if (this.score[i] === NONE) return out.fill(NaN)
		for (const { path, leaves } of tree.blocks) {
			const part = leaf => within[leaf.path] ?? 1
			const own = ({ ends }) => middle(ends, i)
			const total = of => leaves.reduce((sum, leaf) => sum + part(leaf) * of(leaf), 0)
			const median = total(leaf => leaf.median)
			const factor = shares[path] * (tree.geometric ? slope(total(own), median, floor) : 1)
			for (const leaf of leaves) {
				const by = factor * (part(leaf) * (own(leaf) - leaf.median))
				const [weakest] = leaf.criteria.toSorted((a, b) => criteria[a].value(i) - criteria[b].value(i))
				out[weakest] = 100 * (tree.geometric ? exponential(by) - 1 : by)
			}
		}
		return out
	}

	/* The admitted, best first: a counting sort, least digits first, that keeps the study's order of equal ones. */
	sort() {
		const { score, status, place, n } = this
		let rows = place
		for (const shift of [0, 14]) {
			const starts = new Int32Array(16386)
			const out = new Int32Array(n)
			const digit = i => (status[i] === ADMITTED ? ((100 * POINT - score[i]) >> shift) & 16383 : 16384)
			for (let k = 0; k < n; k++) starts[digit(rows[k]) + 1]++
			for (let d = 0; d < 16384; d++) starts[d + 1] += starts[d]
			for (let k = 0; k < n; k++) out[starts[digit(rows[k])]++] = rows[k]
			rows = out
		}
		this.order = rows.subarray(0, this.counts.admitted)
		this.rank = ranks(this.order, score)
	}

	id = i => this.base.text("ids", i)
	get ids() {
		return (this.names ??= Array.from({ length: this.n }, (_, i) => this.id(i)))
	}
	points = i => (this.score[i] === NONE ? null : this.score[i] / POINT)
	column(name, i) {
		return this.standing.ints(name)?.[i] ?? -1
	}
	/* The ends of the study's score and rank; null where equal or moved. */
	pair(names, unit, i) {
		const [low, high] = names.map(name => this.column(name, i) / unit)
		return this.weighted || low < 0 || low === high ? null : [low, high]
	}
	range = i => this.pair(["low", "high"], POINT, i)
	ranks = i => (this.live ? null : this.pair(["best", "worst"], 1, i))
	pTopK = i => this.column("p_top_k", i) / 10000
	tier(i) {
		if (!this.live) return this.standing.json("tiers")[this.column("tier", i)]
		return (this.rank[i] && this.tiers.find(([, cut]) => this.score[i] >= cut)?.[0]) || ""
	}
	/* The rows whose id or published fields hold a text: the id itself first, then by rank. */
	find(asked) {
		const text = asked.toLowerCase()
		const texts = [i => this.ids[i], ...this.details_.published.map(({ at }) => at)]
		const found = this.place.filter(i => texts.some(at => at(i).toLowerCase().includes(text)))
		const place = i => (this.ids[i].toLowerCase() === text ? -1 : this.rank[i] || this.n + 1)
		return found.sort((a, b) => place(a) - place(b))
	}
	histogram(bins) {
		const out = new Uint32Array(bins)
		for (const i of this.order) if (this.rank[i]) out[Math.min(bins - 1, Math.floor((this.points(i) * bins) / 100))]++
		return out
	}
	/* On the grid. */
	spot(i) {
		const [west, north, east, south] = this.shapes.box.subarray(4 * i)
		const beside = (name, a, b) => this.column(`spot.${name}`, i) + ((a + b) >> 1)
		return west > east ? null : [beside("right", west, east), beside("down", north, south)]
	}

	inside(i) {
		const at = this.spot(i)
		return at && degrees(this.shapes, ...at)
	}

	/* Criteria and cards are read a little after the page has been drawn: what the reader does comes first. */
	details() {
		return (this.reading ??= (async () => {
			await new Promise(done => setTimeout(done, 50))
			const [measured, card] = await Promise.all(["criteria", "card"].map(this.read))
			this.criteria.forEach((one, j) => Object.assign(one, measuredOf(one, j, measured)))
			this.leaves = this.tree.blocks.flatMap(({ leaves }) => leaves)
			for (const leaf of this.leaves) {
				const ends = ["low", "high"].map(side => `${leaf.path}.${side}`)
				leaf.ends = leaf.criteria.length > 1 ? ends.map(measured.ints) : this.criteria[leaf.criteria[0]].ends
			}
			const { published, pads, ...head } = card.json("head")
			const field = (label, k) => ({ label, at: i => this.said(`published${k}`, i) })
			const grid = pads && gridShapes(card, "pads", pads)
			this.details_ = { ...head, measured, card, published: published.map(field), pads: grid }
		})())
	}
	/* From the columns of the card: a text or "", a number or NaN. */
	said(name, i) {
		const { card } = this.details_
		return card.json(`${name}.table`)?.[card.ints(`${name}.index`)[i]] ?? ""
	}
	whole(name, i) {
		const number = this.details_?.card.ints(name)?.[i]
		return number === NOTHING ? NaN : number
	}
}

const middle = ([low, high], i) => (low[i] + high[i]) / (2 * FULL)

/* Path -> share of the whole, or of a block whose own group is left out. */
const sharesOf = (groups, weights) => {
	const out = {}
	for (const { path, members } of groups) {
		const total = members.reduce((sum, member) => sum + weights[member], 0)
		for (const member of members)
			out[member] = (out[path] ?? 1) * (total ? weights[member] / total : 1 / members.length)
	}
	return out
}

function counted(status) {
	const counts = [0, 0, 0]
	for (const one of status) counts[one]++
	const [admitted, site, excluded] = counts
	return { admitted, site, excluded }
}

/* Competition ranks: equal scores share the better place. */
function ranks(order, score) {
	const out = new Int32Array(score.length)
	for (let k = 0; k < order.length && score[order[k]] !== NONE; k++)
		out[order[k]] = k && score[order[k]] === score[order[k - 1]] ? out[order[k - 1]] : k + 1
	return out
}

/* From + - x / alone, so that every machine has the same. */
function logarithm(x) {
	let [halvings, sum] = [0, 0]
	for (; x < 2 / 3; halvings++) x *= 2
	for (; x > 4 / 3; halvings--) x /= 2
	const t = (x - 1) / (x + 1)
	for (let odd = 23; odd > 0; odd -= 2) sum = sum * (t * t) + 1 / odd
	return 2 * t * sum - halvings * 0.6931471805599453
}
const logarithms = floor =>
	new Float64Array(FULL + 1).map((_, k) => Math.floor(logarithm(Math.max(k / FULL, floor)) * LOG + 0.5))

/* The logarithm a unit of difference, both raised to the floor; its limit where there is none. */
function slope(value, median, floor) {
	if (Math.abs(value - median) < 1e-12) return median >= floor ? 1 / median : 0
	return logarithm(Math.max(value, floor) / Math.max(median, floor)) / (value - median)
}

/* e^x for -12 < x < 12, likewise. */
function exponential(x) {
	let sum = 1
	for (let k = 9; k > 0; k--) sum = 1 + (sum * (x / 64)) / k
	for (let k = 0; k < 6; k++) sum *= sum
	return sum
}
