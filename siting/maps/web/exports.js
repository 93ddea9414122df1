/* What leaves the page: the ranking as CSV, weights as YAML, pictures. */
const FORMULA = /^(?![+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$)'*[=+\-@\t\r]/i // as in siting/export.py
const [BESIDE, ABOVE, LINE] = [220, 74, 22] // room of a picture

function cell(value) {
	if (typeof value === "number") return isFinite(value) ? String(value) : ""
	const text = String(value ?? "")
	return text && `"${FORMULA.test(text) ? "'" : ""}${text.replaceAll('"', '""')}"`
}

const csv = rows => rows.map(row => row.map(cell).join(",") + "\r\n").join("")

/* The header, then parcels with their quantities and values. */
function table(model, rows) {
	const { criteria, study, rank, columns, marks } = model
	const measured = (one, i) => {
		const [number, [low, middle, high]] = [one.number(i), one.values(i)]
		return [isFinite(number) ? number : one.text(i), low < high ? one.said(i) : middle]
	}
	const cells = i => [
		...[rank[i], model.id(i), model.points(i), model.tier(i), study.rank[i] || null],
		...model.details_.published.map(({ at }) => at(i)),
		...criteria.flatMap(one => measured(one, i)),
		...marks
	]
	return [columns, ...Array.from(rows, cells)]
}

/* A section of a study file; JSON text is YAML text too. */
function yaml({ comment, tree, now }) {
	const shares = tree.groups.flatMap(group => Object.entries(sharesOf([group], now)))
	const lines = shares.map(([path, share]) => `    ${JSON.stringify(path)}: ${share.toPrecision(6)}\n`)
	return `# ${comment}\nweight_sets:\n  from_the_map:\n${lines.join("")}`
}

/* The map as it is seen, on a canvas with room beside and above; its pen. */
function picture(
	{ _map, view: { pad, dense, width, height }, canvases },
	canvas,
	ground = "#0000",
	beside = 0,
	above = 0,
	least = 0
) {
	const { x, y } = _map.getSize()
	Object.assign(canvas, { width: (x + beside) * dense, height: Math.max(y + above, least) * dense })
	const pen = Object.assign(canvas.getContext("2d"), { fillStyle: ground, imageSmoothingEnabled: false })
	pen.fillRect(0, 0, canvas.width, canvas.height)
	pen.scale(dense, dense)
	for (const one of Object.values(canvases))
		pen.drawImage(one, beside - pad.x, above - pad.y, width / dense, height / dense)
	return pen
}

/* A file, with the layers that are on in the legend. */
function png(sheet, mark) {
	const canvas = document.createElement("canvas")
	const ground = getComputedStyle(sheet._map.getContainer()).backgroundColor
	const said = [mark, document.title, document.querySelector(".siting-counts").textContent]
	const named = [".siting-legend li", "label:has(:checked)"].flatMap(row =>
		Array.from(document.querySelectorAll(`${row} > .siting-swatch`), lineOf)
	)
	const lines = [...said.map(text => ({ text })), ...named]
	const pen = picture(sheet, canvas, ground, BESIDE, ABOVE, LINE * lines.length)
	const fill = (fillStyle, ...box) => Object.assign(pen, { fillStyle }).fillRect(...box)
	fill("#fff", 0, 0, canvas.width, ABOVE)
	fill("#fff", 0, 0, BESIDE, canvas.height)
	if (mark) fill("#a8321f", 0, 0, canvas.width, LINE)
	lines.forEach(({ text, tint }, k) => {
		if (tint) fill(tint, 10, LINE * k + 4, 14, 14)
		Object.assign(pen, { fillStyle: k ? "#111" : "#fff", font: `${k < 2 ? 700 : 400} 13px system-ui` })
		pen.fillText(text, tint ? 32 : 10, LINE * k + 16, tint ? BESIDE - 40 : canvas.width / sheet.view.dense - 20)
	})
	return new Promise(done => canvas.toBlob(done))
}

function lineOf(swatch) {
	const number = swatch.parentNode.querySelector(".siting-number")?.textContent ?? ""
	const text = `${swatch.nextElementSibling.firstChild.textContent}  ${number}`
	const colour = name => getComputedStyle(swatch).getPropertyValue(name)
	return { text, tint: colour("--tint") || colour("--siting-excluded") }
}

function download(name, content) {
	const href = URL.createObjectURL(new Blob([content]))
	Object.assign(document.createElement("a"), { href, download: name }).click()
	setTimeout(() => URL.revokeObjectURL(href), 60000)
}
