/* siting: the weights as sliders, group by group; beside each its share of the whole. */
const alone = ({ combine }) => combine === "worst" || combine === "product";
const sumOf = (group, weights) => group.members.reduce((sum, { path }) => sum + weights[path], 0);
/* Whether the weights of a group's members say anything. */
const weighed = (group) => group.members.length > 1 && !alone(group);

/* see(member, group) for every block and criterion below a group. */
function walk(group, see) {
	for (const member of group?.members || []) {
		see(member, group);
		walk(member, see);
	}
}

/* Path -> share of the whole; null below a block that its worst member decides. */
function shares(root, weights) {
	const out = { "": 1 };
	walk(root, ({ path }, group) => {
		const whole = out[group.path || ""];
		out[path] = alone(group) || whole === null ? null : (whole * weights[path]) / (sumOf(group, weights) || 1);
	});
	return out;
}

/* Whether a group of neighbours would weigh nothing. */
function empty(root, weights) {
	let none = false;
	walk(root, (_, group) => (none ||= weighed(group) && !(sumOf(group, weights) > 0)));
	return none;
}

/* Binds inputs, in the order of the tree, to moved(path, weight); returns show(weights). */
function sliders({ tree, own }, inputs, moved) {
	let now = own;
	const rows = [];
	walk(tree, ({ path }, group) => {
		if (!weighed(group)) return;
		const [input, unit] = [inputs[rows.length], sumOf(group, own) / 100]; // hundredths of its group in the study
		rows.push({ path, input, unit });
		/* At its own place a slider has the study's weight exactly; at least one of a group weighs something. */
		input.oninput = () => {
			const at = Number(input.value);
			const others = sumOf(group, now) > now[path];
			moved(path, at === Math.round(own[path] / unit) ? own[path] : Math.max(at, others ? 0 : 1) * unit);
		};
	});
	return (weights) => {
		now = weights;
		const whole = shares(tree, weights);
		for (const { path, input, unit } of rows) {
			const share = whole[path] === null ? "" : siting.percent(whole[path], 1);
			input.value = Math.round(weights[path] / unit);
			input.previousElementSibling.textContent = share;
			input.setAttribute("aria-valuetext", share || input.value);
			input.classList.toggle("siting-moved", weights[path] !== own[path]);
		}
	};
}

Object.assign(siting, { sliders, shares, walk, weighed, empty });
