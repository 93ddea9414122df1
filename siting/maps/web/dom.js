/* siting: small things that the parts of the page share. Text becomes text nodes, never markup. */
/* el("p.note", { title: "…", onclick() {…}, style: {…} }, children): classes get the prefix "siting-". */
function el(what, ...children) {
	const [tag, ...classes] = what.split(".");
	const made = document.createElement(tag);
	if (classes.length) made.className = classes.map((name) => `siting-${name}`).join(" ");
	const given = children[0]?.constructor === Object ? children.shift() : {};
	for (const [name, value] of Object.entries(given)) {
		if (name === "style") Object.assign(made.style, value);
		else if (typeof value === "function") made[name] = value;
		else if (value || value === 0) made.setAttribute(name, value === true ? "" : value);
	}
	made.append(...children.flat(3).filter(Boolean));
	return made;
}

const button = (label, onclick, more) => el("button", { type: "button", onclick, ...more }, label);
const swatch = (style, more = "") => el(`i.swatch${more}`, { style });
const small = (...text) => el("p.small", ...text);
const row = (head, ...cells) =>
	el("tr", el("th", { scope: "row" }, head), ...cells.map((cell) => el("td", cell)));
const heads = (names) => names.map((name) => (name ? el("th", { scope: "col" }, name) : el("td")));
const table = (kind, names, rows) =>
	el(`table.${kind}`, names && el("thead", el("tr", heads(names))), el("tbody", rows));

/* A bar between two shares of its track. */
function bar(from, to, kind = "") {
	const [left, right] = [from, to].map((share) => 100 * Math.max(0, Math.min(1, share)));
	const style = { left: `${Math.min(left, right)}%`, width: `${Math.abs(right - left)}%` };
	return el("span.bar", { "aria-hidden": "true" }, el(`i${kind}`, { style }));
}

const count = (number) => number.toLocaleString("en-US");
const points = (number) => (Number.isFinite(number) ? siting.rounded(number, 1) : "–");
const percent = (share, places = 0) => `${(100 * share).toFixed(places)} %`;
const join = (texts, by = " · ") => texts.filter(Boolean).join(by);

function signed(number, places) {
	if (!Number.isFinite(number)) return "–";
	const text = Math.abs(number).toFixed(places);
	return Number(text) === 0 ? "0" : (number > 0 ? "+" : "−") + text;
}

/* Twelve that differ in lightness as well as in hue; three strokes tell neighbours apart without colour. */
const TINTS = {};
const tints =
	"blue 0072b2 orange e08a00 purple 8e4fb0 green 009e73 red d03a1c sky 56b4e9 brown 7a4a1e pink e377c2 " +
	"ink 4a5160 lime 7f9a0b navy 2b3a9c grey 9aa3ad";
for (const [, name, hex] of tints.matchAll(/(\w+) (\w+)/g)) TINTS[name] = `#${hex}`;

Object.assign(siting, { el, button, swatch, small, row, table, bar, count, points, percent, join, signed, TINTS });
