/* siting: the page around the map. Its markup comes with it (siting/maps/panel.html.jinja). */
const { el, swatch, count, points, join } = siting;
const PAGE = 50; // rows of the ranked list that are added at a time
const ANNOUNCE_MS = 600;
const ACRE_M2 = 4046.8564224;
const AROUND_M = 40075016.686;
const WORDS = ["ranked", "too little alone", "excluded"];
const TABLES = ["above", "below", "least", "most", "blocks", "area"]; // numbers by name
const SETS = ["off", "tiers"]; // what is switched off
const plain = (name) => name.replaceAll("_", " ");

async function show(map, elementId) {
	const parts = frame(map);
	try {
		if (!map.getSize().x) parts.busy.textContent = "The map is drawn as soon as it has a size.";
		const model = await siting.model(elementId);
		const layer = siting.parcelLayer(map, model);
		await sized(map);
		layer.addTo(map);
		layer.fit();
		new Page(map, parts, model, layer, await siting.contextOf(map));
		parts.busy.remove();
	} catch (error) {
		parts.busy.textContent = `The map could not be drawn. ${error.message}`;
		throw error;
	} finally {
		map.getContainer().dataset.ready = "yes";
	}
}

/* Waits until the map has a size: a hidden tab of a notebook has none. */
function sized(map) {
	return new Promise((done) => {
		const seen = () => map.invalidateSize({ animate: false, pan: false }).getSize().x && map.getSize().y && done();
		new ResizeObserver(seen).observe(map.getContainer());
		seen();
	});
}

