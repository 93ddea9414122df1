/* siting: the named controls of a page hold its state; what differs from the study is what its address says. A hash
   comes from anybody: controls take what fits them, names that no control has are ignored. */
const MOST = 20000; // characters of a hash that are read

function textOf({ type, checked, value }) {
	if (type === "checkbox") return checked ? "on" : "off";
	return type === "number" && value ? String(Number(value)) : value;
}

function put(control, text) {
	if (control.type === "checkbox") control.checked = text === "on";
	else control.value = text;
	if (control.selectedIndex < 0) control.selectedIndex = 0;
}

/* Of controls as they are in the study. Their names are "kind" or "kind:name". */
function controlsOf(all) {
	const given = new Map(all.map((control) => [control, textOf(control)]));
	const moved = () => all.filter((control) => textOf(control) !== given.get(control));
	return {
		given: (control) => given.get(control),
		moved,
		/* What is moved of one kind: name -> number. */
		table(kind) {
			const own = moved().filter(({ name }) => name.startsWith(`${kind}:`));
			return new Map(own.map(({ name, value }) => [name.slice(kind.length + 1), Number(value)]));
		},
		entries: () => moved().map((control) => [control.name, textOf(control)]),
		restore(asked) {
			for (const control of all) {
				const text = asked.get(control.name);
				const fits = text && (control.type !== "range" || Number.isFinite(Number(text)));
				put(control, fits ? text : given.get(control));
			}
		},
	};
}

const readHash = (hash) => new URLSearchParams(hash.slice(0, MOST).replace(/^#/, ""));
const writeHash = (entries) => (entries.length ? `#${new URLSearchParams(entries)}` : "");

Object.assign(siting, { controlsOf, readHash, writeHash });
