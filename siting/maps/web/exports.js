/* siting: what leaves the page: the ranking as CSV, weights as YAML, pictures. */
const { join } = siting;
const FORMULA = /^'*[=+\-@\t\r]/; // a spreadsheet takes such text for a formula; as in siting/export.py
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

/* A picture with a text in a band above it. */
async function marked(picture, text) {
	const image = await createImageBitmap(picture);
	const { width, height } = image;
	const canvas = Object.assign(document.createElement("canvas"), { width, height: height + 40 });
	const pen = canvas.getContext("2d");
	pen.fillStyle = "#a8321f";
	pen.fillRect(0, 0, width, 40);
	Object.assign(pen, { fillStyle: "#fff", font: "600 22px system-ui, sans-serif" });
	pen.fillText(text, 12, 28, width - 24);
	pen.drawImage(image, 0, 40);
	return new Promise((done) => canvas.toBlob(done));
}

/* The map as it is drawn on the screen, for paper. */
function copied(host, canvas) {
	const box = host.getBoundingClientRect();
	if (!box.width) return; // printed once more
	Object.assign(canvas, { width: 2 * box.width, height: 2 * box.height });
	const pen = canvas.getContext("2d");
	pen.scale(2, 2);
	for (const one of host.querySelectorAll("canvas")) {
		const { left, top, width, height } = one.getBoundingClientRect();
		if (one.width) pen.drawImage(one, left - box.left, top - box.top, width, height);
	}
}

function download(title, ending, content, type) {
	const words = title.match(/[\p{L}\p{N}]+/gu) ?? ["map"];
	const href = URL.createObjectURL(new Blob([content], { type }));
	Object.assign(document.createElement("a"), { href, download: `${words.join("-").slice(0, 60)}.${ending}` }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60000);
}

siting.exports = { csv, table, yaml, marked, copied, download };
