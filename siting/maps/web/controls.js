/* Named controls hold the state of a page; its address says what is moved. A hash comes from anybody: controls take
   what fits them. */
const MOST = 20000 // characters of a hash

function textOf({ type, checked, value }) {
	if (type === "checkbox") return checked ? "on" : "off"
	return type === "number" && value ? String(Number(value)) : value
}

function put(control, text) {
	if (control.type === "checkbox") control.checked = text === "on"
	else control.value = text
	if (control.selectedIndex < 0) control.selectedIndex = 0
}

/* Of controls as they are in the study, named "kind" or "kind:name". */
function controlsOf(all) {
	const study = new Map(all.map(control => [control, textOf(control)]))
	const given = control => study.get(control)
	const moved = () => all.filter(control => textOf(control) !== given(control))
	return {
		...{ given, moved },
		/* What is moved of one kind: name -> number. */
		table(kind) {
			const own = moved().filter(({ name }) => name.startsWith(`${kind}:`))
			return new Map(own.map(({ name, value }) => [name.slice(kind.length + 1), +value]))
		},
		entries: () => moved().map(control => [control.name, textOf(control)]),
		restore(asked) {
			for (const control of all) {
				const text = asked.get(control.name)
				const fits = text && (control.type !== "range" || isFinite(text))
				put(control, fits ? text : given(control))
				control.value ||= given(control)
			}
		}
	}
}

const readHash = hash => new URLSearchParams(hash.slice(0, MOST).replace(/^#/, ""))
const writeHash = entries => (entries.length ? `#${new URLSearchParams(entries)}` : "")
