/* siting: the weights of blocks and criteria by path, each relative to its neighbours; and the sliders that hold
   them in hundredths of their group. */
const groups = (node) => (node?.members ? [node, ...node.members.flatMap(groups)] : []);
const decided = ({ combine }) => combine === "worst" || combine === "product"; // whatever its members weigh
const total = ({ members }, weights) => members.reduce((sum, { path }) => sum + weights[path], 0);

/* The groups whose weights say something. */
const weighed = (tree) => groups(tree).filter((group) => group.members.length > 1 && !decided(group));

/* Path -> share of the whole; NaN where weights do not decide. */
function shares(tree, weights) {
	const out = { "": 1 };
	for (const group of groups(tree))
		for (const { path } of group.members)
			out[path] = decided(group) ? NaN : (out[group.path] * weights[path]) / (total(group, weights) || 1);
	return out;
}

/* Path -> the place of its slider: hundredths of its group. */
function places(tree, weights) {
	const all = weighed(tree).map((group) => [group, total(group, weights) || 1]);
	return Object.fromEntries(
		all.flatMap(([{ members }, sum]) => members.map(({ path }) => [path, (100 * weights[path]) / sum])),
	);
}

/* The weights that sliders ask for: the study's exactly at their own place, and for a group without any. */
function asked({ tree, own }, sliders, given) {
	const out = { ...own };
	const moved = new Map(sliders.filter((one) => one.value !== given(one)).map((one) => [one.dataset.path, one.value]));
	for (const group of weighed(tree)) {
		for (const { path } of group.members) if (moved.has(path)) out[path] = (moved.get(path) * total(group, own)) / 100;
		if (!(total(group, out) > 0)) for (const { path } of group.members) out[path] = own[path];
	}
	return out;
}

Object.assign(siting, { weighed, shares, places, asked });
