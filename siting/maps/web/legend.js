/* Ways to colour parcels (siting/maps/colours.py), legend, histogram. */
const WIDE = 2 // points of a bar of the histogram

/* The class of a number: how many cuts it reaches. */
function classOf(cuts, number) {
	let k = 0
	while (number >= cuts[k]) k++
	return k
}

/* Key -> a way to colour, as layer.colouring. */
function colourings(model) {
	const before = model.study.rank
	const numbers = {
		score: i => model.points(i),
		rank: i => (before[i] ? before[i] - model.rank[i] : Infinity),
		p_top_k: i => model.pTopK(i)
	}
	for (const one of model.criteria) numbers[`:${one.name}`] = i => one.value(i)
	const made = way => {
		const { key, names, cuts, classes } = way
		if (cuts) return { ...way, of: i => classOf(cuts, numbers[key](i)) }
		const out = i => classes[model.firstReason(i)] ?? names.length - 2
		return { ...way, of: () => names.length - 1, out }
	}
	return new Map(model.ways.map(way => [way.key, made(way)]))
}

/* The fullest is whole, and none that has some is nothing. */
function bars(numbers, tints, names = []) {
	const most = Math.max(1, ...numbers)
	const to = number => Math.ceil((50 * number) / most) / 50
	return Array.from(numbers, (number, k) => ({ name: names[k], tint: tints[k], to: to(number), number }))
}

/* A row for each colour, the highest first; bars of the scores of the ranked. */
function legend(model, { key, cuts, colours, names }, counts) {
	const bins = model.histogram(100 / WIDE)
	const tints = key === "score" ? Array.from(bins, (_, k) => colours[classOf(cuts, (k + 0.5) * WIDE)]) : []
	const at = bins.indexOf(Math.max(...bins)) * WIDE
	return {
		rows: bars(counts, colours, names).reverse(),
		bars: bars(bins, tints),
		title: `Scores of the ranked parcels; most have ${at} to ${at + WIDE}.`
	}
}
