/* siting: the weights of blocks and criteria by path, each relative to its neighbours in a group; and the sliders that
   hold them in hundredths of their group. */
const total = (members, weights) => members.reduce((sum, path) => sum + weights[path], 0);

/* Path -> share of the whole, or of a block whose own group is left out. */
function shares(groups, weights) {
	const out = {};
	for (const { path, members } of groups)
		for (const member of members) out[member] = (out[path] ?? 1) * (weights[member] / total(members, weights));
	return out;
}

/* Path -> the place of its slider: hundredths of its group. */
const places = ({ groups }, weights) =>
	Object.fromEntries(
		groups.flatMap(({ members }) => members.map((path) => [path, (100 * weights[path]) / total(members, weights)])),
	);

/* The weights that sliders ask for: the study's exactly at their own place, and for a group without any. */
function asked({ tree, own }, sliders, given) {
	const out = { ...own };
	const moved = new Map(sliders.filter((one) => one.value !== given(one)).map((one) => [one.dataset.path, one.value]));
	for (const { members } of tree.groups) {
		for (const path of members) if (moved.has(path)) out[path] = (moved.get(path) * total(members, own)) / 100;
		if (!total(members, out)) for (const path of members) out[path] = own[path];
	}
	return out;
}

Object.assign(siting, { shares, places, asked });
