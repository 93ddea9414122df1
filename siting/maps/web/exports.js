/* siting: what leaves the page: the ranking as CSV, weights as YAML, pictures. */
const { join } = siting;
const FORMULA = /^'*[=+\-@\t\r]/; // a spreadsheet takes such text for a formula; as in siting/export.py
const [BESIDE, ABOVE] = [220, 74]; // of a picture, for the legend and the title
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function cell(value) {
	if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
	const text = String(value ?? "");
	const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
	return text && `"${safe.replaceAll('"', '""')}"`;
}

/* Rows of a table, the header first; text that would be a formula gets an apostrophe in front. */
const csv = (rows) => rows.map((row) => row.map(cell).join(",") + "\r\n").join("");

/* Parcels with their quantities and values; a last column says what is invented. */
function table(model, rows) {
	const { criteria, study, rank } = model;
	const { synthetic, marking } = model.about;
	const mark = join([synthetic && "SYNTHETIC", marking !== "SYNTHETIC" && marking]);
	const fields = model.details_.published;
	const head = ["rank", "id", "score", "tier", "rank_in_study", ...fields.map(({ label }) => label)];
	for (const { label, unit } of criteria) head.push(unit ? `${label} (${unit})` : label, `${label}: value`);
	if (mark) head.push("marking");
	const value = ([low, middle, high]) =>
		low < high ? `${(low / 100).toFixed(2)} – ${(high / 100).toFixed(2)}` : middle / 100;
	const cells = (i) => {
		const out = [rank[i], model.id(i), model.points(i), model.tier(i), study.rank[i] || null];
		out.push(...fields.map(({ at }) => at(i)));
		for (const one of criteria) {
			const [number, values] = [one.number(i), one.values(i)];
			out.push(Number.isFinite(number) ? number : one.text(i), values && value(values));
		}
		return mark ? [...out, mark] : out;
	};
	return [head, ...Array.from(rows, cells)];
}

/* The section of a study file that holds weights as a named set; JSON text is YAML text too. */
function yaml(weights, name, comment) {
	const lines = weights.map(([path, weight]) => `    ${JSON.stringify(path)}: ${Number(weight.toPrecision(6))}`);
	const said = `# ${comment.replace(/[\s\p{C}]+/gu, " ")}`;
	return [said, "weight_sets:", `  ${JSON.stringify(name)}:`, ...lines, ""].join("\n");
}

/* Canvases of the map on another one, without what lies beyond its edges; the pen of that. */
function copied(
	{ view, canvases },
	names,
	canvas = document.createElement("canvas"),
	ground = "#0000",
	[beside, above] = [0, 0],
) {
	const { x, y } = view.pad.multiplyBy(view.dense)._round();
	Object.assign(canvas, { width: view.width - 2 * x + beside, height: view.height - 2 * y + above });
	const pen = Object.assign(canvas.getContext("2d", { willReadFrequently: true }), { fillStyle: ground });
	pen.fillRect(0, 0, canvas.width, canvas.height);
	for (const name of names) pen.drawImage(canvases[name], beside - x, above - y);
	return pen;
}

/* Lines of text above and beside a map, with the swatches of the legend and of the layers that are on. */
function explain(pen, dense, mark) {
	const line = (swatch) => {
		const style = getComputedStyle(swatch);
		const number = swatch.parentNode.querySelector(".siting-number")?.textContent ?? "";
		const text = `${swatch.nextElementSibling.firstChild.textContent}  ${number}`;
		const hatched = swatch.classList.contains("siting-excluded") && style.getPropertyValue("--siting-excluded");
		return { text, tint: hatched || style.getPropertyValue("--tint") || style.backgroundColor };
	};
	const swatches = document.querySelectorAll(":is(.siting-legend li, label:has(:checked)) > .siting-swatch");
	const said = document.querySelector(".siting-counts").textContent;
	const head = [
		{ text: mark, band: mark && "#a8321f", bold: true },
		{ text: document.title, bold: true },
		{ text: said },
	];
	const lines = [...head, ...Array.from(swatches, line)];
	const fill = (fillStyle, ...box) => Object.assign(pen, { fillStyle }).fillRect(...box);
	const font = ({ bold }) => `${bold ? "700 15px" : "13px"} system-ui, sans-serif`;
	pen.scale(dense, dense);
	const { width, height } = pen.canvas;
	fill("#fff", 0, 0, width, ABOVE);
	fill("#fff", 0, 0, BESIDE, height);
	lines.forEach(({ text, tint, band, bold }, k) => {
		if (band) fill(band, 0, 22 * k, width, 24);
		if (tint) fill(tint, 10, 22 * k + 6, 14, 14);
		Object.assign(pen, { fillStyle: band ? "#fff" : "#111", font: font({ bold }) });
		pen.fillText(text ?? "", tint ? 32 : 10, 22 * k + 18, tint ? BESIDE - 40 : width / dense - 20);
	});
}

/* The map as it is seen. Parcels come from their buffer, which no browser changes; a canvas may be read with noise. */
function picture(sheet, { pixels, width }, mark) {
	const ground = getComputedStyle(sheet._map.getContainer()).backgroundColor;
	const { x, y } = sheet.view.pad.multiplyBy(sheet.view.dense)._round();
	const room = [BESIDE, ABOVE].map((size) => Math.round(size * sheet.view.dense));
	const below = copied(sheet, ["areas"], undefined, ground, room);
	const above = copied(sheet, ["lines", "marks"], undefined, undefined, room);
	explain(above, sheet.view.dense, mark);
	const { width: wide, height } = below.canvas;
	const [out, over] = [below, above].map((pen) => pen.getImageData(0, 0, wide, height).data);
	const parcels = new Uint8Array(pixels.buffer);
	for (let p = 0; p < out.length; p += 4) {
		const row = Math.floor(p / 4 / wide);
		const at = 4 * ((row + y - room[1]) * width + x - room[0]) + p - 4 * wide * row; // none under the legend
		for (let k = 0; k < 3; k++) {
			out[p + k] += ((parcels[at + k] - out[p + k]) * parcels[at + 3]) / 255;
			out[p + k] += ((over[p + k] - out[p + k]) * over[p + 3]) / 255;
		}
	}
	return siting.png(out, wide, height);
}

function download(title, ending, content, type) {
	const words = title.match(/[\p{L}\p{N}]+/gu) ?? ["map"];
	const href = URL.createObjectURL(new Blob([content], { type }));
	Object.assign(document.createElement("a"), { href, download: `${words.join("-").slice(0, 60)}.${ending}` }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60000);
}

siting.exports = { csv, table, yaml, picture, copied, download };
