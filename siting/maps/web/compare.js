/* siting: what a reader does with parcels: open a card, pin and compare, filter, share, print. */
(function () {
	const { el, button, swatch, count, points, percent, bar, row, table, acres, small, WORDS, TABLES, TINTS } = siting;
	const MOST_PINS = 4;
	const NEAR_PX = 9; // the map counts as not moved
	const TOP = 20; // rows of the printed list
	const hues = Object.values(TINTS);

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
			this.say(
				`${model.id(i)}: ${model.rank[i] ? `rank ${count(model.rank[i])}, score ${points(model.points(i))}` : WORDS[model.status[i]]}.`,
			);
			this.address.later();
		},

		close() {
			const { parts } = this;
			if (!parts.compare.hidden) return this.compare(false);
			if (parts.card.hidden) return;
			const inside = parts.card.contains(document.activeElement);
			parts.card.hidden = true;
			this.parcel = -1;
			this.showCards();
			if (inside && this.opener && this.opener.isConnected) this.opener.focus();
			this.address.later();
		},

		/* The card, the pins and the table of the pinned, as the model stands now. */
		showCards() {
			const { parts, model, layer, parcel, pins } = this;
			layer.mark({ selected: parcel, pinned: pins.slice() });
			for (const { button: own } of this.rows) own.setAttribute("aria-current", Number(own.dataset.parcel) === parcel);
			this.pinned.replaceChildren(
				...pins.map((i) => button(`${model.id(i)} ×`, () => this.pin(i), { "aria-label": `Unpin ${model.id(i)}` })),
				...(pins.length > 1 ? [this.comparing()] : []),
			);
			if (!model.details_) return;
			if (!parts.card.hidden) {
				const [pinned, inside] = [pins.includes(parcel), parts.card.contains(document.activeElement)];
				const pin = button(pinned ? "Unpin" : "Pin", () => this.pin(parcel), {
					disabled: !pinned && pins.length >= MOST_PINS,
					title: "Pin two to four parcels to compare them",
				});
				siting.fillCard(parts.card, model, parcel, [
					pin,
					pins.length > 1 && this.comparing(),
					button("×", () => this.close(), { "aria-label": "Close the card" }),
				]);
				if (inside) pin.focus();
			}
			if (!parts.compare.hidden) this.compare(pins.length > 1);
		},

		comparing() {
			return button(`Compare ${this.pins.length}`, () => this.compare(true));
		},

		pin(i) {
			this.pins = this.pins.includes(i)
				? this.pins.filter((other) => other !== i)
				: [...this.pins, i].slice(0, MOST_PINS);
			this.showCards();
			this.say(
				`${this.model.id(i)} ${this.pins.includes(i) ? "pinned" : "unpinned"}; ${this.pins.length} of ${MOST_PINS}.`,
			);
			this.address.later();
		},

		/* Pinned parcels side by side: bars of what makes the score, then a row for each fact. */
		compare(open) {
			const { compare } = this.parts;
			compare.hidden = !open;
			if (!open) return;
			const all = this.pins.map((i) => siting.factsOf(this.model, i));
			const blocks = [...new Set(all[0].criteria.map(({ block }) => block.split(" / ")[0]))];
			const hue = ({ block }) => hues[blocks.indexOf(block.split(" / ")[0]) % hues.length];
			const each = (label, text) => row(label, ...all.map(text));
			const stack = ({ criteria }) =>
				el(
					"span.stacked",
					{},
					criteria.map(
						(c) =>
							c.weight > 0 &&
							c.value > 0 &&
							el("i", { title: c.label, style: { width: `${100 * c.weight * c.value}%`, background: hue(c) } }),
					),
				);
			const rows = [
				each("Rank", (f) => (f.rank ? count(f.rank) : WORDS[f.status])),
				each("Score", (f) => points(f.score)),
				each("Tier", (f) => f.tier || "–"),
				each(["What makes it ", small("weight × value of each criterion, of 100")], stack),
				all.some((f) => f.waterfall) &&
					each("Usable land", (f) => (f.waterfall ? acres(f.waterfall.usable / 10) : "–")),
				all.some((f) => f.reasons.length) &&
					each("Out for", (f) => f.reasons.map(({ name }) => name).join(", ") || "–"),
				...all[0].criteria.map((c, j) => {
					const best = Math.max(...all.map((f) => f.criteria[j].value || 0));
					const said = ({ quantity, value }) => [
						value === best ? el("strong", {}, quantity) : quantity,
						Number.isFinite(value) && bar(0, value),
					];
					return each(
						[swatch({ background: hue(c) }), ` ${c.label} `, c.weight !== null && small(percent(c.weight, 1))],
						(f) => said(f.criteria[j]),
					);
				}),
			];
			const head = el(
				"thead",
				{},
				el(
					"tr",
					{},
					el("td"),
					all.map(({ id }) => el("th", { scope: "col" }, id)),
				),
			);
			const close = button("×", () => this.compare(false), { "aria-label": "Close the comparison" });
			compare.replaceChildren(
				el("div.row", {}, el("h2", {}, "Pinned parcels side by side"), close),
				table("pinned", head, rows),
			);
			close.focus();
		},

		view() {
			const { lat, lng } = this.map.getCenter();
			return [lat.toFixed(5), lng.toFixed(5), this.map.getZoom().toFixed(2)].map(Number);
		},

		/* What the hash says of the page; restore() takes it back, as far as the study knows what it names. */
		state() {
			const { model, weights, pins, parcel, map, context } = this;
			const view = this.view();
			const moved =
				view[2] !== this.home[2] ||
				map.project(view.slice(0, 2)).distanceTo(map.project(this.home.slice(0, 2))) > NEAR_PX;
			const own = Object.entries(weights).filter(([path, weight]) => weight !== model.own[path]);
			const state = {
				set: this.set === "own" ? "" : this.set,
				off: [...this.off],
				tiers: [...this.tiers],
				area: this.area.some(Number.isFinite) ? [this.area[0], this.area[1]] : [],
			};
			for (const table of TABLES) state[table] = this[table];
			return {
				...state,
				weights: this.set === "own" ? own : [],
				colour: this.colour === "score" ? "" : this.colour,
				layers: context
					.filter(({ data, layer }) => map.hasLayer(layer) !== Boolean(data.show))
					.map(({ data }) => data.name),
				parcel: parcel < 0 ? "" : model.id(parcel),
				pins: pins.map((i) => model.id(i)),
				view: moved ? view : [],
			};
		},

		restore(state) {
			const { model, map, parts } = this;
			this.forget();
			const row = (id) => (id === undefined ? -1 : model.ids.indexOf(id));
			const named = new Set(
				[...model.reasons, ...model.criteria]
					.map(({ name }) => name)
					.concat(model.tree ? model.tree.members.map(({ path }) => path) : []),
			);
			for (const table of TABLES) this[table] = new Map([...(state[table] || [])].filter(([name]) => named.has(name)));
			this.off = new Set((state.off || []).filter((name) => named.has(name)));
			this.tiers = new Set(state.tiers);
			this.area = (state.area || []).slice(0, 2);
			this.choose(state.set || "");
			for (const [path, weight] of state.weights || []) {
				if (!Object.hasOwn(model.own, path) || weight < 0) continue;
				this.weights[path] = weight;
				this.set = "own";
			}
			if (siting.Sliders.empty(model.tree, this.weights)) Object.assign(this, { set: "", weights: { ...model.own } });
			this.pins = [...new Set((state.pins || []).map(row))].filter((i) => i >= 0).slice(0, MOST_PINS);
			for (const { data, layer } of this.context) {
				if ((state.layers || []).includes(data.name) !== Boolean(data.show)) layer.addTo(map);
				else layer.remove();
			}
			const [lat, lng, zoom] = state.view || [];
			if ([lat, lng, zoom].every(Number.isFinite) && Math.abs(lat) < 86 && Math.abs(lng) <= 360)
				map.setView([lat, lng], Math.max(0, Math.min(20, zoom)), { animate: false });
			this.build();
			this.apply();
			this.paint(state.colour || "score");
			const parcel = row(state.parcel);
			if (parcel >= 0) this.select(parcel, !state.view);
			else if (!parts.card.hidden) this.close();
			model.details().then(() => this.showCards());
		},

		async copy() {
			const { link, address } = this;
			link.value = address.link();
			link.hidden = false;
			link.focus();
			link.select();
			const what = address.framed ? "The hash for the map's file" : "The link";
			try {
				await navigator.clipboard.writeText(link.value);
				this.say(`${what} is copied.`);
			} catch {
				this.say(`${what} is selected: copy it.`);
			}
		},

		name(ending) {
			return `${
				this.model.about.title
					.replace(/[^\p{L}\p{N}]+/gu, "-")
					.replace(/^-|-$/g, "")
					.slice(0, 60) || "map"
			}.${ending}`;
		},

		async csv() {
			const { model } = this;
			await model.details();
			const { criteria } = model;
			const fields = model.details_.published;
			const head = [
				"rank",
				"id",
				"score",
				"tier",
				"rank_in_study",
				...fields.map(({ label }) => label),
				...criteria.flatMap(({ label, unit }) => [`${label}${unit && ` (${unit})`}`, `${label}: value`]),
			];
			const rows = Array.from(this.ranked, (i) => [
				model.rank[i],
				model.id(i),
				model.points(i),
				model.tier(i),
				model.study.rank[i] || null,
				...fields.map(({ at }) => at(i)),
				...criteria.flatMap((criterion) => {
					const [number, values] = [criterion.number(i), criterion.values(i)];
					return [Number.isFinite(number) ? number : criterion.text(i), values ? values.middle / 100 : null];
				}),
			]);
			siting.exports.download(this.name("csv"), siting.exports.csv([head, ...rows]), "text/csv");
		},

		yaml() {
			const all = [];
			siting.walk(this.model.tree, ({ path }, group) => siting.weighed(group) && all.push([path, this.weights[path]]));
			siting.exports.download(
				this.name("yaml"),
				siting.exports.yaml(all, "from_the_map", [`Weights of the map of: ${this.model.about.title}`]),
				"application/yaml",
			);
		},

		async png() {
			siting.exports.download(this.name("png"), await this.layer.png());
		},

		/* What is printed: the map as it is drawn, legend, weights, the best parcels. */
		paper() {
			const { parts, model, weights } = this;
			const { about, tree } = model;
			const box = parts.host.getBoundingClientRect();
			if (!box.width) return; // printed once more
			const picture = el("canvas", { width: Math.round(2 * box.width), height: Math.round(2 * box.height) });
			const pen = picture.getContext("2d");
			pen.fillStyle = "#fff";
			pen.fillRect(0, 0, picture.width, picture.height);
			for (const canvas of parts.host.querySelectorAll("canvas")) {
				const at = canvas.getBoundingClientRect();
				if (!canvas.width) continue;
				pen.drawImage(canvas, 2 * (at.left - box.left), 2 * (at.top - box.top), 2 * at.width, 2 * at.height);
			}
			const whole = tree ? siting.shares(tree, weights) : {};
			const shares = [];
			siting.walk(
				tree,
				({ path, name, members, criterion }) =>
					Number.isFinite(whole[path]) &&
					shares.push(
						row(
							el(members ? "b" : "span", {}, members ? siting.plain(name) : `– ${model.criteria[criterion].label}`),
							percent(whole[path], 1),
						),
					),
			);
			const best = Array.from(this.ranked.slice(0, TOP), (i) =>
				row(`${count(model.rank[i])}. ${model.id(i)}`, model.tier(i), points(model.points(i))),
			);
			const shown = this.context
				.filter(({ layer }) => this.map.hasLayer(layer))
				.map(({ data }) =>
					el(
						"li",
						{},
						siting.contextSwatch(data),
						` ${[data.name, data.vintage, data.licence].filter(Boolean).join(" · ")}`,
					),
				);
			parts.paper.replaceChildren(
				about.synthetic ? el("p.synthetic", {}, "SYNTHETIC: nothing here is real") : "",
				el("h1", {}, about.title),
				small(`${this.counts.textContent}${model.live ? " · weights or limits differ from the study's (live)" : ""}`),
				picture,
				el(
					"div.columns",
					{},
					el("section", {}, siting.legend(this.ways.get(this.colour), this.counted), el("ul", {}, shown)),
					el("section", {}, el("h3", {}, "The best"), table("best", null, best)),
					el("section", {}, el("h3", {}, "Weights"), table("shares", null, shares)),
					el(
						"section",
						{},
						about.notes.map((note) => el("p.note", {}, note)),
					),
				),
			);
		},
	};

	Object.assign(siting.Page.prototype, actions);
})();
