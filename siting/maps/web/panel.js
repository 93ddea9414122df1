/* siting: the page around the map, one in a document; its markup is siting/maps/panel.html.jinja. data-part names what
   is filled or read here, data-do the action of a click. All that is shown follows from the controls with a name. */
const { fill, count, points, percent, join, exports, WORDS } = siting;
const PAGE = 50; // rows of the list that are added at a time
const MOST_PINS = 4;
const REST_MS = 250;
const NEAR_PX = 9; // the map counts as not moved
const ACRE_M2 = 4046.8564224;
const AROUND_M = 40075016.686;
const FULL2 = 2 * 65535;
const framed = !/^(file|https?):$/.test(location.protocol); // in a notebook, where history is forbidden
const parts = {};
let map, model, layer, layers, controls, sliders, sets, ways, home; // what there is
let weights, ranked, found, top, timer, opener; // what follows, and what a reader did
let [listed, parcel, pins] = [PAGE, -1, []];

async function show(given, elementId) {
	map = given;
	frame();
	try {
		if (!map.getSize().x) parts.busy.textContent = "The map is drawn as soon as it has a size.";
		model = await siting.model(elementId);
		layer = siting.parcelLayer(map, model);
		await sized();
		layer.addTo(map);
		layers = (await siting.contextOf(map)).map(({ data, layer: drawn }) => ({ ...data, drawn }));
		if (location.hash) await model.measure();
		start();
		parts.busy.remove();
		map.getContainer().dataset.drawn = "yes";
		await model.measure();
	} catch (error) {
		parts.busy.textContent = `The map could not be drawn. ${error.message}`;
		throw error;
	} finally {
		map.getContainer().dataset.ready = "yes";
	}
}

