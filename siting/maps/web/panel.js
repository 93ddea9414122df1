/* siting: the page around the map, one in a document; its markup is siting/maps/panel.html.jinja. data-part names what
   is filled or read here, data-do the action of a click. All that is shown follows from the controls with a name. */
const { fill, count, points, percent, join, exports, WORDS } = siting;
const PAGE = 50; // rows of the list that are added at a time
const MOST_PINS = 4;
const REST_MS = 250;
const FULL2 = 2 * 65535;
const framed = !/^(file|https?):$/.test(location.protocol); // in a notebook, where history is forbidden
const parts = {};
let map, host, model, layer, layers, controls, sliders, ways, home; // what there is
let weights, ranked, found, top, timer; // what follows, and what a reader did
let [listed, parcel, pins] = [PAGE, -1, []];

siting.show = async (given, elementId) => {
	map = given;
	host = map.getContainer();
	for (const part of document.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
	Object.assign(host, { role: "region", ariaLabel: parts.map.dataset.label });
	parts.map.prepend(host);
	parts.around.hidden = false;
	try {
		const size = sized();
		model = await siting.model(elementId);
		layer = siting.parcelLayer(map, model);
		await size;
		layer.addTo(map);
		layers = (await siting.contextOf(map)).map(({ data, layer: drawn }) => ({ ...data, drawn }));
		if (location.hash) await model.details();
		start();
		parts.busy.remove();
		host.dataset.drawn = "yes";
		await model.measure();
	} catch (error) {
		parts.busy.textContent = `The map could not be drawn. ${error.message}`;
		throw error;
	} finally {
		host.dataset.ready = "yes";
	}
};

/* Waits until the map has a size: a hidden tab of a notebook has none. */
function sized() {
	if (!map.getSize().x) parts.busy.textContent = "The map is drawn as soon as it has a size.";
	return new Promise((done) => {
		const seen = () => {
			const { x, y } = map.invalidateSize({ animate: false, pan: false }).getSize();
			if (x && y) done();
		};
		new ResizeObserver(seen).observe(host);
		seen();
	});
}

function start() {
	ways = siting.colourings(model);
	map.eachLayer((drawn) => {
		const told = `${drawn._url?.split("/")[2]}, from the network`;
		if (drawn instanceof L.TileLayer) layers.push({ drawn, name: "basemap", told, show: true, kind: "tiles" });
	});
	fill(parts.layers, { layers: layers.map((one) => ({ ...one, key: `layer:${one.name}` })) });
	parts.layers.hidden = !parts.layers.querySelector("li");
	const named = [...parts.around.querySelectorAll("[name]")];
	sliders = named.filter(({ type }) => type === "range");
	take();
	controls = siting.controlsOf(named);
	home = view();
	parts.around.onclick = ({ target }) => {
		const button = target.closest("[data-do]");
		if (button) actions[button.dataset.do](Number(button.dataset.row), true);
	};
	parts.around.oninput = parts.around.onchange = changed;
	parts.search.onsubmit = find;
	parts.search.oninput = () => list(null);
	parts.list.onkeydown = step;
	parts.card.onclose = () => select(-1);
	layer.onHover(hover);
	layer.onPick((i) => i >= 0 && actions.select(i));
	map.on("moveend", rest);
	document.addEventListener("keydown", ({ key }) => key === "Escape" && actions.close());
	window.addEventListener("beforeprint", () => exports.copied(host, parts.picture));
	window.addEventListener("hashchange", () => hash() === location.hash || restore());
	restore();
	top = ranked[0];
}

/* A number that is emptied is what was given; a group never weighs nothing. */
function changed({ type, target }) {
	if (!target.name || (type === "input") !== (target.type === "range")) return;
	const given = controls.given(target);
	if (target.value === "") target.value = given;
	if (target === parts.sets) take();
	if (target.type === "range") {
		parts.sets.value = "own";
		if (target.value === "0" && given !== "0" && chosen()[target.dataset.path] > 0) target.value = 1;
	}
	apply();
}

/* The weights of the set that is chosen, or those that the sliders ask for. */
function chosen() {
	const set = parts.sets ? parts.sets.selectedOptions[0].dataset.weights : "{}";
	return set ? { ...model.own, ...JSON.parse(set) } : siting.asked(model, sliders, controls.given);
}

/* The sliders go where the chosen weights are. */
function take() {
	const at = siting.places(model.tree, chosen());
	for (const slider of sliders) slider.value = at[slider.dataset.path];
}

/* Scores, ranks, colours and all that is shown, as the controls stand. */
function apply() {
	const area = controls.table("area");
	if (ranked && !(area.size ? model.details_ : model.measured)) return model.details().then(apply);
	const ends = (all, ...names) => {
		const tables = names.map(controls.table);
		const pair = (one) => names.map((end, k) => tables[k].get(one.name) ?? one[end] ?? null);
		return Object.fromEntries(all.map((one) => [one.name, pair(one)]));
	};
	if (model.tree) showWeights();
	model.setState({
		weights,
		off: [...controls.table("off").keys()],
		thresholds: ends(model.reasons, "above", "below"),
		limits: ends(model.criteria, "least", "most"),
	});
	const passed = (layer.mask = filter(area));
	ranked = passed ? model.order.filter((i) => passed[i]) : model.order;
	parts.layers.querySelectorAll("input").forEach(({ checked }, k) => {
		map[checked ? "addLayer" : "removeLayer"](layers[k].drawn);
	});
	Object.assign(layer.shown, { site: parts.site.checked, excluded: parts.excluded.checked });
	const way = (layer.colouring = ways.get(parts.ways.value));
	const legend = siting.legend(model, way, layer.refresh());
	const { live, counts } = model;
	const said = Object.fromEntries(Object.entries(counts).map(([status, number]) => [status, count(number)]));
	fill(parts.head, { ...said, passed: passed && count(ranked.length), some: counts.admitted > 0 });
	fill(parts.colours, { ...way, ...said, ...legend });
	if (parts.badge) parts.badge.hidden = !live;
	render();
	rest();
}

/* Sliders that are not where the study has them are one's own weights. */
function showWeights() {
	const own = sliders.some((slider) => slider.value !== controls.given(slider)) ? "own" : "";
	if (/^(own)?$/.test(parts.sets.value)) parts.sets.value = own;
	weights = chosen();
	const shares = siting.shares(model.tree, weights);
	for (const one of parts.weights.querySelectorAll("[data-path]"))
		one[one.type ? "ariaValueText" : "textContent"] = percent(shares[one.dataset.path], 1);
}

/* Uint8Array of the parcels that pass the filter; null where there is none. */
function filter(area) {
	const tiers = controls.table("tier");
	const tests = Array.from(controls.table("block"), ([path, least]) => {
		const block = model.tree.members.find((member) => member.path === path);
		const values = model.values(block, "both", 0, model.n);
		return (i) => values[i] >= least * FULL2;
	});
	if (tiers.size) tests.push((i) => !tiers.has(model.tier(i)));
	const [least, most] = [area.get("least") ?? 0, area.get("most") ?? Infinity];
	const acres = (i) => model.whole("gross", i, 10);
	if (area.size) tests.push((i) => acres(i) >= least && acres(i) <= most);
	return tests.length ? Uint8Array.from({ length: model.n }, (_, i) => tests.every((passes) => passes(i))) : null;
}

/* Where a parcel stands, in words. */
function standing(i) {
	const [rank, score] = [model.rank[i], points(model.points(i))];
	const [place, said] = rank ? [`rank ${count(rank)}`, "score"] : [WORDS[model.status[i]], "would score"];
	return score === "–" ? place : `${place}, ${said} ${score}`;
}

/* The best or what was found, the pins, the card and the table of the pinned, as the model stands. */
function render() {
	const all = found ?? ranked;
	const { colours, of, out } = layer.colouring;
	const rows = Array.from(all.slice(0, listed), (i) => {
		const [rank, status] = [model.rank[i], model.status[i]];
		const ranks = !model.live && model.ranks(i);
		return {
			...{ i, id: model.id(i), score: points(model.points(i)), current: i === parcel },
			rank: rank ? count(rank) : "–",
			tint: colours[(status ? out : of)?.(i)],
			tier: join([ranks && ranks.map((one) => count(one)).join(" to "), model.tier(i), !rank && WORDS[status]]),
		};
	});
	const left = all.length - rows.length;
	const compare = pins.length > 1 && `Compare ${pins.length}`;
	fill(parts.listed, {
		...{ rows, compare, pins: pins.map((i) => ({ i, id: `${model.id(i)} ×`, name: `Unpin ${model.id(i)}` })) },
		more: left && `Show ${Math.min(PAGE, left)} more of ${count(all.length)}`,
	});
	layer.mark({ selected: parcel, pinned: pins });
	const pinned = pins.includes(parcel);
	const pin = { compare, pin: pinned ? "Unpin" : "Pin", full: !pinned && pins.length >= MOST_PINS };
	if (parcel >= 0) fill(parts.card, { ...siting.cardOf(model, parcel), ...pin });
	if (!compare) parts.compare.close();
	else if (parts.compare.open) fill(parts.compare, siting.comparison(model, pins));
}

function list(rows, said = "") {
	[found, listed] = [rows, PAGE];
	parts.found.textContent = said;
	render();
}

/* Arrow keys walk through the list. */
function step(event) {
	const next = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
	if (!next) return;
	event.preventDefault();
	event.target.closest("li")[next]?.firstElementChild?.focus();
}

/* One match opens; several are listed, to be chosen from. */
async function find(event) {
	event.preventDefault();
	const text = parts.search.elements[0].value.trim();
	if (!text) return;
	await model.details();
	const rows = model.find(text);
	list(rows, `${count(rows.length)} with “${text}” in the id or a published field; Escape goes back.`);
	if (rows.length === 1) return actions.select(rows[0], true);
	parts.card.close();
	parts.found.scrollIntoView({ block: "nearest" });
	parts.list.querySelector("button")?.focus();
}

function hover(i, point) {
	layer.mark({ hover: i });
	host.style.cursor = i < 0 ? "" : "pointer";
	parts.tip.hidden = i < 0;
	if (i >= 0) fill(parts.tip, { id: model.id(i), said: standing(i), x: `${point.x}px`, y: `${point.y}px` });
}

function select(i) {
	parcel = i;
	render();
	rest();
}

const actions = {
	reset() {
		controls.restore(new Map());
		apply();
	},

	more() {
		listed += PAGE;
		render();
		parts.list.children[listed - PAGE].firstElementChild.focus();
	},

	/* The card is a dialog beside the rest: it takes the focus, and gives it back. */
	async select(i, move) {
		await model.details();
		select(i);
		parts.card.show();
		parts.card.scrollTop = 0;
		const bounds = move && layer.bounds(i);
		if (bounds) map.fitBounds(bounds, { animate: false, maxZoom: 14, padding: [80, 80] });
		say(`${model.id(i)}: ${standing(i)}.`);
	},

	/* What lies on top: the comparison, the card, or what was found. */
	close() {
		const open = [parts.compare, parts.card].find((part) => part.open);
		if (open) open.close();
		else if (found) list(null);
	},

	pin(i) {
		const there = pins.includes(i);
		pins = there ? pins.filter((other) => other !== i) : [...pins, i];
		select(parcel);
		say(`${model.id(i)} ${there ? "unpinned" : "pinned"}; ${pins.length} of ${MOST_PINS}.`);
	},

	async compare() {
		await model.details();
		parts.compare.show();
		render();
	},

	async copy() {
		Object.assign(parts.link, { value: link(), hidden: false }).select();
		const copied = navigator.clipboard?.writeText(link()).then(() => true);
		const done = await copied?.catch(() => false);
		say(`${framed ? "The hash for the map's file" : "The link"} is ${done ? "copied." : "selected: copy it."}`);
	},

	async csv() {
		await model.details();
		exports.download(model.title, "csv", exports.csv(exports.table(model, ranked)));
	},

	yaml() {
		const paths = siting.weighed(model.tree).flatMap(({ members }) => members.map(({ path }) => path));
		const all = paths.map((path) => [path, weights[path]]);
		exports.download(model.title, "yaml", exports.yaml(all, "from_the_map", `Weights of the map of: ${model.title}`));
	},

	async png() {
		const text = join([model.synthetic && "SYNTHETIC: nothing here is real", model.marking]);
		const picture = await layer.png();
		exports.download(model.title, "png", text ? await exports.marked(picture, text) : picture);
	},

	print: () => window.print(),
};

function view() {
	const { lat, lng } = map.getCenter();
	return [lat.toFixed(5), lng.toFixed(5), map.getZoom().toFixed(2)].map(Number).join("_");
}

/* What the address says: moved controls (sliders only where no set is chosen), card, pins, view. */
function hash() {
	const follows = parts.sets?.value === "own" ? "set" : "weight:";
	const now = view();
	return siting.writeHash([
		...controls.entries().filter(([name]) => !name.startsWith(follows)),
		...(parcel < 0 ? [] : [["parcel", model.id(parcel)]]),
		...pins.map((i) => ["pin", model.id(i)]),
		...(now === home ? [] : [["view", now]]),
	]);
}
const link = () => (framed ? hash() || "#" : location.href.split("#")[0] + hash());

function restore() {
	const asked = siting.readHash(location.hash);
	const rows = (name) => [...new Set(asked.getAll(name))].slice(0, MOST_PINS).map((id) => model.ids.indexOf(id));
	controls.restore(asked);
	if (asked.has("set")) take();
	for (const fold of parts.around.querySelectorAll("details"))
		fold.open ||= controls.moved().some((one) => fold.contains(one));
	pins = rows("pin").filter((i) => i >= 0);
	apply();
	const [lat, lng, zoom] = (asked.get("view") ?? "").split("_").map(Number);
	if (Math.abs(lat) < 86 && Math.abs(lng) <= 360 && zoom <= 20) map.setView([lat, lng], zoom, { animate: false });
	const [asks = -1] = rows("parcel");
	if (asks >= 0) actions.select(asks, !asked.has("view"));
	else parts.card.close();
	model.details();
}

/* Once the state rests, the address follows, and the live region names a new best parcel. */
function rest() {
	clearTimeout(timer);
	timer = setTimeout(() => {
		if (!framed) history.replaceState(null, "", link());
		const [best] = ranked;
		if (best !== top)
			say(best === undefined ? "No parcel is ranked." : `New top parcel: ${model.id(best)}, ${standing(best)}.`);
		top = best;
	}, REST_MS);
}
function say(text) {
	parts.live.textContent = text;
}
