/* The page around the map (siting/maps/panel.html.jinja): data-part names what is used here, data-do an action. */
const PAGE = 50 // rows of the list
const MOST_PINS = 4
const REST_MS = 250
const parts = {}
let framed = !/^(file|https?):$/.test(location.protocol) // in a notebook, where history is forbidden
let map, host, model, layer, layers, controls, sliders, ways // what there is
let ranked, found, top, timer // what follows, and what a reader did
let [listed, parcel, pins] = [PAGE, -1, []]

siting.show = async (given, elementId) => {
	map = given
	host = map.getContainer()
	for (const part of document.querySelectorAll("[data-part]")) parts[part.dataset.part] = part
	parts.map.prepend(host)
	try {
		const size = new Promise(sized)
		model = await modelOf(elementId)
		layer = parcelLayer(map, model)
		await size
		layer.addTo(map)
		layers = await Promise.all(sheetOf(map).context)
		if (location.hash) await model.details()
		start()
		parts.busy.remove()
		host.dataset.drawn = "yes"
		await model.details()
	} catch (error) {
		parts.busy.textContent = `The map could not be drawn. ${error.message}`
		throw error
	} finally {
		host.dataset.ready = "yes"
	}
}

/* A hidden tab of a notebook has no size. */
function sized(done) {
	new ResizeObserver(() => {
		const { x, y } = map.invalidateSize({ pan: false }).getSize()
		if (x && y) done()
	}).observe(host)
}

function start() {
	ways = colourings(model)
	fill(parts.layers, { layers, none: !layers.length })
	sliders = [...parts.weights.querySelectorAll("[type=range]")]
	look()
	controls = controlsOf([...parts.around.querySelectorAll("[name]")])
	parts.around.onclick = ({ target }) => {
		const button = target.closest("[data-do]")
		if (button) actions[button.dataset.do](+button.dataset.row, true)
	}
	parts.around.oninput = parts.around.onchange = changed
	parts.search.onsubmit = find
	parts.search.oninput = () => list(null)
	parts.card.onclose = () => choose(-1)
	const at = ({ containerPoint }) => layer.at(containerPoint)
	map.on({
		click: event => at(event) >= 0 && actions.select(at(event)),
		mousemove: event => hover(at(event), event.containerPoint),
		mouseout: () => hover(-1),
		moveend: rest
	})
	document.addEventListener("keydown", ({ key }) => key === "Escape" && actions.close())
	window.addEventListener("beforeprint", () => picture(sheetOf(map), parts.picture))
	window.addEventListener("hashchange", restore)
	restore()
	top = ranked[0]
}

/* A number that is emptied is what was given. */
function changed({ type, target }) {
	if (!target.name || (type === "input") !== (target.type === "range")) return
	target.value ||= controls.given(target)
	if (target === parts.sets) take()
	if (target.type === "range") parts.sets.value = controls.table("weight").size ? "own" : ""
	apply()
}

const weightsOfSet = () => JSON.parse(parts.sets?.selectedOptions[0].dataset.weights ?? null)

function take() {
	const set = weightsOfSet()
	for (const slider of set ? sliders : []) slider.value = Math.round(set[slider.dataset.path])
}

function chosen() {
	const moved = sliders.filter(slider => slider.value !== controls.given(slider))
	return weightsOfSet() ?? Object.fromEntries(moved.map(({ dataset, value }) => [dataset.path, +value]))
}

function apply() {
	if (ranked && !model.details_) return model.details().then(apply)
	model.setState(chosen(), controls.table)
	for (const one of parts.weights.querySelectorAll("[data-path]"))
		one[one.type ? "ariaValueText" : "textContent"] = percent(model.shares[one.dataset.path], 1)
	const passed = (layer.mask = filter())
	ranked = passed ? model.order.filter(i => passed[i]) : model.order
	parts.layers.querySelectorAll("input").forEach(({ checked }, k) => {
		map[checked ? "addLayer" : "removeLayer"](layers[k].drawn)
	})
	layer.shown = { site: parts.site.checked, excluded: parts.excluded.checked }
	layer.colouring = ways.get(parts.ways.value)
	const { live, counts } = model
	fill(parts.head, { ...counts, passed: passed && [ranked.length], none: !counts.admitted })
	fill(parts.colours, { ...layer.colouring, ...counts, ...legend(model, layer.colouring, layer.refresh()) })
	fill(parts.weights, { studied: !live })
	render()
	rest()
}

/* By row; null for none. */
function filter() {
	const tiers = controls.table("tier")
	const tests = Array.from(controls.table("block"), ([path, from]) => {
		const values = model.block(path)
		return i => values[i] >= from
	})
	if (tiers.size) tests.push(i => !tiers.has(model.tier(i)))
	for (const [end, acres] of controls.table("area")) {
		const sign = end === "least" ? 1 : -1
		tests.push(i => sign * model.whole("gross", i) >= sign * acres)
	}
	return tests.length ? Uint8Array.from({ length: model.n }, (_, i) => tests.every(passes => passes(i))) : null
}

function standing(i) {
	const [rank, score] = [model.rank[i], model.points(i)]
	return join([rank ? `rank ${count(rank)}` : WORDS[model.status[i]], score !== null && `score ${points(score)}`], ", ")
}

