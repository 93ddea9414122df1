/* siting: what leaves the page: tables as CSV, weights as YAML. */
(function () {
	const FORMULA = /^'*[=+\-@\t\r]/; // a spreadsheet takes such text for a formula; as in siting/export.py
	const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

	function cell(value) {
		if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
		const text = String(value === null || value === undefined ? "" : value);
		const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
		return text && `"${safe.replaceAll('"', '""')}"`;
	}

	/* Rows of a table, the header first; text that would be a formula gets an apostrophe in front. */
	function csv(rows) {
		return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
	}

	/* The section of a study file that holds weights as a named set; JSON text is YAML text too. */
	function yaml(weights, name, comments = []) {
		const said = comments.map((line) => `# ${line.replace(/[\s\p{C}]+/gu, " ")}`);
		const lines = weights.map(([path, weight]) => `    ${JSON.stringify(path)}: ${Number(weight.toPrecision(6))}`);
		return [...said, "weight_sets:", `  ${JSON.stringify(name)}:`, ...lines, ""].join("\n");
	}

	function download(name, content, type) {
		const url = URL.createObjectURL(
			content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` }),
		);
		siting.el("a", { href: url, download: name }).click();
		setTimeout(() => URL.revokeObjectURL(url), 60000);
	}

	siting.exports = { csv, yaml, download };
})();
