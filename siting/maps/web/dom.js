/* siting: small things that the parts of the page share. Text becomes text nodes, never markup. */
(function () {
	/* el("p.note", { title: "…", onclick() {…}, style: {…} }, children): classes get the prefix "siting-". */
	function el(what, attributes, ...children) {
		const [tag, ...classes] = what.split(".");
		const made = document.createElement(tag);
		if (classes.length) made.className = classes.map((name) => `siting-${name}`).join(" ");
		for (const [name, value] of Object.entries(attributes || {})) {
			if (name === "style") Object.assign(made.style, value);
			else if (typeof value === "function") made.addEventListener(name.slice(2), value);
			else if (value || value === 0 || value === "") made.setAttribute(name, value === true ? "" : value);
		}
		made.append(...children.flat(3).filter((child) => child || child === 0));
		return made;
	}

	/* A heading that opens and closes what belongs to it; it stays as it was left when it is built anew. */
	const left = new Map();
	function fold(title, open, ...children) {
		const made = el(
			"details.fold",
			{ open: left.get(title) ?? open, ontoggle: () => left.set(title, made.open) },
			el("summary", {}, el("h2", {}, title)),
			el("div.stack", {}, children),
		);
		return made;
	}
	const button = (label, onclick, more) => el("button", { type: "button", onclick, ...more }, label);
	const box = (checked, change, ...label) =>
		el(
			"label.switch",
			{},
			el("input", { type: "checkbox", checked, onchange: (event) => change(event.target.checked) }),
			label,
		);
	const select = (label, value, options, change) => {
		const made = el("select", { "aria-label": label, onchange: () => change(made.value) }, options);
		made.value = value;
		return made;
	};
	const swatch = (style, more) => el(`i.swatch${more || ""}`, { style });

	const whole = new Intl.NumberFormat("en-US");
	const count = (number) => whole.format(number);
	const points = (number) => (Number.isFinite(number) ? siting.rounded(number, 1) : "–");
	const percent = (share, places = 0) => `${(100 * share).toFixed(places)} %`;

	function signed(number, places) {
		if (!Number.isFinite(number)) return "–";
		const text = Math.abs(number).toFixed(places);
		return Number(text) === 0 ? "0" : (number > 0 ? "+" : "−") + text;
	}

	/* Twelve that differ in lightness as well as in hue; three strokes tell neighbours apart without colour. */
	const TINTS = {
		blue: "#0072b2",
		orange: "#e08a00",
		purple: "#8e4fb0",
		green: "#009e73",
		red: "#d03a1c",
		sky: "#56b4e9",
		brown: "#7a4a1e",
		pink: "#e377c2",
		ink: "#4a5160",
		lime: "#7f9a0b",
		navy: "#2b3a9c",
		grey: "#9aa3ad",
	};

	Object.assign(siting, { el, fold, button, box, select, swatch, count, points, percent, signed, TINTS });
})();