function render() {
	const all = found ?? ranked
	const { colours, of, out } = layer.colouring
	const rows = Array.from(all.slice(0, listed), i => {
		const status = model.status[i]
		const ranks = model.ranks(i)?.map(one => count(one))
		return {
			...{ i, rank: model.rank[i] || "–", id: model.id(i), score: points(model.points(i)), current: i === parcel },
			tint: colours[(status ? out : of)?.(i)] ?? (status === SITE ? "var(--siting-site)" : ""),
			tier: join([ranks?.join(" to "), model.tier(i), status > 0 && WORDS[status]])
		}
	})
	const compare = pins.length > 1 && pins.length
	const there = pins.includes(parcel)
	const pinned = { compare, pins: pins.map(i => ({ i, id: model.id(i) })) }
	fill(parts.listed, { ...pinned, rows, more: all.length > listed && all.length, found: found && [all.length] })
	layer.mark({ selected: parcel, pinned: pins })
	const pin = { compare, pin: there ? "Unpin" : "Pin", full: !there && pins.length >= MOST_PINS }
	if (parcel >= 0) fill(parts.card, { ...cardOf(model, parcel), ...pin })
	if (!compare) parts.compare.close()
	else if (parts.compare.open) fill(parts.compare, comparison(model, pins))
}

function list(rows) {
	found = rows
	listed = PAGE
	render()
}

/* One match opens; several are listed, to be chosen from. */
async function find(event) {
	event.preventDefault()
	const text = parts.search.elements[0].value.trim()
	if (!text) return
	await model.details()
	list(model.find(text))
	if (found.length === 1) return actions.select(found[0], true)
	parts.card.close()
	parts.found.scrollIntoView({ block: "nearest" })
	parts.list.querySelector("button")?.focus()
}

function hover(i, point) {
	layer.mark({ hover: i })
	host.style.cursor = i < 0 ? "" : "pointer"
	parts.tip.hidden = i < 0
	if (i >= 0) fill(parts.tip, { id: model.id(i), said: standing(i), x: `${point.x}px`, y: `${point.y}px` })
}

function choose(i) {
	parcel = i
	render()
	rest()
}

const save = (ending, content) => download(`${model.file}.${ending}`, content)

const actions = {
	reset() {
		controls.restore(new Map())
		apply()
	},

	more() {
		listed += PAGE
		render()
		parts.list.children[listed - PAGE].firstElementChild.focus()
	},

	async select(i, move) {
		await model.details()
		choose(i)
		parts.card.show()
		parts.card.scrollTop = 0
		const bounds = move && layer.bounds(i)
		if (bounds) map.fitBounds(bounds, { animate: false, maxZoom: 14, padding: [80, 80] })
		say(`${model.id(i)}: ${standing(i)}.`)
	},

	/* What lies on top: the comparison, the card, or what was found. */
	close() {
		const open = [parts.compare, parts.card].find(part => part.open)
		if (open) open.close()
		else if (found) list(null)
	},

	pin(i) {
		pins = pins.includes(i) ? pins.filter(other => other !== i) : [...pins, i]
		choose(parcel)
		say(`${pins.length} of ${MOST_PINS} pinned.`)
	},

	compare() {
		parts.compare.show()
		render()
	},

	copy() {
		Object.assign(parts.link, { value: link(), hidden: false }).select()
		say("The link is selected, to be copied.")
		navigator.clipboard?.writeText(link()).then(() => say("The link is copied."), console.debug)
	},

	async csv() {
		await model.details()
		save("csv", csv(table(model, ranked)))
	},

	yaml() {
		save("yaml", yaml(model))
	},

	async png() {
		save("png", await png(sheetOf(map), parts.map.dataset.mark))
	},

	print: () => window.print()
}

function look() {
	const { lat, lng } = map.getCenter()
	parts.view.value = [lat.toFixed(5), lng.toFixed(5), map.getZoom().toFixed(2)].join("_")
	parts.parcel.value = parcel < 0 ? "" : model.id(parcel)
	parts.pins.value = pins.map(i => model.id(i)).join("\n")
}

/* What is moved; sliders only where no set is chosen. */
function link() {
	look()
	const follows = parts.sets?.value === "own" ? "set" : "weight:"
	const hash = writeHash(controls.entries().filter(([name]) => !name.startsWith(follows)))
	return framed ? hash || "#" : location.href.split("#")[0] + hash
}

function restore() {
	const asked = readHash(location.hash)
	controls.restore(asked)
	if (!asked.has("set") && controls.table("weight").size) parts.sets.value = "own"
	take()
	for (const fold of parts.around.querySelectorAll("details"))
		fold.open ||= controls.moved().some(one => fold.contains(one))
	const rows = ({ value }) => value && value.split("\n", MOST_PINS).map(id => model.ids.indexOf(id))
	const [row] = rows(parts.parcel)
	pins = [...rows(parts.pins)].filter(i => i >= 0)
	apply()
	const [lat, lng, zoom] = (asked.get("view") ?? "").split("_").map(Number)
	if (Math.abs(lat) < 86 && Math.abs(lng) <= 360 && zoom <= 20) map.setView([lat, lng], zoom, { animate: false })
	if (row >= 0) actions.select(row, !asked.has("view"))
	else parts.card.close()
}

/* The address follows once the state rests, and the live region names a new best parcel. */
function rest() {
	clearTimeout(timer)
	timer = setTimeout(() => {
		const [best] = ranked
		const told = ranked.length ? `New top parcel: ${model.id(best)}, ${standing(best)}.` : "No parcel is ranked."
		if (best !== top) say(told)
		top = best
		try {
			if (!framed) history.replaceState(null, "", link())
		} catch {
			framed = true
		}
	}, REST_MS)
}
function say(text) {
	parts.live.textContent = text
}
