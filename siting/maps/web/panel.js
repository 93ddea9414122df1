/* siting: the page around the map. In its markup (siting/maps/panel.html.jinja) data-part names what is filled or read
   here, data-do the action of a click; controls with a name hold the state. */
const { fill, count, points, percent, join, exports, WORDS } = siting;
const PAGE = 50; // rows of the list that are added at a time
const MOST_PINS = 4;
const REST_MS = 250;
const NEAR_PX = 9; // the map counts as not moved
const framed = !/^(file|https?):$/.test(location.protocol); // in a notebook, where history is forbidden
const parts = {};
let map, host, model, layer, layers, controls, sliders, ways, home; // what there is
let weights, ranked, found, top, timer; // what follows, and what a reader did
let [listed, parcel, pins] = [PAGE, -1, []];

siting.show = async (given, elementId) => {
	map = given;
	host = map.getContainer();
	for (const part of document.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
	parts.map.prepend(host);
	try {
		const size = sized();
		model = await siting.model(elementId);
		layer = siting.parcelLayer(map, model);
		await size;
		layer.addTo(map);
		layers = await siting.contextOf(map);
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
	return new Promise((done) => {
		const seen = () => {
			const { x, y } = map.invalidateSize({ pan: false }).getSize();
			if (x && y) done();
		};
		new ResizeObserver(seen).observe(host);
		seen();
	});
}

function start() {
	ways = siting.colourings(model);
	fill(parts.layers, { layers: layers.map((one) => ({ ...one, key: `layer:${one.name}` })), none: !layers.length });
	sliders = [...parts.weights.querySelectorAll("[type=range]")];
	take();
	look();
	controls = siting.controlsOf([...parts.around.querySelectorAll("[name]")]);
	parts.around.onclick = ({ target }) => {
		const button = target.closest("[data-do]");
		if (button) actions[button.dataset.do](Number(button.dataset.row), true);
	};
	parts.around.oninput = parts.around.onchange = changed;
	parts.search.onsubmit = find;
	parts.search.oninput = () => list(null);
	parts.card.onclose = () => choose(-1);
	layer.onHover(hover);
	layer.onPick((i) => i >= 0 && actions.select(i));
	map.on("moveend", rest);
	document.addEventListener("keydown", ({ key }) => key === "Escape" && actions.close());
	window.addEventListener("beforeprint", () =>
		exports.copied(siting.sheet(map), ["areas", "parcels", "lines", "marks"], parts.picture),
	);
	window.addEventListener("hashchange", restore);
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
		parts.sets.value = controls.table("weight").size ? "own" : "";
		if (target.value === "0" && given !== "0" && chosen()[target.dataset.path] > 0) target.value = 1;
	}
	apply();
}

/* The weights of the set that is chosen; nothing where they are one's own. */
function setWeights() {
	const set = parts.sets?.selectedOptions[0].dataset.weights;
	return set && { ...model.own, ...JSON.parse(set) };
}
const chosen = () => setWeights() ?? siting.asked(model, sliders, controls.given);

/* The sliders go where the weights of a set are. */
function take() {
	const at = setWeights() && siting.places(model.tree, setWeights());
	if (at) for (const slider of sliders) slider.value = at[slider.dataset.path];
}

/* Scores, ranks, colours and all that is shown, as the controls stand. */
function apply() {
	const area = controls.table("area");
	if (ranked && !(area.size ? model.details_ : model.measured)) return model.details().then(apply);
	weights = chosen();
	model.setState(weights, controls.table);
	const shares = siting.shares(model.tree.groups, weights);
	for (const one of parts.weights.querySelectorAll("[data-path]"))
		one[one.type ? "ariaValueText" : "textContent"] = percent(shares[one.dataset.path], 1);
	const passed = (layer.mask = filter(area));
	ranked = passed ? model.order.filter((i) => passed[i]) : model.order;
	parts.layers.querySelectorAll("input").forEach(({ checked }, k) => {
		map[checked ? "addLayer" : "removeLayer"](layers[k].drawn);
	});
	Object.assign(layer.shown, { site: parts.site.checked, excluded: parts.excluded.checked });
	layer.colouring = ways.get(parts.ways.value);
	const { live, counts } = model;
	const drawn = siting.legend(model, layer.colouring, layer.refresh());
	fill(parts.head, { ...counts, passed: passed && [ranked.length], none: !counts.admitted });
	fill(parts.colours, { ...layer.colouring, ...counts, ...drawn });
	fill(parts.weights, { studied: !live });
	render();
	rest();
}

/* Uint8Array of the parcels that pass the filter; null where there is none. */
function filter(area) {
	const tiers = controls.table("tier");
	const tests = Array.from(controls.table("block"), ([path, from]) => {
		const values = model.block(path);
		return (i) => values[i] >= from;
	});
	if (tiers.size) tests.push((i) => !tiers.has(model.tier(i)));
	for (const [end, acres] of area) {
		const sign = end === "least" ? 1 : -1;
		tests.push((i) => sign * model.whole("gross", i, 10) >= sign * acres);
	}
	return tests.length ? Uint8Array.from({ length: model.n }, (_, i) => tests.every((passes) => passes(i))) : null;
}

/* Where a parcel stands, in words. */
function standing(i) {
	const [rank, score] = [model.rank[i], points(model.points(i))];
	const [place, said] = rank ? [`rank ${count(rank)}`, "score"] : [WORDS[model.status[i]], "would score"];
	return score === "–" ? place : `${place}, ${said} ${score}`;
}

/* The list, pins, card and comparison, as the model stands. */
function render() {
	const all = found ?? ranked;
	const { colours, of, out } = layer.colouring;
	const rows = Array.from(all.slice(0, listed), (i) => {
		const [rank, status] = [model.rank[i] || "–", model.status[i]];
		const ranks =
			!model.live &&
			model
				.ranks(i)
				?.map((one) => count(one))
				.join(" to ");
		return {
			...{ i, rank, id: model.id(i), score: points(model.points(i)), current: i === parcel },
			tint: colours[(status ? out : of)?.(i)],
			tier: join([ranks, model.tier(i), status > 0 && WORDS[status]]),
		};
	});
	const compare = pins.length > 1 && pins.length;
	const there = pins.includes(parcel);
	const pin = { compare, pin: there ? "Unpin" : "Pin", full: !there && pins.length >= MOST_PINS };
	const more = all.length > listed && all.length;
	fill(parts.listed, {
		rows,
		more,
		compare,
		found: found && [all.length],
		pins: pins.map((i) => ({ i, id: model.id(i) })),
	});
	layer.mark({ selected: parcel, pinned: pins });
	if (parcel >= 0) fill(parts.card, { ...siting.cardOf(model, parcel), ...pin });
	if (!compare) parts.compare.close();
	else if (parts.compare.open) fill(parts.compare, siting.comparison(model, pins));
}

function list(rows) {
	[found, listed] = [rows, PAGE];
	render();
}

/* One match opens; several are listed, to be chosen from. */
async function find(event) {
	event.preventDefault();
	const text = parts.search.elements[0].value.trim();
	if (!text) return;
	await model.details();
	list(model.find(text));
	if (found.length === 1) return actions.select(found[0], true);
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

function choose(i) {
	parcel = i;
	render();
	rest();
}

const save = (ending, content) => exports.download(model.title, ending, content);

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
		choose(i);
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
		choose(parcel);
		say(`${pins.length} of ${MOST_PINS} pinned.`);
	},

	compare() {
		parts.compare.show();
		render();
	},

	copy() {
		Object.assign(parts.link, { value: link(), hidden: false }).select();
		say("The link is selected, to be copied.");
		navigator.clipboard?.writeText(link()).then(() => say("The link is copied."), say);
	},

	async csv() {
		await model.details();
		save("csv", exports.csv(exports.table(model, ranked)));
	},

	yaml() {
		const all = sliders.map(({ dataset: { path } }) => [path, weights[path]]);
		save("yaml", exports.yaml(all, "from_the_map", `Weights of the map of: ${model.title}`));
	},

	async png() {
		save("png", await exports.picture(siting.sheet(map), layer.view, parts.map.dataset.mark));
	},

	print: () => window.print(),
};

