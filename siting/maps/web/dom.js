/* Fills markup (siting/maps/panel.html.jinja) with data; text becomes text, never markup. */
function fill(node, data) {
	const at = key => (key ? data[key] : data) ?? ""
	const { text, set } = node.dataset
	if (text !== undefined) node.textContent = typeof at(text) === "number" ? count(at(text)) : at(text)
	for (const pair of set?.split(" ") ?? []) {
		const [name, key] = pair.split("=")
		if (name.startsWith("--")) node.style.setProperty(name, at(key))
		else if (name in node) node[name] = at(key)
		else node.setAttribute(name, at(key))
	}
	for (const child of [...node.children]) {
		const { each } = child.dataset
		if (each !== undefined) repeat(child, at(each) === true ? [data] : [at(each) || []].flat())
		else if (!child.copied) fill(child, data)
	}
}

/* Copies stand before their template and stay. */
function repeat(template, list) {
	const all = (template.copies ??= [])
	while (all.length > list.length) all.pop().remove()
	list.forEach((entry, k) => {
		if (!all[k]) {
			all.push(template.content.firstElementChild.cloneNode(true))
			template.before(all[k])
			all[k].copied = true
		}
		fill(all[k], entry)
	})
}

const formats = [0, 1].map(places => new Intl.NumberFormat("en-US", { minimumFractionDigits: places }))
const count = (number, places = 0) => formats[places].format(number)
const points = number => (Number.isFinite(number) ? rounded(number, 1) : "–")
const percent = (share, places = 0) => (Number.isFinite(share) ? `${(100 * share).toFixed(places)} %` : "")
const join = (texts, by = " · ") => texts.filter(Boolean).join(by)

function signed(number, places) {
	const text = Math.abs(number).toFixed(places)
	return Number(text) ? (number > 0 ? "+" : "−") + text : text === "NaN" ? "–" : "0"
}