function frame() {
	const around = document.querySelector(".siting-frame");
	for (const part of around.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
	Object.assign(parts, { around, host: map.getContainer() });
	map.attributionControl?.setPrefix('<a href="https://leafletjs.com" rel="noreferrer">Leaflet</a>');
	parts.host.setAttribute("role", "region");
	parts.host.setAttribute("aria-label", parts.map.dataset.label);
	parts.map.prepend(parts.host);
	around.hidden = false;
}

/* Waits until the map has a size: a hidden tab of a notebook has none. */
function sized() {
	return new Promise((done) => {
		const seen = () => map.invalidateSize({ animate: false, pan: false }).getSize().x && map.getSize().y && done();
		new ResizeObserver(seen).observe(parts.host);
		seen();
	});
}

function start() {
	const { weightSets, scenarios } = model.about;
	const possible = (kind, all) =>
		all.filter((one) => !one.why_not).map((one) => [`${kind}:${one.name}`.replaceAll("\0", "\ufffd"), one.weights]);
	sets = new Map([["", {}], ...possible("set", weightSets), ...possible("scenario", scenarios)]);
	ways = siting.colourings(model);
	map.eachLayer((drawn) => drawn instanceof L.TileLayer && layers.push(basemap(drawn)));
	fill(parts.layers, { layers: layers.map((one) => ({ ...one, key: `layer:${one.name}` })) });
	parts.layers.hidden = !parts.layers.querySelector("li");
	sliders = [...parts.around.querySelectorAll("[type=range]")];
	take();
	controls = siting.controlsOf([...parts.around.querySelectorAll("[name]")]);
	home = view();
	parts.around.addEventListener("click", ({ target }) => {
		const button = target.closest("[data-do]");
		if (button) actions[button.dataset.do](Number(button.dataset.row), true);
	});
	for (const type of ["input", "change"]) parts.around.addEventListener(type, changed);
	parts.search.onsubmit = find;
	parts.search.oninput = () => list(null);
	parts.list.onkeydown = step;
	layer.onHover(hover);
	layer.onPick((i) => i >= 0 && actions.select(i));
	map.on("moveend", rest);
	document.addEventListener("keydown", ({ key }) => key === "Escape" && actions.close());
	window.addEventListener("beforeprint", () => exports.copied(parts.host, parts.picture));
	window.addEventListener("hashchange", () => hash() === location.hash || restore(siting.readHash(location.hash)));
	restore(siting.readHash(location.hash));
}

const basemap = (drawn) => {
	const { host } = new URL(drawn._url.replace("{s}", "a"));
	return { drawn, name: "basemap", told: `${host}, from the network`, show: true, kind: "tiles" };
};

/* A number that is emptied is what was given; a slider near its own place is at it. */
function changed({ type, target }) {
	if (!target.name || (type === "input") !== (target.type === "range")) return;
	const given = controls.given(target);
	if (target.type === "number" && target.value === "") target.value = given;
	if (target === parts.sets) take();
	if (target.type === "range") {
		parts.sets.value = "own";
		target.value = Math.abs(target.value - given) < 0.5 ? given : Math.round(target.value);
		const left = siting.asked(model, sliders, controls.given)[target.dataset.path];
		if (target.value === "0" && left > 0) target.value = 1; // a group never weighs nothing
	}
	apply();
}

/* The sliders go where the chosen weights are. */
function take() {
	const at = siting.places(model.tree, { ...model.own, ...sets.get(parts.sets?.value) });
	for (const slider of sliders) slider.value = at[slider.dataset.path];
}

/* Scores, ranks, colours, list and card, as the controls stand. */
function apply() {
	if (ranked && !model.measured) return model.measure().then(apply);
	const [above, below, least, most] = ["above", "below", "least", "most"].map(controls.table);
	const [thresholds, limits] = [{}, {}];
	for (const { name, ...own } of model.reasons)
		thresholds[name] = [above.get(name) ?? own.above, below.get(name) ?? own.below];
	for (const { name } of model.criteria) limits[name] = [least.get(name) ?? null, most.get(name) ?? null];
	weights = siting.asked(model, sliders, controls.given);
	model.setState({ weights, off: [...controls.table("off").keys()], thresholds, limits });
	const passed = (layer.mask = filter());
	ranked = passed ? model.order.filter((i) => passed[i]) : model.order;
	const { n, counts } = model;
	const said = [
		`${count(n)} parcels`,
		`${count(counts.admitted)} ranked`,
		counts.site && `${count(counts.site)} too little alone`,
		`${count(counts.excluded)} excluded`,
		passed && `${count(ranked.length)} pass the filter`,
	];
	fill(parts.head, { counts: join(said), some: counts.admitted > 0 });
	if (model.tree) showWeights();
	turnLayers();
	recolour();
	showCards();
	rest();
}

/* Uint8Array of the parcels that pass the filter; null where there is none. */
function filter() {
	const [tiers, area, blocks] = ["tier", "area", "block"].map(controls.table);
	const tests = [...blocks].map(([path, least]) => {
		const block = model.tree.members.find((member) => member.path === path);
		const values = model.values(block, "both", 0, model.n);
		return (i) => values[i] >= least * FULL2;
	});
	if (tiers.size) tests.push((i) => !tiers.has(model.tier(i)));
	if (area.size) {
		const [least, most] = [area.get("least") ?? 0, area.get("most") ?? Infinity];
		const acres = (model.acres ??= acresOf(model.shapes, model.n));
		tests.push((i) => acres[i] >= least && acres[i] <= most);
	}
	return tests.length ? Uint8Array.from({ length: model.n }, (_, i) => tests.every((passes) => passes(i))) : null;
}

/* (n,) the areas of outlines on a Mercator grid. */
function acresOf({ x, y, ring, shape, step, north }, n) {
	return Float64Array.from({ length: n }, (_, i) => {
		let twice = 0;
		for (let r = shape[i]; r < shape[i + 1]; r++)
			for (let v = ring[r], u = ring[r + 1] - 1; v < ring[r + 1]; u = v++) twice += x[u] * y[v] - x[v] * y[u];
		const side = (step * AROUND_M) / Math.cosh((0.5 - north - step * y[ring[shape[i]]]) * 2 * Math.PI);
		return (Math.abs(twice / 2) * side ** 2) / ACRE_M2;
	});
}

function showWeights() {
	const shares = siting.shares(model.tree, weights);
	const moved = sliders.filter((slider) => slider.value !== controls.given(slider));
	if (["", "own"].includes(parts.sets.value)) parts.sets.value = moved.length ? "own" : "";
	parts.badge.hidden = !model.live;
	for (const label of parts.weights.querySelectorAll("[data-share]"))
		label.textContent = percent(shares[label.dataset.share], 1);
	for (const slider of sliders) {
		slider.setAttribute("aria-valuetext", slider.previousElementSibling.textContent || slider.value);
		slider.classList.toggle("siting-moved", moved.includes(slider));
	}
}

/* Parcels are translucent over a basemap. */
function turnLayers() {
	parts.layers.querySelectorAll("input").forEach(({ checked }, k) => {
		if (checked) layers[k].drawn.addTo(map);
		else layers[k].drawn.remove();
	});
	const over = layers.some(({ kind, drawn }) => kind === "tiles" && map.hasLayer(drawn));
	siting.sheet(map).canvases.parcels.style.opacity = over ? 0.7 : 1;
}

/* Legend and histogram say what is drawn: the same counts and colours. */
function recolour() {
	const way = ways.get(parts.ways.value) ?? ways.get("score");
	layer.colouring = way;
	for (const status of ["site", "excluded"]) layer.shown[status] = parts[status].checked;
	const rows = siting.legend(way, layer.refresh());
	const { site, excluded } = model.counts;
	fill(parts.colours, { ...way, rows, ...siting.histogram(model, way), site: count(site), excluded: count(excluded) });
	showList();
}

const word = (i) => WORDS[model.status[i]];

/* The best, or what was found. */
function showList() {
	const all = found ?? ranked;
	const rows = Array.from(all.slice(0, listed), (i) => {
		const colour = layer.table[i + 1];
		const ranks = !model.live && model.ranks(i);
		return {
			...{ i, id: model.id(i), score: points(model.points(i)), current: i === parcel },
			rank: model.rank[i] ? count(model.rank[i]) : "–",
			tint: `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`,
			tier: join([ranks && ranks.map((one) => count(one)).join(" to "), model.tier(i), !model.rank[i] && word(i)]),
		};
	});
	const left = all.length - rows.length;
	fill(parts.listed, { rows, whole: left === 0, more: `Show ${Math.min(PAGE, left)} more of ${count(all.length)}` });
}
function list(rows, said = "") {
	[found, listed] = [rows, PAGE];
	parts.found.textContent = said;
	showList();
}

/* Arrow keys walk through the list. */
function step(event) {
	const rows = [...parts.list.querySelectorAll("button")];
	const row = rows[rows.indexOf(event.target) + { ArrowDown: 1, ArrowUp: -1 }[event.key]];
	if (!row) return;
	event.preventDefault();
	row.focus();
}

/* One match opens; several are listed, to be chosen from. */
async function find(event) {
	event.preventDefault();
	const text = parts.search.elements[0].value.trim();
	if (!text) return;
	await model.details();
	const rows = model.find(text);
	const { length } = rows;
	if (length) list(length > 1 ? rows : null, length > 1 ? `${count(length)} parcels match; Escape goes back.` : "");
	else list(null, `No parcel has “${text}” in its id or a published field.`);
	if (length === 1) return actions.select(rows[0], true);
	if (length) parts.list.querySelector("button").focus();
	else actions.close();
	parts.found.scrollIntoView({ block: "nearest" });
}

function hover(i, point) {
	parts.host.style.cursor = i < 0 ? "" : "pointer";
	parts.tip.hidden = i < 0;
	layer.mark({ hover: i });
	if (i < 0) return;
	const [rank, score] = [model.rank[i], points(model.points(i))];
	const said = rank ? [`rank ${count(rank)}`, score] : [word(i), score !== "–" && `would score ${score}`];
	fill(parts.tip, { id: model.id(i), said: join(said), x: `${point.x}px`, y: `${point.y}px` });
}

/* The card, the pins and the table of the pinned, as the model stands now. */
function showCards() {
	layer.mark({ selected: parcel, pinned: pins });
	const compare = pins.length > 1 && `Compare ${pins.length}`;
	fill(parts.pinned, { compare, pins: pins.map((i) => ({ i, id: `${model.id(i)} ×`, name: `Unpin ${model.id(i)}` })) });
	if (!compare) parts.compare.hidden = true;
	if (!model.details_) return;
	const pinned = pins.includes(parcel);
	const pin = { pin: pinned ? "Unpin" : "Pin", full: !pinned && pins.length >= MOST_PINS };
	if (!parts.card.hidden) fill(parts.card, { ...siting.cardOf(model, parcel), ...pin, compare });
	if (!parts.compare.hidden) fill(parts.compare, siting.comparison(model, pins));
}

const actions = {
	reset() {
		controls.restore(new Map());
		apply();
	},

	more() {
		listed += PAGE;
		showList();
		parts.list.children[listed - PAGE].firstElementChild.focus();
	},

	async select(i, move) {
		await model.details();
		if (parts.card.hidden) opener = document.activeElement;
		parcel = i;
		parts.card.hidden = false;
		showList();
		showCards();
		parts.card.scrollTop = 0;
		const bounds = move && layer.bounds(i);
		if (bounds) map.fitBounds(bounds, { animate: false, maxZoom: 14, padding: [80, 80] });
		const rank = model.rank[i];
		say(`${model.id(i)}: ${rank ? `rank ${count(rank)}, score ${points(model.points(i))}` : word(i)}.`);
		rest();
	},

	/* What lies on top: the comparison, the card, or what was found. */
	close() {
		const { card, compare } = parts;
		const part = compare.hidden ? card : compare;
		if (part.hidden) return found && list(null);
		const inside = part.contains(document.activeElement);
		part.hidden = true;
		if (part === card) parcel = -1;
		showList();
		showCards();
		if (inside) (card.hidden ? opener : card.querySelector("button"))?.focus();
		rest();
	},

	pin(i) {
		const there = pins.includes(i);
		pins = there ? pins.filter((other) => other !== i) : [...pins, i].slice(0, MOST_PINS);
		showCards();
		say(`${model.id(i)} ${there ? "unpinned" : "pinned"}; ${pins.length} of ${MOST_PINS}.`);
		rest();
	},

	compare() {
		parts.compare.hidden = false;
		showCards();
		parts.compare.querySelector("button").focus();
	},

	async copy() {
		parts.link.value = link();
		parts.link.hidden = false;
		parts.link.select();
		const copied = navigator.clipboard?.writeText(link()).then(() => true);
		const done = await copied?.catch(() => false);
		say(`${framed ? "The hash for the map's file" : "The link"} is ${done ? "copied." : "selected: copy it."}`);
	},

	async csv() {
		await model.details();
		exports.download(model.title, "csv", exports.csv(exports.table(model, ranked)), "text/csv;charset=utf-8");
	},

	yaml() {
		const paths = siting.weighed(model.tree).flatMap(({ members }) => members.map(({ path }) => path));
		const all = paths.map((path) => [path, weights[path]]);
		const text = exports.yaml(all, "from_the_map", `Weights of the map of: ${model.title}`);
		exports.download(model.title, "yaml", text, "application/yaml;charset=utf-8");
	},

	async png() {
		const text = join([model.synthetic && "SYNTHETIC: nothing here is real", model.marking]);
		const picture = await layer.png();
		exports.download(model.title, "png", text ? await exports.marked(picture, text) : picture, "image/png");
	},

	print: () => window.print(),
};

function view() {
	const { lat, lng } = map.getCenter();
	return [lat.toFixed(5), lng.toFixed(5), map.getZoom().toFixed(2)].map(Number);
}

/* What the address says: moved controls (sliders only where no set is chosen), card, pins, view. */
function hash() {
	const now = view();
	const away = map.project(now.slice(0, 2)).distanceTo(map.project(home.slice(0, 2)));
	const named = sets.has(parts.sets?.value) ? /^weight:/ : /^set$/;
	return siting.writeHash([
		...controls.entries().filter(([name]) => !named.test(name)),
		...(parcel < 0 ? [] : [["parcel", model.id(parcel)]]),
		...pins.map((i) => ["pin", model.id(i)]),
		...(now[2] !== home[2] || away > NEAR_PX ? [["view", now.join("_")]] : []),
	]);
}
const link = () => (framed ? hash() || "#" : location.href.split("#")[0] + hash());

function restore(asked) {
	const rows = (name) => [...new Set(asked.getAll(name))].slice(0, MOST_PINS).map((id) => model.ids.indexOf(id));
	controls.restore(asked);
	if (asked.has("set")) take();
	for (const { parentNode } of controls.moved())
		for (let fold = parentNode.closest("details"); fold; fold = fold.parentNode.closest("details")) fold.open = true;
	pins = rows("pin").filter((i) => i >= 0);
	apply();
	const [lat, lng, zoom] = (asked.get("view") ?? "").split("_").map(Number);
	if (Number.isFinite(zoom) && Math.abs(lat) < 86 && Math.abs(lng) <= 360)
		map.setView([lat, lng], Math.max(0, Math.min(20, zoom)), { animate: false });
	const [chosen = -1] = rows("parcel");
	if (chosen >= 0) actions.select(chosen, !asked.has("view"));
	else if (!parts.card.hidden) actions.close();
	model.details().then(showCards);
}

/* Once the state rests, the address follows, and the live region names a new best parcel. */
function rest() {
	clearTimeout(timer);
	top ??= ranked[0];
	timer = setTimeout(() => {
		try {
			if (!framed) history.replaceState(null, "", link());
		} catch {
			// a frame without history
		}
		const [best] = ranked;
		if (best !== top)
			say(
				best === undefined
					? "No parcel is ranked."
					: `New top parcel: ${model.id(best)}, ${points(model.points(best))} points.`,
			);
		top = best;
	}, REST_MS);
}
function say(text) {
	parts.live.textContent = text;
}

siting.show = show;