/* View, card and pins as controls. */
function look() {
	const { lat, lng } = map.getCenter();
	const now = [lat.toFixed(5), lng.toFixed(5), map.getZoom().toFixed(2)];
	home ??= now;
	const moved = now[2] !== home[2] || map.project(now).distanceTo(map.project(home)) > NEAR_PX;
	parts.view.value = (moved ? now : home).join("_");
	parts.parcel.value = model.id(parcel) ?? "";
	parts.pins.value = pins.map((i) => model.id(i)).join("\n");
}

/* What the address says: controls that are moved, sliders only where no set is chosen. */
function link() {
	look();
	const follows = parts.sets?.value === "own" ? "set" : "weight:";
	const hash = siting.writeHash(controls.entries().filter(([name]) => !name.startsWith(follows)));
	return framed ? hash || "#" : location.href.split("#")[0] + hash;
}

function restore() {
	const asked = siting.readHash(location.hash);
	controls.restore(asked);
	if (!asked.has("set") && controls.table("weight").size) parts.sets.value = "own";
	take();
	for (const fold of parts.around.querySelectorAll("details"))
		fold.open ||= controls.moved().some((one) => fold.contains(one));
	const named = ({ value }) => value.split("\n", MOST_PINS).filter(Boolean);
	const rows = (control) => named(control).map((id) => model.ids.indexOf(id)); // all ids only where one is named
	const [row] = rows(parts.parcel);
	pins = rows(parts.pins).filter((i) => i >= 0);
	apply();
	const [lat, lng, zoom] = (asked.get("view") ?? "").split("_").map(Number);
	if (Math.abs(lat) < 86 && Math.abs(lng) <= 360 && zoom <= 20) map.setView([lat, lng], zoom, { animate: false });
	if (row >= 0) actions.select(row, !asked.has("view"));
	else parts.card.close();
	model.details();
}

/* Once the state rests, the address follows, and the live region names a new best parcel. */
function rest() {
	clearTimeout(timer);
	timer = setTimeout(() => {
		if (!framed) history.replaceState(null, "", link());
		const [best] = ranked;
		const told = ranked.length ? `New top parcel: ${model.id(best)}, ${standing(best)}.` : "No parcel is ranked.";
		if (best !== top) say(told);
		top = best;
	}, REST_MS);
}
function say(text) {
	parts.live.textContent = text;
}
