/* siting: the page: what is asked on the left, the map, what comes of it on the right. */
(function () {
	const { el, fold, button, box, select, swatch, count, points } = siting;
	const PAGE = 50; // rows of the ranked list that are added at a time
	const ANNOUNCE_MS = 600;
	const ACRE_M2 = 4046.8564224;
	const WORDS = ["ranked", "too little alone", "excluded"];
	const TABLES = ["above", "below", "least", "most", "blocks"];
	const plain = (name) => name.replaceAll("_", " ");

	async function show(map, elementId) {
		const parts = frame(map);
		try {
			if (!map.getSize().x) parts.busy.textContent = "The map is drawn as soon as it has a size.";
			const model = await siting.model(elementId);
			const layer = siting.parcelLayer(map, model);
			const page = new Page(map, parts, model, layer);
			await sized(map);
			layer.addTo(map);
			layer.fit();
			page.context = await siting.contextOf(map);
			page.open();
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

	/* The map's container between two empty panels; card and comparison are hidden. */
	function frame(map) {
		const host = map.getContainer();
		const hidden = true;
		const parts = {
			host,
			around: el("div.frame"),
			ask: el("section.panel", { "aria-label": "Study and weights" }),
			busy: el("p.busy", { role: "status" }, "Drawing the parcels …"),
			tip: el("div.tip", { "aria-hidden": "true", hidden }),
			answer: el("section.panel.answer", { "aria-label": "Ranking" }),
			compare: el("section.compare", { "aria-label": "Comparison", hidden }),
			card: el("section.card", { "aria-labelledby": "siting-card-title", hidden }),
			live: el("p.live", { role: "status" }),
			paper: el("section.paper"),
		};
		host.replaceWith(parts.around);
		if (map.attributionControl)
			map.attributionControl.setPrefix('<a href="https://leafletjs.com" rel="noreferrer">Leaflet</a>');
		host.setAttribute("role", "region");
		host.setAttribute(
			"aria-label",
			"Map of the parcels. Arrow keys move it, plus and minus zoom; the ranked list selects parcels.",
		);
		parts.around.append(
			parts.ask,
			el("div.map", {}, host, parts.busy, parts.tip),
			parts.answer,
			parts.compare,
			parts.card,
			parts.live,
			parts.paper,
		);
		return parts;
	}

	class Page {
		constructor(map, parts, model, layer) {
			Object.assign(this, { map, parts, model, layer, listed: PAGE, rows: [], parcel: -1, pins: [], colour: "score" });
			this.forget();
			this.address = new siting.state.Address(
				() => this.state(),
				(state) => this.restore(state),
			);
		}

		/* Nothing moved, nothing filtered: the study as it is. */
		forget() {
			for (const name of TABLES) this[name] = new Map();
			Object.assign(this, { set: "", weights: { ...this.model.own }, off: new Set(), tiers: new Set(), area: [] });
		}

		open() {
			const { map, layer, parts, model } = this;
			if (model.about.marking) parts.around.append(el("p.marking", {}, model.about.marking));
			parts.answer.append(this.colouring(), this.ranking());
			layer.onHover((i, point) => this.hover(i, point));
			layer.onPick((i) => i >= 0 && this.select(i));
			this.home = this.view();
			this.tiles = [];
			map.eachLayer((one) => one instanceof L.TileLayer && this.tiles.push(one));
			map.on("moveend", () => this.address.later());
			document.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
			window.addEventListener("beforeprint", () => this.paper());
			this.restore(siting.state.read(location.hash));
		}

		/* The left panel, built anew when something else than its own controls has changed the state. */
		build() {
			this.parts.ask.replaceChildren(
				this.head(),
				...[this.weighing(), this.limits(), this.filters(), this.layers(), this.sharing()].filter(Boolean),
			);
		}

		head() {
			const { about, n } = this.model;
			const [first, ...more] = about.notes.map((note) => el("p.note", {}, note));
			this.counts = el("p.small.counts");
			return el(
				"header.stack",
				{},
				about.synthetic && el("p.synthetic", {}, el("b", {}, "SYNTHETIC"), " nothing here is real"),
				el("h1", {}, about.title),
				this.counts,
				(this.nobody = el(
					"p.note",
					{ hidden: true },
					`None of ${count(n)} parcels is admitted. Click one to see why.`,
				)),
				first,
				more.length > 1 ? fold(`${more.length} more notes`, false, more) : more,
			);
		}

		weighing() {
			const { model } = this;
			this.badge = el("span.badge", {}, "live");
			const reset = button("Reset", () => this.reset(), { title: "Back to the study" });
			if (model.whyNotLive || !model.tree)
				return fold("Weights", true, el("p.note", {}, model.whyNotLive || "This map has no weights to change."));
			const option =
				(kind) =>
				({ name, why_not: why }) =>
					el(
						"option",
						{ value: `${kind}:${name}`, disabled: Boolean(why), title: why },
						`${plain(name)}${why ? ` (${why})` : ""}`,
					);
			const group = (label, kind, all) => all.length > 0 && el("optgroup", { label }, all.map(option(kind)));
			const sets = [
				el("option", { value: "" }, "the study"),
				el("option", { value: "own" }, "your own"),
				group("Weight sets", "set", model.weightSets),
				group("Scenarios", "scenario", model.scenarios),
			];
			this.sets = select("Weights of", this.set, sets.filter(Boolean), (value) => this.apply(this.choose(value)));
			this.sliders = new siting.Sliders(model, (path, weight) => {
				this.weights[path] = weight;
				this.set = this.sets.value = "own";
				this.apply();
			});
			return fold("Weights", true, el("div.row", {}, this.sets, reset, this.badge), this.sliders.node);
		}

		choose(value) {
			const at = value.indexOf(":");
			const all = { set: this.model.weightSets, scenario: this.model.scenarios }[value.slice(0, at)] || [];
			const found = all.find((one) => one.name === value.slice(at + 1) && !one.why_not);
			if (value === "own") return;
			this.set = found ? value : "";
			this.weights = { ...this.model.own, ...(found && found.weights) };
		}

		reset() {
			this.forget();
			this.build();
			this.apply();
		}

		/* Exclusions to switch off or to move, and limits of one's own on any quantity. */
		limits() {
			const { model } = this;
			const rules = model.reasons.map(({ name, why, above, below, editable, criterion, hits, alone }) => {
				const unit = editable ? model.criteria[criterion].unit : "";
				const side = (table, given) =>
					editable && Number.isFinite(given) && this.field(table, name, `out if ${table}`, unit, given);
				const number = el("span.number", { title: `${count(alone)} for this alone` }, count(hits));
				const on = box(
					!this.off.has(name),
					(on) => this.apply(on ? this.off.delete(name) : this.off.add(name)),
					el("span", {}, name, why && el("small", {}, why)),
					number,
				);
				return el("li", {}, on, side("above", above), side("below", below));
			});
			const known = model.criteria.filter((criterion) => criterion.extent);
			const own = el("div");
			const pick = (k) => {
				const { name, unit, extent } = known[k];
				const said = extent.map((number) => siting.quantity(number, unit)).join(" to ");
				own.replaceChildren(
					this.field("least", name, "at least", unit),
					this.field("most", name, "at most", unit),
					el("p.small", {}, `Measured: ${said}.`),
				);
			};
			const set = Math.max(
				0,
				known.findIndex(({ name }) => this.least.has(name) || this.most.has(name)),
			);
			if (known.length) pick(set);
			const options = known.map(({ label }, k) => el("option", { value: k }, label));
			return fold(
				"Exclusions and limits",
				false,
				el("ul", {}, rules),
				known.length > 0 && [el("h3", {}, "A limit of your own"), select("Limit of", set, options, pick), own],
			);
		}

		/* A number that a table holds under a name; emptied, it is what was given, or nothing. */
		field(table, name, label, unit, given) {
			const value = this[table].get(name) ?? given;
			const input = el("input.limit", {
				type: "number",
				step: "any",
				value: value === undefined ? "" : Number(value.toPrecision(9)),
			});
			input.onchange = () => {
				const number = Number(input.value);
				if (input.value === "" || !Number.isFinite(number)) this[table].delete(name);
				else this[table].set(name, number);
				if (input.value === "" && given !== undefined) input.value = given;
				this.apply();
			};
			return el("label.switch", {}, el("span", {}, label), input, el("span.number", {}, unit));
		}

		filters() {
			const { tree, about } = this.model;
			const tiers = about.tiers.length ? [...about.tiers.map(([name]) => name), "low"] : [];
			const side = (k, label) => {
				const input = el("input.limit", {
					type: "number",
					min: 0,
					step: "any",
					value: this.area[k] ?? "",
					onchange: () => this.apply((this.area[k] = input.value === "" ? undefined : Number(input.value))),
				});
				return el("label.switch", {}, el("span", {}, label), input, el("span.number", {}, "acre"));
			};
			const blocks = tree && tree.members.length > 1 ? tree.members : [];
			return fold(
				"Filter",
				false,
				tiers.map((name) =>
					box(
						!this.tiers.has(name),
						(on) => this.apply(on ? this.tiers.delete(name) : this.tiers.add(name)),
						el("span", {}, `tier ${name}`),
					),
				),
				side(0, "area at least"),
				side(1, "area at most"),
				blocks.map(({ path, name }) => this.field("blocks", path, `${plain(name)}, value at least`, "of 1")),
			);
		}

		layers() {
			const { map, context } = this;
			const rows = context.map(({ data, layer }) => {
				const about = [
					data.title,
					data.vintage && `Vintage: ${data.vintage}`,
					data.licence && `Licence: ${data.licence}`,
				]
					.filter(Boolean)
					.join(" · ");
				const change = (on) => (on ? layer.addTo(map) : layer.remove(), this.address.later());
				return el(
					"li",
					{},
					box(
						map.hasLayer(layer),
						change,
						siting.contextSwatch(data),
						el("span", {}, data.name, about && el("small", {}, about)),
					),
				);
			});
			for (const tiles of this.tiles) {
				const name = new URL(tiles._url.replace("{s}", "a")).host;
				const shown = () =>
					(map.getPane("siting-parcels").style.opacity = this.tiles.some((one) => map.hasLayer(one)) ? 0.7 : 1);
				rows.push(
					el(
						"li",
						{},
						box(
							map.hasLayer(tiles),
							(on) => (on ? tiles.addTo(map) : tiles.remove(), shown()),
							el("span", {}, "basemap", el("small", {}, `${name}, from the network`)),
						),
					),
				);
				shown();
			}
			return rows.length > 0 && fold("Layers", true, el("ul", {}, rows));
		}

		sharing() {
			this.link = el("input", { readonly: true, "aria-label": "Link to what is shown", hidden: true });
			const all = [
				["Copy link", "copy"],
				["Ranking (CSV)", "csv"],
				["Weights (YAML)", "yaml"],
				["Picture (PNG)", "png"],
			];
			return fold(
				"Share",
				true,
				el(
					"div.row",
					{},
					all.map(([label, what]) => button(label, () => this[what]())),
					button("Print", () => window.print()),
				),
				this.link,
			);
		}

		colouring() {
			const { model, layer } = this;
			this.ways = siting.colourings(model);
			const options = (own) =>
				[...this.ways]
					.filter(([key]) => key.startsWith(":") === own)
					.map(([value, { label }]) => el("option", { value }, label));
			this.colours = select(
				"Colour by",
				"score",
				[...options(false), el("optgroup", { label: "value of a criterion" }, options(true))],
				(value) => this.paint(value),
			);
			const other = (what, label) => (
				(this[what] = el("span.number")),
				box(true, (on) => layer.show({ [what]: on }), swatch({}, `.${what}`), el("span", {}, label), this[what])
			);
			this.bars = el("div");
			this.legend = el("div");
			return el(
				"section.stack",
				{},
				el("div.row", {}, el("h2", {}, "Colour by"), this.colours),
				this.legend,
				el("div", {}, other("site", "Too little alone"), other("excluded", "Excluded")),
				this.bars,
			);
		}

		paint(colour) {
			this.colour = this.colours.value = this.ways.has(colour) ? colour : "score";
			this.layer.colouring = this.ways.get(this.colour);
			this.showLegend();
			this.showList();
			this.address.later();
		}

		/* Legend and histogram say what is drawn: the same counts and colours. */
		showLegend() {
			const { model, layer } = this;
			const way = this.ways.get(this.colour);
			this.counted = layer.refresh();
			this.legend.replaceChildren(...siting.legend(way, this.counted));
			this.bars.replaceChildren(...siting.histogram(model, way));
			for (const what of ["site", "excluded"]) this[what].textContent = count(model.counts[what]);
		}

		ranking() {
			this.list = el("ol.list", { onkeydown: (event) => this.step(event) });
			this.more = button("", () => this.showMore(), { class: "siting-more" });
			this.found = el("p.small", { role: "status" });
			const input = el("input", {
				type: "search",
				placeholder: "id or published field",
				"aria-label": "Find a parcel",
				autocomplete: "off",
			});
			const find = el(
				"form.row",
				{ role: "search", onsubmit: (event) => this.find(event, input) },
				input,
				el("button", {}, "Find"),
			);
			this.pinned = el("div.row");
			return el(
				"section.stack",
				{},
				el("h2", {}, "Ranked parcels"),
				find,
				this.found,
				this.pinned,
				this.list,
				this.more,
			);
		}

		showMore() {
			const first = this.rows[this.listed];
			this.listed += PAGE;
			this.showList();
			(first || this.rows[this.listed - PAGE]).button.focus();
		}

		/* The best, in rows that stay where they are and take other texts. */
		showList() {
			const { model, ranked } = this;
			const shown = Math.min(this.listed, ranked.length);
			while (this.rows.length < shown) {
				const [rank, mark, id, tier, score] = [el("span.number"), swatch({}), el("span.id"), el("small"), el("b")];
				const own = button([rank, mark, id, tier, score], () => this.select(Number(own.dataset.parcel), true));
				this.rows.push({ button: own, rank, mark, id, tier, score });
				this.list.append(el("li", {}, own));
			}
			this.rows.forEach((row, k) => {
				row.button.parentNode.hidden = k >= shown;
				if (k >= shown) return;
				const i = ranked[k];
				const ranks = !model.live && model.ranks(i);
				const colour = this.layer.table[i + 1];
				row.button.dataset.parcel = i;
				row.rank.textContent = model.rank[i] ? count(model.rank[i]) : "–";
				row.mark.style.background = `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
				row.id.textContent = model.id(i);
				row.tier.textContent = `${ranks ? `${ranks.map(count).join(" to ")} · ` : ""}${model.tier(i)}`;
				row.score.textContent = points(model.points(i));
				row.button.setAttribute("aria-current", i === this.parcel);
			});
			this.more.hidden = shown >= ranked.length;
			this.more.textContent = `Show ${Math.min(PAGE, ranked.length - shown)} more of ${count(ranked.length)}`;
		}

		/* Arrow keys walk through the ranked list. */
		step(event) {
			const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
			const row = way && event.target.closest("li")[way];
			if (!row || row.hidden) return;
			event.preventDefault();
			row.firstChild.focus();
		}

		async find(event, input) {
			event.preventDefault();
			const text = input.value.trim();
			if (!text) return;
			await this.model.details();
			if (this.asked !== text) Object.assign(this, { asked: text, matches: this.model.find(text), at: -1 });
			const { matches } = this;
			this.at = (this.at + 1) % (matches.length || 1);
			const more = matches.length > 1 ? " Find again for the next." : "";
			this.found.textContent = matches.length
				? `${count(this.at + 1)} of ${count(matches.length)} that match.${more}`
				: `No parcel has “${text}” in its id or a published field.`;
			if (matches.length) this.select(matches[this.at], true);
			else this.close();
			this.found.scrollIntoView({ block: "nearest" });
		}

		hover(i, point) {
			const { model, parts } = this;
			const { tip, host } = parts;
			host.style.cursor = i < 0 ? "" : "pointer";
			tip.hidden = i < 0;
			this.layer.mark({ hover: i });
			if (i < 0) return;
			const score = points(model.points(i));
			tip.replaceChildren(
				el("b", {}, model.id(i)),
				model.rank[i]
					? `rank ${count(model.rank[i])} · ${score}`
					: `${WORDS[model.status[i]]}${score === "–" ? "" : ` · would score ${score}`}`,
			);
			const left = point.x > host.clientWidth - 200;
			tip.style.transform = `translate(${point.x + (left ? -14 : 14)}px, ${point.y + 12}px)${left ? " translateX(-100%)" : ""}`;
		}

		/* What the page shows follows from the state: scores, ranks, colours, list, card. */
		apply() {
			const { model, layer } = this;
			const pair = (one, other, names) =>
				Object.fromEntries(names.map((name) => [name, [this[one].get(name) ?? null, this[other].get(name) ?? null]]));
			const thresholds = {};
			for (const { name, above, below } of model.reasons) {
				if (this.above.has(name) || this.below.has(name))
					thresholds[name] = [this.above.get(name) ?? above, this.below.get(name) ?? below];
			}
			const limits = pair("least", "most", [...new Set([...this.least.keys(), ...this.most.keys()])]);
			model.setState({ weights: this.weights, off: [...this.off], thresholds, limits });
			this.passed = this.filter();
			this.ranked = this.passed ? model.order.filter((i) => this.passed[i]) : model.order;
			layer.mask = this.passed;
			const { counts, n } = model;
			this.counts.textContent = [
				`${count(n)} parcels`,
				`${count(counts.admitted)} ranked`,
				counts.site && `${count(counts.site)} too little alone`,
				`${count(counts.excluded)} excluded`,
				this.passed && `${count(this.ranked.length)} pass the filter`,
			]
				.filter(Boolean)
				.join(" · ");
			this.nobody.hidden = counts.admitted > 0;
			if (this.badge) this.badge.hidden = !model.live;
			if (this.sliders) this.sliders.show(this.weights);
			this.showLegend();
			this.showList();
			this.showCards();
			this.announce();
			this.address.later();
		}

		/* Uint8Array of the parcels that pass the filter; null where there is none. */
		filter() {
			const { model, tiers, area, blocks } = this;
			if (!tiers.size && !blocks.size && area.every((side) => side === undefined)) return null;
			const parts = [...blocks].map(([path, least]) => [this.blockValue(path), least]);
			const [least = 0, most = Infinity] = area;
			const sizes = least > 0 || most < Infinity ? this.acres() : null;
			return Uint8Array.from({ length: model.n }, (_, i) =>
				tiers.has(model.tier(i)) ||
				(sizes && !(sizes[i] >= least && sizes[i] <= most)) ||
				parts.some(([value, at]) => value(i) < at)
					? 0
					: 1,
			);
		}

		/* The value of a block of parcel i, 0 to 1, with the weights now. */
		blockValue(path) {
			const value = (node) => {
				if (!node.members)
					return (i) =>
						(this.model.criteria[node.criterion].low[i] + this.model.criteria[node.criterion].high[i]) / 131070;
				const inside = node.members.map((member) => [value(member), this.weights[member.path]]);
				if (node.combine === "worst") return (i) => Math.min(...inside.map(([of]) => of(i)));
				if (node.combine === "product") return (i) => inside.reduce((all, [of]) => all * of(i), 1);
				const sum = inside.reduce((all, [, weight]) => all + weight, 0);
				return (i) => inside.reduce((all, [of, weight]) => all + (weight / sum) * of(i), 0);
			};
			return value(this.model.tree.members.find((member) => member.path === path));
		}

		/* (n,) the areas of the outlines; worked out once. */
		acres() {
			if (this.sizes) return this.sizes;
			const { shapes, n } = this.model;
			const { x, y, ring, shape, step, north } = shapes;
			this.sizes = Float64Array.from({ length: n }, (_, i) => {
				let twice = 0;
				for (let r = shape[i]; r < shape[i + 1]; r++) {
					for (let v = ring[r], last = ring[r + 1] - 1; v < ring[r + 1]; last = v++)
						twice += x[last] * y[v] - x[v] * y[last];
				}
				const latitude = siting.latitude(north + step * (y[ring[shape[i]]] || 0));
				return (Math.abs(twice / 2) * (step * 40075016.686 * Math.cos((latitude * Math.PI) / 180)) ** 2) / ACRE_M2;
			});
			return this.sizes;
		}

		announce() {
			const { model, ranked } = this;
			const top = ranked.length ? ranked[0] : -1;
			this.top ??= top;
			clearTimeout(this.saying);
			this.saying = setTimeout(() => {
				if (this.top !== top)
					this.say(
						top < 0 ? "No parcel is ranked." : `New top parcel: ${model.id(top)}, ${points(model.points(top))} points.`,
					);
				this.top = top;
			}, ANNOUNCE_MS);
		}
		say(text) {
			this.parts.live.textContent = text;
		}
	}

	Object.assign(siting, { show, Page, plain, TABLES, WORDS });
})();
