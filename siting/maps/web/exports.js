/* siting: what leaves the page: tables as CSV, weights as YAML, marked pictures. */
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

/* The section of a study file that holds weights as a named set; JSON text is YAML text too. */
function yaml(weights, name, comments = []) {
	const said = comments.map((line) => `# ${line.replace(/[\s\p{C}]+/gu, " ")}`);
	const lines = weights.map(([path, weight]) => `    ${JSON.stringify(path)}: ${Number(weight.toPrecision(6))}`);
	return [...said, "weight_sets:", `  ${JSON.stringify(name)}:`, ...lines, ""].join("\n");
}

/* A picture with a text in a band above it. */
async function marked(picture, text) {
	const image = await createImageBitmap(picture);
	const { width, height } = image;
	const canvas = siting.el("canvas", { width, height: height + 40 });
	const pen = canvas.getContext("2d");
	pen.fillStyle = "#a8321f";
	pen.fillRect(0, 0, width, 40);
	Object.assign(pen, { fillStyle: "#fff", font: "600 22px system-ui, sans-serif" });
	pen.fillText(text, 12, 28, width - 24);
	pen.drawImage(image, 0, 40);
	return new Promise((done) => canvas.toBlob(done));
}

function download(name, content, type) {
	const url = URL.createObjectURL(new Blob([content], { type }));
	siting.el("a", { href: url, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}

siting.exports = { csv, yaml, marked, download };