/* The parts of the page by name, the map among them. */
function frame(map) {
	const host = map.getContainer();
	const around = document.querySelector(".siting-frame");
	const parts = { host, around };
	for (const part of around.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
	map.attributionControl?.setPrefix('<a href="https://leafletjs.com" rel="noreferrer">Leaflet</a>');
	host.setAttribute("role", "region");
	host.setAttribute("aria-label", parts.map.dataset.label);
	parts.map.prepend(host);
	around.hidden = false;
	return parts;
}

class Page {
	constructor(map, parts, model, layer, context) {
		Object.assign(this, { map, parts, model, layer, context, listed: PAGE, rows: [], parcel: -1, pins: [], tiles: [] });
		map.eachLayer((one) => one instanceof L.TileLayer && this.tiles.push(one));
		this.forget();
		this.bind();
		const restore = (state) => this.restore(state);
		this.address = new siting.state.Address(() => this.state(), restore);
		this.home = this.view();
		map.on("moveend", () => this.address.later());
		restore(siting.state.read(location.hash));
	}

	/* Nothing moved, nothing filtered: the study as it is. */
	forget() {
		for (const name of TABLES) this[name] = new Map();
		for (const name of SETS) this[name] = new Set();
		this.choose("");
	}

	bind() {
		const { model, parts, layer } = this;
		const { about, criteria, tree, weightSets, scenarios } = model;
		const reasons = model.reasons.map(({ name }) => name);
		const names = criteria.map(({ name }) => name);
		const tiers = [...about.tiers.map(([name]) => name), "low"];
		const blocks = tree ? tree.members.map(({ path }) => path) : [];
		const [above, below, off, least, most] = [reasons, reasons, reasons, names, names];
		this.keys = { above, below, off, least, most, tiers, blocks, area: ["least", "most"] };
		const all = (what, act) => parts.around.querySelectorAll(what).forEach(act);
		this.controls = parts.around.querySelectorAll("[data-table]");
		for (const input of this.controls) input.onchange = () => this.changed(input);
		all("[data-do]", (one) => (one.onclick = () => this[one.dataset.do]()));
		all("[data-show]", (one) => (one.onchange = () => layer.show({ [one.dataset.show]: one.checked })));
		if (tree) {
			this.named = [...weightSets.map((one) => ["set", one]), ...scenarios.map((one) => ["scenario", one])];
			[...parts.sets].slice(2).forEach((option, k) => (option.value = `${this.named[k][0]}:${this.named[k][1].name}`));
			parts.sets.onchange = () => this.apply(this.choose(parts.sets.value));
			this.slide = siting.sliders(model, parts.around.querySelectorAll("[type=range]"), (path, weight) => {
				this.weights[path] = weight;
				this.set = "own";
				this.apply();
			});
		}
		this.ways = siting.colourings(model);
		for (const [value, { label }] of this.ways) {
			const option = el("option", { value }, label);
			if (value.startsWith(":")) parts.values.append(option);
			else parts.values.before(option);
		}
		parts.colours.onchange = () => this.paint(parts.colours.value);
		parts.list.onkeydown = (event) => this.step(event);
		parts.search.onsubmit = (event) => this.find(event);
		layer.onHover((i, point) => this.hover(i, point));
		layer.onPick((i) => i >= 0 && this.select(i));
		document.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
		window.addEventListener("beforeprint", () => this.paper());
	}

	/* A control of the left panel was used: a box that leaves out, or a number; emptied, it is what was given. */
	changed(input) {
		const { table, k } = input.dataset;
		const [own, key] = [this[table], this.keys[table][k]];
		const given = input.value === "" || input.value === input.defaultValue;
		if (input.checked || given) own.delete(key);
		else if (own instanceof Set) own.add(key);
		else own.set(key, Number(input.value));
		if (given) input.value = input.defaultValue;
		this.apply();
	}

	/* The controls of the left panel say what the state is; those that are not as the study has it are in view. */
	fill() {
		for (const input of this.controls) {
			const { table, k } = input.dataset;
			const [own, key] = [this[table], this.keys[table][k]];
			if (own instanceof Set) input.checked = !own.has(key);
			else input.value = own.get(key) ?? input.defaultValue;
			if (!own.has(key)) continue;
			for (let fold = input.closest("details"); fold; fold = fold.parentNode.closest("details")) fold.open = true;
		}
		this.showLayers();
	}

	choose(value) {
		if (value === "own") return;
		const found = (this.named || []).find(([kind, { name, why_not: why }]) => value === `${kind}:${name}` && !why);
		this.set = found ? value : "";
		this.weights = { ...this.model.own, ...found?.[1].weights };
	}

	reset() {
		this.forget();
		this.fill();
		this.apply();
	}

	turn(layer, on) {
		if (on) layer.addTo(this.map);
		else layer.remove();
		const over = this.tiles.some((one) => this.map.hasLayer(one));
		this.map.getPane("siting-parcels").style.opacity = over ? 0.7 : 1;
	}

	/* The layers around the parcels, with vintage and licence, and the basemaps. */
	showLayers() {
		const { map, parts, tiles } = this;
		const item = (layer, mark, name, about) => {
			const input = el("input", { type: "checkbox", checked: map.hasLayer(layer) });
			input.onchange = () => {
				this.turn(layer, input.checked);
				this.address.later();
			};
			return el("li", el("label.switch", input, mark, el("span", name, about && el("small", about))));
		};
		const rows = this.context.map(({ data, layer }) => {
			const { title, vintage, licence } = data;
			const about = join([title, vintage && `Vintage: ${vintage}`, licence && `Licence: ${licence}`]);
			return item(layer, siting.contextSwatch(data), data.name, about);
		});
		for (const one of tiles) {
			const { host } = new URL(one._url.replace("{s}", "a"));
			rows.push(item(one, "", "basemap", `${host}, from the network`));
			this.turn(one, map.hasLayer(one));
		}
		parts.layers.replaceChildren(...rows);
		parts.layers.closest("details").hidden = !parts.layers.parentNode.querySelector("li");
	}

	paint(colour) {
		this.colour = colour;
		this.showColours();
		this.showList();
		this.address.later();
	}

	/* Legend and histogram say what is drawn: the same counts and colours. */
	showColours() {
		const { model, layer, parts, colour } = this;
		const way = this.ways.get(colour);
		parts.colours.value = colour;
		layer.colouring = way;
		this.counted = layer.refresh();
		parts.legend.replaceChildren(...siting.legend(way, this.counted));
		parts.bars.replaceChildren(...siting.histogram(model, way));
		for (const what of ["site", "excluded"]) parts[what].textContent = count(model.counts[what]);
	}

	showMore() {
		const first = this.listed;
		this.listed += PAGE;
		this.showList();
		this.rows[first].focus();
	}

	/* The best, in rows that stay where they are and take other texts. */
	showList() {
		const { model, ranked, rows, parts } = this;
		const shown = Math.min(this.listed, ranked.length);
		while (rows.length < shown) {
			const cells = [el("span.number"), swatch({}), el("span.id"), el("small"), el("b")];
			const own = siting.button(cells, () => this.select(own.parcel, true));
			rows.push(own);
			parts.list.append(el("li", own));
		}
		rows.forEach((own, k) => {
			own.parentNode.hidden = k >= shown;
			if (k >= shown) return;
			const i = (own.parcel = ranked[k]);
			const ranks = !model.live && model.ranks(i);
			const colour = this.layer.table[i + 1];
			const [rank, mark, id, tier, score] = own.children;
			rank.textContent = model.rank[i] ? count(model.rank[i]) : "–";
			mark.style.background = `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
			id.textContent = model.id(i);
			tier.textContent = `${ranks ? `${ranks.map(count).join(" to ")} · ` : ""}${model.tier(i)}`;
			score.textContent = points(model.points(i));
			own.setAttribute("aria-current", i === this.parcel);
		});
		parts.more.hidden = shown >= ranked.length;
		parts.more.textContent = `Show ${Math.min(PAGE, ranked.length - shown)} more of ${count(ranked.length)}`;
	}

	/* Arrow keys walk through the ranked list. */
	step(event) {
		const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
		const row = way && event.target.closest("li")[way];
		if (!row || row.hidden) return;
		event.preventDefault();
		row.firstChild.focus();
	}

	async find(event) {
		event.preventDefault();
		const { found, search } = this.parts;
		const text = search.elements[0].value.trim();
		if (!text) return;
		await this.model.details();
		if (this.asked !== text) Object.assign(this, { asked: text, matches: this.model.find(text), at: -1 });
		const { length } = this.matches;
		this.at = (this.at + 1) % (length || 1);
		const more = length > 1 ? " Find again for the next." : "";
		found.textContent = length
			? `${count(this.at + 1)} of ${count(length)} that match.${more}`
			: `No parcel has “${text}” in its id or a published field.`;
		if (length) this.select(this.matches[this.at], true);
		else this.close();
		found.scrollIntoView({ block: "nearest" });
	}

	hover(i, point) {
		const { model, parts } = this;
		const { tip, host } = parts;
		host.style.cursor = i < 0 ? "" : "pointer";
		tip.hidden = i < 0;
		this.layer.mark({ hover: i });
		if (i < 0) return;
		const [rank, score] = [model.rank[i], points(model.points(i))];
		const would = score === "–" ? "" : `would score ${score}`;
		const said = rank ? [`rank ${count(rank)}`, score] : [WORDS[model.status[i]], would];
		tip.replaceChildren(el("b", model.id(i)), join(said));
		const left = point.x > host.clientWidth - 200;
		const shift = left ? "translateX(-100%)" : "";
		tip.style.transform = `translate(${point.x + (left ? -14 : 14)}px, ${point.y + 12}px) ${shift}`;
	}

	/* What the page shows follows from the state: scores, ranks, colours, list, card. */
	apply() {
		const { model, layer, parts } = this;
		const pairs = (one, other, given) =>
			Object.fromEntries(
				[...one.keys(), ...other.keys()].map((name) => {
					const [first = null, second = null] = given(name);
					return [name, [one.get(name) ?? first, other.get(name) ?? second]];
				}),
			);
		const thresholds = pairs(this.above, this.below, (name) => {
			const reason = model.reasons.find((one) => one.name === name);
			return [reason.above, reason.below];
		});
		const limits = pairs(this.least, this.most, () => []);
		model.setState({ weights: this.weights, off: [...this.off], thresholds, limits });
		this.passed = this.filter();
		this.ranked = this.passed ? model.order.filter((i) => this.passed[i]) : model.order;
		layer.mask = this.passed;
		const { counts, n } = model;
		parts.counts.textContent = join([
			`${count(n)} parcels`,
			`${count(counts.admitted)} ranked`,
			counts.site && `${count(counts.site)} too little alone`,
			`${count(counts.excluded)} excluded`,
			this.passed && `${count(this.ranked.length)} pass the filter`,
		]);
		parts.nobody.hidden = counts.admitted > 0;
		if (this.slide) {
			parts.sets.value = this.set;
			parts.badge.hidden = !model.live;
			this.slide(this.weights);
		}
		this.paint(this.colour);
		this.showCards();
		this.announce();
	}

	/* Uint8Array of the parcels that pass the filter; null where there is none. */
	filter() {
		const { model, tiers, area, blocks } = this;
		if (!tiers.size && !blocks.size && !area.size) return null;
		const parts = [...blocks].map(([path, least]) => {
			const block = model.tree.members.find((member) => member.path === path);
			return [this.worth(block), least];
		});
		const [least, most] = [area.get("least") ?? 0, area.get("most") ?? Infinity];
		const sizes = area.size && this.acres();
		const passes = (i) =>
			!tiers.has(model.tier(i)) &&
			!(sizes && !(sizes[i] >= least && sizes[i] <= most)) &&
			!parts.some(([value, at]) => value(i) < at);
		return Uint8Array.from({ length: model.n }, (_, i) => passes(i));
	}

	/* i -> the value of a block or criterion, 0 to 1, with the weights now. */
	worth({ members, criterion, combine }) {
		const { low, high } = this.model.criteria[criterion] || {};
		if (!members) return (i) => (low[i] + high[i]) / 131070;
		const inside = members.map((member) => [this.worth(member), this.weights[member.path]]);
		if (combine === "worst") return (i) => Math.min(...inside.map(([of]) => of(i)));
		if (combine === "product") return (i) => inside.reduce((all, [of]) => all * of(i), 1);
		const sum = inside.reduce((all, [, weight]) => all + weight, 0);
		return (i) => inside.reduce((all, [of, weight]) => all + (weight / sum) * of(i), 0);
	}

	/* (n,) the areas of the outlines; worked out once. */
	acres() {
		const { x, y, ring, shape, step, north } = this.model.shapes;
		return (this.sizes ||= Float64Array.from({ length: this.model.n }, (_, i) => {
			let twice = 0;
			for (let r = shape[i]; r < shape[i + 1]; r++) {
				for (let v = ring[r], last = ring[r + 1] - 1; v < ring[r + 1]; last = v++)
					twice += x[last] * y[v] - x[v] * y[last];
			}
			const latitude = siting.latitude(north + step * (y[ring[shape[i]]] || 0));
			const side = step * AROUND_M * Math.cos((latitude * Math.PI) / 180);
			return (Math.abs(twice / 2) * side ** 2) / ACRE_M2;
		}));
	}

	/* The live region names a new best parcel, once the state rests. */
	announce() {
		const { model } = this;
		const [top = -1] = this.ranked;
		this.top ??= top;
		clearTimeout(this.saying);
		this.saying = setTimeout(() => {
			const best = () => `New top parcel: ${model.id(top)}, ${points(model.points(top))} points.`;
			if (this.top !== top) this.say(top < 0 ? "No parcel is ranked." : best());
			this.top = top;
		}, ANNOUNCE_MS);
	}
	say(text) {
		this.parts.live.textContent = text;
	}
}

Object.assign(siting, { show, Page, plain, TABLES, SETS, WORDS });
