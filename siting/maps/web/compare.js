/* siting: what a reader does with parcels: open a card, pin and compare, share, print. */
const { el, button, swatch, small, row, table, bar, count, points, percent, join, acres, WORDS, TABLES, SETS } = siting;
const MOST_PINS = 4;
const NEAR_PX = 9; // the map counts as not moved
const TOP = 20; // rows of the printed list
const hues = Object.values(siting.TINTS);

const actions = {
	async select(i, move) {
		const { model, parts, layer, map } = this;
		await model.details();
		if (parts.card.hidden) this.opener = document.activeElement;
		this.parcel = i;
		parts.card.hidden = false;
		this.showCards();
		parts.card.scrollTop = 0;
		const bounds = move && layer.bounds(i);
		if (bounds) map.fitBounds(bounds, { animate: false, maxZoom: 14, padding: [80, 80] });
		const rank = model.rank[i];
		const said = rank ? `rank ${count(rank)}, score ${points(model.points(i))}` : WORDS[model.status[i]];
		this.say(`${model.id(i)}: ${said}.`);
		this.address.later();
	},

	close() {
		const { card, compare } = this.parts;
		if (!compare.hidden) return this.compare(false);
		if (card.hidden) return;
		const inside = card.contains(document.activeElement);
		card.hidden = true;
		this.parcel = -1;
		this.showCards();
		if (inside) this.opener?.focus();
		this.address.later();
	},

	/* The card, the pins and the table of the pinned, as the model stands now. */
	showCards() {
		const { parts, model, layer, parcel, pins } = this;
		layer.mark({ selected: parcel, pinned: pins.slice() });
		for (const own of this.rows) own.setAttribute("aria-current", own.parcel === parcel);
		const comparing = () => (pins.length > 1 ? button(`Compare ${pins.length}`, () => this.compare(true)) : "");
		const unpin = (i) => button(`${model.id(i)} ×`, () => this.pin(i), { "aria-label": `Unpin ${model.id(i)}` });
		parts.pinned.replaceChildren(...pins.map(unpin), comparing());
		if (!model.details_) return;
		if (!parts.card.hidden) {
			const [pinned, inside] = [pins.includes(parcel), parts.card.contains(document.activeElement)];
			const pin = button(pinned ? "Unpin" : "Pin", () => this.pin(parcel), {
				disabled: !pinned && pins.length >= MOST_PINS,
				title: "Pin two to four parcels to compare them",
			});
			const close = button("×", () => this.close(), { "aria-label": "Close the card" });
			siting.fillCard(parts.card, model, parcel, [pin, comparing(), close]);
			if (inside) pin.focus();
		}
		if (!parts.compare.hidden) this.compare(pins.length > 1);
	},

	pin(i) {
		const { pins, model } = this;
		this.pins = pins.includes(i) ? pins.filter((other) => other !== i) : [...pins, i].slice(0, MOST_PINS);
		this.showCards();
		const what = this.pins.includes(i) ? "pinned" : "unpinned";
		this.say(`${model.id(i)} ${what}; ${this.pins.length} of ${MOST_PINS}.`);
		this.address.later();
	},

	/* Pinned parcels side by side: bars of what makes the score, then a row for each fact. */
	compare(open) {
		const { compare } = this.parts;
		compare.hidden = !open;
		if (!open) return;
		const all = this.pins.map((i) => siting.factsOf(this.model, i));
		const outer = ({ block }) => block.split(" / ")[0];
		const blocks = [...new Set(all[0].criteria.map(outer))];
		const hue = (c) => hues[blocks.indexOf(outer(c)) % hues.length];
		const each = (label, text) => row(label, ...all.map(text));
		const piece = (c) => {
			const style = { width: `${100 * c.weight * c.value}%`, background: hue(c) };
			return c.weight > 0 && c.value > 0 && el("i", { title: c.label, style });
		};
		const rows = [
			each("Rank", (f) => (f.rank ? count(f.rank) : WORDS[f.status])),
			each("Score", (f) => points(f.score)),
			each("Tier", (f) => f.tier || "–"),
			each(["What makes it ", small("weight × value of each criterion, of 100")], (f) =>
				el("span.stacked", f.criteria.map(piece)),
			),
			all.some((f) => f.waterfall) && each("Usable land", (f) => (f.waterfall ? acres(f.waterfall.usable) : "–")),
			all.some((f) => f.reasons.length) && each("Out for", (f) => join(f.reasons.map((r) => r.name), ", ") || "–"),
			...all[0].criteria.map((c, j) => {
				const best = Math.max(...all.map((f) => f.criteria[j].value || 0));
				const weight = c.weight !== null && small(percent(c.weight, 1));
				return each([swatch({ background: hue(c) }), ` ${c.label} `, weight], ({ criteria }) => {
					const { quantity, value } = criteria[j];
					return [value === best ? el("strong", quantity) : quantity, value >= 0 && bar(0, value)];
				});
			}),
		];
		const close = button("×", () => this.compare(false), { "aria-label": "Close the comparison" });
		const title = el("div.row", el("h2", "Pinned parcels side by side"), close);
		compare.replaceChildren(title, table("pinned", ["", ...all.map(({ id }) => id)], rows));
		close.focus();
	},

	view() {
		const { lat, lng } = this.map.getCenter();
		return [lat.toFixed(5), lng.toFixed(5), this.map.getZoom().toFixed(2)].map(Number);
	},

	/* What the hash says of the page; restore() takes it back, as far as the study knows what it names. */
	state() {
		const { model, map, home, set, colour } = this;
		const view = this.view();
		const away = map.project(view.slice(0, 2)).distanceTo(map.project(home.slice(0, 2)));
		const own = Object.entries(this.weights).filter(([path, weight]) => weight !== model.own[path]);
		const turned = this.context.filter(({ data, layer }) => map.hasLayer(layer) !== Boolean(data.show));
		return {
			...Object.fromEntries([...TABLES, ...SETS].map((name) => [name, this[name]])),
			set: set === "own" ? "" : set,
			weights: set === "own" ? own : [],
			colour: colour === "score" ? "" : colour,
			layers: turned.map(({ data }) => data.name),
			parcel: model.id(this.parcel),
			pins: this.pins.map((i) => model.id(i)),
			view: view[2] !== home[2] || away > NEAR_PX ? view : [],
		};
	},

	restore(state) {
		const { model, map, parts } = this;
		this.forget();
		for (const name of TABLES)
			this[name] = new Map([...(state[name] || [])].filter(([key]) => this.keys[name].includes(key)));
		for (const name of SETS) this[name] = new Set((state[name] || []).filter((key) => this.keys[name].includes(key)));
		this.choose(state.set);
		for (const [path, weight] of state.weights || []) {
			if (!Object.hasOwn(model.own, path) || weight < 0) continue;
			this.weights[path] = weight;
			this.set = "own";
		}
		if (siting.empty(model.tree, this.weights)) this.choose("");
		const row = (id) => model.ids.indexOf(id);
		this.pins = [...new Set((state.pins || []).map(row))].filter((i) => i >= 0).slice(0, MOST_PINS);
		for (const { data, layer } of this.context)
			this.turn(layer, (state.layers || []).includes(data.name) !== Boolean(data.show));
		const [lat, lng, zoom] = state.view || [];
		if (Number.isFinite(zoom) && Math.abs(lat) < 86 && Math.abs(lng) <= 360)
			map.setView([lat, lng], Math.max(0, Math.min(20, zoom)), { animate: false });
		this.colour = this.ways.has(state.colour) ? state.colour : "score";
		this.fill();
		this.apply();
		if (row(state.parcel) >= 0) this.select(row(state.parcel), !state.view);
		else if (!parts.card.hidden) this.close();
		model.details().then(() => this.showCards());
	},

	async copy() {
		const { parts, address } = this;
		const { link } = parts;
		link.value = address.link();
		link.hidden = false;
		link.select();
		const what = address.framed ? "The hash for the map's file" : "The link";
		const done = await navigator.clipboard?.writeText(link.value).then(
			() => "copied.",
			() => "",
		);
		this.say(`${what} is ${done || "selected: copy it."}`);
	},

	download(ending, content, type) {
		const words = this.model.about.title.match(/[\p{L}\p{N}]+/gu) || ["map"];
		siting.exports.download(`${words.join("-").slice(0, 60)}.${ending}`, content, type);
	},

	async csv() {
		const { model } = this;
		await model.details();
		const { criteria, about } = model;
		const mark = join([about.synthetic && "SYNTHETIC", about.marking !== "SYNTHETIC" && about.marking]);
		const shown = ({ low, middle, high }) =>
			low < high ? `${(low / 100).toFixed(2)} – ${(high / 100).toFixed(2)}` : middle / 100;
		const fields = model.details_.published;
		const told = criteria.flatMap(({ label, unit }) => [`${label}${unit && ` (${unit})`}`, `${label}: value`]);
		const marked = (cells, cell) => (mark ? [...cells, cell] : cells);
		const head = ["rank", "id", "score", "tier", "rank_in_study", ...fields.map(({ label }) => label), ...told];
		const cells = (i) => [
			model.rank[i],
			model.id(i),
			model.points(i),
			model.tier(i),
			model.study.rank[i] || null,
			...fields.map(({ at }) => at(i)),
			...criteria.flatMap((one) => {
				const [number, values] = [one.number(i), one.values(i)];
				return [Number.isFinite(number) ? number : one.text(i), values && shown(values)];
			}),
		];
		const rows = Array.from(this.ranked, (i) => marked(cells(i), mark));
		this.download("csv", siting.exports.csv([marked(head, "marking"), ...rows]), "text/csv;charset=utf-8");
	},

	yaml() {
		const { model, weights } = this;
		const all = [];
		siting.walk(model.tree, ({ path }, group) => siting.weighed(group) && all.push([path, weights[path]]));
		const text = siting.exports.yaml(all, "from_the_map", [`Weights of the map of: ${model.about.title}`]);
		this.download("yaml", text, "application/yaml;charset=utf-8");
	},

	async png() {
		const { synthetic, marking } = this.model.about;
		const text = join([synthetic && "SYNTHETIC: nothing here is real", marking]);
		const picture = await this.layer.png();
		this.download("png", text ? await siting.exports.marked(picture, text) : picture, "image/png");
	},

	print() {
		window.print();
	},

	/* What is printed: the map as it is drawn, legend, weights, the best parcels. */
	paper() {
		const { parts, model, weights } = this;
		const box = parts.host.getBoundingClientRect();
		if (!box.width) return; // printed once more
		parts.paper.replaceChildren(parts.sheet.content.cloneNode(true));
		const at = (name) => parts.paper.querySelector(`[data-part=${name}]`);
		const picture = at("picture");
		Object.assign(picture, { width: 2 * box.width, height: 2 * box.height });
		const pen = picture.getContext("2d");
		pen.scale(2, 2);
		pen.fillStyle = "#fff";
		pen.fillRect(0, 0, box.width, box.height);
		for (const canvas of parts.host.querySelectorAll("canvas")) {
			const { left, top, width, height } = canvas.getBoundingClientRect();
			if (canvas.width) pen.drawImage(canvas, left - box.left, top - box.top, width, height);
		}
		const whole = model.tree ? siting.shares(model.tree, weights) : {};
		const shares = [];
		siting.walk(model.tree, ({ path, name, members, criterion }) => {
			const label = members ? el("b", siting.plain(name)) : `– ${model.criteria[criterion].label}`;
			if (Number.isFinite(whole[path])) shares.push(row(label, percent(whole[path], 1)));
		});
		const best = Array.from(this.ranked.slice(0, TOP), (i) =>
			row(`${count(model.rank[i])}. ${model.id(i)}`, model.tier(i), points(model.points(i))),
		);
		const layers = this.context.filter(({ layer }) => this.map.hasLayer(layer)).map(({ data }) => {
			return el("li", siting.contextSwatch(data), ` ${join([data.name, data.vintage, data.licence])}`);
		});
		const live = model.live && "weights or limits differ from the study's (live)";
		at("counts").textContent = join([parts.counts.textContent, live]);
		at("legend").replaceChildren(...siting.legend(this.ways.get(this.colour), this.counted));
		at("layers").replaceChildren(...layers);
		at("best").replaceChildren(...best);
		at("shares").replaceChildren(...shares);
	},
};

Object.assign(siting.Page.prototype, actions);
