/* siting: fills markup that comes with the page with data; text becomes text, never markup. data-text="key": its text.
   data-set="name=key …": properties, attributes or --variables. <template data-each="key">: its element once for each
   of a list, once for a single thing, not at all for nothing. Without a key it is the data itself. */
const copies = new Map(); // template -> its elements, which stand before it and stay
const made = new WeakSet();

function fill(node, data) {
	const at = (key) => (key ? data[key] : data);
	const { text, set } = node.dataset;
	if (text !== undefined) node.textContent = at(text) ?? "";
	for (const pair of set?.split(" ") ?? []) {
		const [name, key] = pair.split("=");
		if (name.startsWith("--")) node.style.setProperty(name, at(key) ?? "");
		else if (name in node) node[name] = at(key);
		else node.setAttribute(name, at(key));
	}
	for (const child of [...node.children]) {
		const { each } = child.dataset;
		if (each !== undefined) repeat(child, [at(each) || []].flat());
		else if (!made.has(child)) fill(child, data);
	}
}

function repeat(template, list) {
	const all = copies.get(template) ?? copies.set(template, []).get(template);
	while (all.length > list.length) all.pop().remove();
	while (all.length < list.length) {
		const copy = template.content.firstElementChild.cloneNode(true);
		template.before(copy);
		made.add(copy);
		all.push(copy);
	}
	list.forEach((entry, k) => fill(all[k], entry));
}

const formats = [0, 1].map((places) => {
	return new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
});
const count = (number, places = 0) => formats[places].format(number);
const points = (number) => (Number.isFinite(number) ? siting.rounded(number, 1) : "–");
const percent = (share, places = 0) => (Number.isFinite(share) ? `${(100 * share).toFixed(places)} %` : "");
const join = (texts, by = " · ") => texts.filter(Boolean).join(by);

function signed(number, places) {
	if (!Number.isFinite(number)) return "–";
	const text = Math.abs(number).toFixed(places);
	return Number(text) === 0 ? "0" : (number > 0 ? "+" : "−") + text;
}

Object.assign(siting, { fill, count, points, percent, join, signed });
