/* siting: the weights as sliders, group by group; beside each its share of the whole. */
(function () {
	const { el, percent } = siting;

	/* see(member, group) for every block and criterion below a group. */
	function walk(group, see) {
		for (const member of group ? group.members : []) {
			see(member, group);
			if (member.members) walk(member, see);
		}
	}

	/* Whether the weights of a group's members say anything. */
	const weighed = ({ members, combine }) => members.length > 1 && combine !== "worst" && combine !== "product";
	const sumOf = (group, weights) => group.members.reduce((sum, member) => sum + weights[member.path], 0);

	/* Path -> share of the whole; null below a block that its worst member decides. */
	function shares(root, weights) {
		const out = {};
		(function share(group, whole) {
			const sum = sumOf(group, weights) || 1;
			const alone = group.combine === "worst" || group.combine === "product";
			for (const member of group.members) {
				out[member.path] = alone || whole === null ? null : (whole * weights[member.path]) / sum;
				if (member.members) share(member, out[member.path]);
			}
		})(root, 1);
		return out;
	}

	class Sliders {
		/* moved(path, weight): a slider was moved */
		constructor({ tree, own, criteria }, moved) {
			Object.assign(this, { root: tree, own, criteria, moved, rows: {} });
			this.node = this.list(tree);
		}

		/* Whether a group of neighbours would weigh nothing. */
		static empty(root, weights) {
			let none = false;
			walk(root, (_, group) => (none ||= weighed(group) && !(sumOf(group, weights) > 0)));
			return none;
		}

		list(group) {
			const worst = group.combine === "worst" && el("li", {}, el("small", {}, "The worst of these decides:"));
			return el(
				"ul.sliders",
				{},
				worst,
				group.members.map((member) => this.row(member, group)),
			);
		}

		row(member, group) {
			const share = el("span.number");
			const name = el(
				"span",
				{},
				member.members ? member.name.replaceAll("_", " ") : this.criteria[member.criterion].label,
			);
			const inside = member.members && this.list(member);
			if (!weighed(group)) return el("li", {}, el("label", {}, name), inside);
			const unit = sumOf(group, this.own) / 100; // a slider counts in hundredths of its group in the study
			const input = el("input", { type: "range", max: 100, oninput: () => this.input(member, group) });
			this.rows[member.path] = { input, share, unit };
			return el("li", {}, el("label", {}, name, share, input), inside);
		}

		/* At its own place a slider has the study's weight exactly; at least one of a group weighs something. */
		input(member, group) {
			const { path } = member;
			const { input, unit } = this.rows[path];
			const at = Number(input.value);
			const own = at === Math.round(this.own[path] / unit);
			const others = sumOf(group, this.weights) > this.weights[path];
			this.moved(path, own ? this.own[path] : Math.max(at, others ? 0 : 1) * unit);
		}

		show(weights) {
			this.weights = weights;
			const whole = shares(this.root, weights);
			for (const [path, { input, share, unit }] of Object.entries(this.rows)) {
				input.value = Math.round(weights[path] / unit);
				share.textContent = whole[path] === null ? "" : percent(whole[path], 1);
				input.setAttribute("aria-valuetext", share.textContent || input.value);
				input.classList.toggle("siting-moved", weights[path] !== this.own[path]);
			}
		}
	}

	Object.assign(siting, { Sliders, shares, walk, weighed });
})();
