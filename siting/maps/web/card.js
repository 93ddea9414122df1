/* siting: the card that explains one parcel. */
(function () {
	const { el, count, points, signed, percent } = siting;

	const section = (title, ...content) => el("section", {}, el("h3", {}, title), content);
	const list = (lines) =>
		el(
			"ul",
			{},
			lines.map((line) => el("li", {}, line)),
		);
	const small = (...text) => el("p.small", {}, text);
	const row = (head, ...cells) =>
		el(
			"tr",
			{},
			el("th", { scope: "row" }, head),
			cells.map((cell) => el("td", {}, cell)),
		);
	const table = (kind, head, ...rows) => el(`table.${kind}`, {}, head, el("tbody", {}, rows));
	const acres = (area) =>
		`${area.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} acre`;

	/* A bar between two shares of its track. */
	function bar(from, to, kind = "") {
		const at = (share) => 100 * Math.max(0, Math.min(1, share));
		const [left, right] = [at(Math.min(from, to)), at(Math.max(from, to))];
		return el(
			"span.bar",
			{ "aria-hidden": "true" },
			el(`i${kind}`, { style: { left: `${left}%`, width: `${right - left}%` } }),
		);
	}

	/* What the model knows of parcel i, in one object. */
	function factsOf(model, i) {
		const card = model.card(i);
		const moved = model.live && model.state.weights;
		const facts = {
			...card,
			i,
			id: model.id(i),
			score: model.points(i),
			rank: model.rank[i],
			tier: model.tier(i),
			status: model.status[i],
			range: moved ? null : model.range(i),
			ranks: model.live ? null : model.ranks(i),
			before: model.study.rank[i],
		};
		facts.criteria = model.criteria.map((criterion, j) => {
			const values = criterion.values(i) || {};
			const known = (number) => (number === null || number === undefined ? NaN : number / 100);
			return {
				...criterion,
				value: known(values.middle),
				low: known(values.low),
				high: known(values.high),
				quantity: criterion.text(i),
				by: criterion.contribution(i) ?? NaN,
				nearest: card.nearest[j],
			};
		});
		facts.reasons = model
			.reasonsOf(i)
			.map((name) => ({
				name,
				found: Object.hasOwn(card.measured, name) ? card.measured[name] : "",
				why: (model.reasons.find((reason) => reason.name === name) || {}).why,
			}));
		facts.waterfall = card.waterfall && card.waterfall.gross ? card.waterfall : null;
		return facts;
	}

	function fillCard(node, model, i, actions) {
		const facts = factsOf(model, i);
		const parts = [standing, reasons, missing, inWords, criteria, waterfall, published, sections, place];
		const title = el("div.row", {}, el("h2", { id: "siting-card-title" }, facts.id), actions);
		node.replaceChildren(title, ...parts.flatMap((part) => part(facts, model)).filter(Boolean));
	}

	const between = (pair, said) =>
		pair && said(pair[0]) !== said(pair[1]) ? `between ${said(pair[0])} and ${said(pair[1])}` : "";

	function standing(facts, model) {
		const { rank, before, score, tier, status } = facts;
		const range = between(facts.range, points);
		const figure = (name, number, after, more) =>
			el(
				"div",
				{},
				el("dt", {}, name),
				el("dd", {}, el("b", {}, number), after && ` ${after}`),
				more && el("dd", {}, more),
			);
		const live =
			model.live &&
			small(
				el("span.badge", {}, "live"),
				before ? ` Rank ${count(before)} in the study.` : " Not ranked by the study.",
			);
		if (!rank)
			return [
				el(
					"p.status",
					{},
					el("strong", {}, status === 2 ? "Excluded" : "Too little alone"),
					score === null ? "" : ` It would score ${range || points(score)}.`,
				),
				live,
			];
		return [
			el(
				"dl.standing",
				{},
				figure("Rank", count(rank), `of ${count(model.order.length)}`, between(facts.ranks, count)),
				figure("Score", points(score), "of 100", range),
				tier && figure("Tier", tier),
			),
			live,
		];
	}

	function reasons({ reasons: all, status }) {
		const said = all.map(({ name, found, why }) => [
			name,
			(found || why) && el("small.quantity", {}, [found && `Measured: ${found}.`, why].filter(Boolean).join(" ")),
		]);
		return said.length > 0 && section(status === 2 ? "Why it is excluded" : "Why it is not ranked alone", list(said));
	}

	function missing({ missing: names }) {
		return names.length > 0 && el("p.note", {}, el("b", {}, "No data: "), names.join(", "));
	}

	/* The two strongest and the two weakest criteria, from their contributions. */
	function inWords(facts, { about }) {
		if (!facts.rank) return null;
		const known = facts.criteria
			.filter(({ by }) => Number(Math.abs(by).toFixed(about.decimals)) > 0)
			.sort((a, b) => b.by - a.by);
		const named = (some) => some.map(({ label, by }) => `${label} (${signed(by, about.decimals)})`).join(" and ");
		const up = known.filter(({ by }) => by > 0).slice(0, 2);
		const down = known
			.filter(({ by }) => by < 0)
			.reverse()
			.slice(0, 2);
		const text = [up.length && `ahead through ${named(up)}`, down.length && `behind through ${named(down)}`]
			.filter(Boolean)
			.join("; ");
		return text && el("p", {}, `${text[0].toUpperCase()}${text.slice(1)}.`);
	}

	function criteria(facts, model) {
		const { about } = model;
		const [shown, out] = [true, false].map((is) =>
			facts.criteria.filter((c) => is === (facts.rank > 0 || !c.quantity.startsWith("not computed"))),
		);
		const sources = [...new Set(shown.map((c) => c.source).filter(Boolean))];
		const most = Math.max(1e-9, ...shown.map((c) => Math.abs(c.by) || 0));
		const rows = shown.map((c, k) => {
			const head =
				c.block &&
				c.block !== (shown[k - 1] || {}).block &&
				el("tr.block", {}, el("th", { scope: "rowgroup", colspan: 4 }, c.block));
			const by = [
				signed(c.by, about.decimals),
				Number.isFinite(c.by) && bar(0.5, 0.5 + c.by / most / 2, c.by < 0 ? ".worse" : ".better"),
			];
			return [
				head,
				row(
					[c.label, quantity(c, sources.indexOf(c.source))],
					value(c),
					c.weight === null ? "–" : percent(c.weight, c.weight < 0.0995 ? 1 : 0),
					by,
				),
			];
		});
		const sign = about.contribution.includes("%") ? "+/− %" : "+/−";
		const head = el(
			"thead",
			{},
			el(
				"tr",
				{},
				["Criterion", "Value", "Weight", sign].map((name) => el("th", { scope: "col" }, name)),
			),
		);
		return (
			facts.criteria.length > 0 &&
			section(
				"Criteria",
				table("criteria", head, rows),
				small(`Value: 0 is worst, 1 is best. ${sign}: ${about.contribution}.${together(facts, model)}`),
				model.live &&
					!shown.some((c) => Number.isFinite(c.by)) &&
					small(`${sign} is not worked out for moved weights of a geometric mean.`),
				out.length > 0 && small(`Not computed, since it is out anyway: ${out.map((c) => c.label).join(", ")}.`),
				sources.length > 0 &&
					el(
						"ol.sources",
						{},
						sources.map((source) => el("li", {}, source)),
					),
			)
		);
	}

	/* What all contributions make of a parcel of median values. */
	function together({ central, change }, { about, live }) {
		if (live || central === null || central === undefined || about.median === null) return "";
		const by = about.contribution.includes("%") ? `× ${(change / 100).toFixed(2)}` : signed(change / 100, 2);
		return ` A parcel of median values scores ${points(about.median)}; together they make it ${points(central / 10)} (${by}).`;
	}

	/* A quantity; where it is known how it comes about, it opens to say so. */
	function quantity({ quantity: said, note, nearest }, source) {
		const text = [said, source >= 0 && el("sup", {}, String(source + 1))];
		if (!note) return el("span.quantity", {}, text);
		return el(
			"details.how",
			{},
			el("summary.quantity", {}, text),
			small(`${note}${nearest ? `; nearest: ${nearest}` : ""}.`),
		);
	}

	function value({ value: middle, low, high }) {
		if (!Number.isFinite(middle)) return "no data";
		return low < high
			? [`${low.toFixed(2)} – ${high.toFixed(2)}`, bar(low, high, ".unsure")]
			: [middle.toFixed(2), bar(0, middle)];
	}

	/* Gross area, what each cut takes, what is left: bars that start where the one before ended. */
	function waterfall({ waterfall: falls }) {
		if (!falls) return null;
		const { gross, cuts, usable, largest } = falls;
		const step = (label, area, from, kind) =>
			row(
				label,
				bar(from / gross, (from + Math.abs(area)) / gross, kind),
				(area < 0 ? "−" : "") + acres(Math.abs(area) / 10),
			);
		let left = gross;
		const taken = cuts.map(({ label, area }) => {
			if (area === null) return row(label, "", "no data");
			left -= area;
			return area > 0 && step(`minus ${label}`, -area, left, ".cut");
		});
		const rest = [
			["Usable", usable],
			["Largest piece", largest],
		].map(([label, area]) => Number.isFinite(area) && area !== null && step(label, area, 0, ".rest"));
		return section("Usable land", table("waterfall", null, step("Gross", gross, 0, ""), taken, rest));
	}

	const published = ({ published: fields }) =>
		fields.length > 0 &&
		section(
			"Published fields",
			el(
				"dl.fields",
				{},
				fields.map(([label, text]) => el("div", {}, el("dt", {}, label), el("dd", {}, text || "–"))),
			),
		);

	const sections = ({ sections: more }) =>
		more.map(({ title, lines }) => lines.length > 0 && section(title, list(lines)));

	function place({ i }, model) {
		const at = model.inside(i);
		if (!at) return small("It has no outline.");
		const [lat, lon] = at.map((degrees) => degrees.toFixed(5));
		const href = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=14/${lat}/${lon}`;
		return section(
			"Place",
			small(`A point inside: ${lat}, ${lon} (latitude, longitude).`),
			el("a", { href, target: "_blank", rel: "noopener noreferrer" }, "Open in OpenStreetMap"),
		);
	}

	Object.assign(siting, { fillCard, factsOf, bar, row, table, acres, small });
})();
