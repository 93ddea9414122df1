/* siting: what the page shows, as text behind the "#" of its address. A hash comes from anybody: what does not fit its
   kind is ignored here, what the study does not know is ignored where it is used. */
const WAIT_MS = 250;
const MOST = 20000; // characters that are read
const LISTED = 400; // entries of a list that are read

const number = (text) => (/^-?\d{1,12}(\.\d{1,12})?$/.test(text) ? Number(text) : undefined);
const text = { write: (value) => [value], read: ([first]) => first };
const texts = { write: (value) => [...value], read: (all) => all };
const numbers = { write: (value) => [value.join("_")], read: ([first]) => first.split("_").map(number) };
const table = {
	write: (value) => [...value].map((pair) => pair.join(":")),
	read: (all) => {
		const pairs = all.map((one) => [one.slice(0, one.lastIndexOf(":")), number(one.split(":").at(-1))]);
		return new Map(pairs.filter((pair) => pair[1] !== undefined));
	},
};

/* field -> [its key in the hash, its kind] */
const FIELDS = {
	set: ["s", text],
	weights: ["w", table],
	off: ["x", texts],
	above: ["u", table],
	below: ["d", table],
	least: ["l", table],
	most: ["m", table],
	colour: ["c", text],
	tiers: ["t", texts],
	blocks: ["b", table],
	area: ["a", table],
	layers: ["k", texts],
	parcel: ["p", text],
	pins: ["n", texts],
	view: ["v", numbers],
};

/* The fields that differ from the ordinary, as text. */
function write(state) {
	const out = new URLSearchParams();
	for (const [field, [key, kind]] of Object.entries(FIELDS)) {
		const value = state[field];
		if (value?.length || value?.size) for (const one of kind.write(value)) out.append(key, one);
	}
	return out.toString();
}

function read(hash) {
	const state = {};
	const given = new URLSearchParams(hash.slice(0, MOST).replace(/^#/, ""));
	for (const [field, [key, kind]] of Object.entries(FIELDS)) {
		const all = given.getAll(key).slice(0, LISTED);
		if (all.length) state[field] = kind.read(all);
	}
	return state;
}

/* Keeps the address up to date; inside a frame of a notebook, where history is forbidden, it only knows the hash. */
class Address {
	constructor(state, changed) {
		Object.assign(this, { state, framed: !/^(file|https?):$/.test(location.protocol) });
		if (this.framed) return;
		window.addEventListener("hashchange", () => this.hash() === location.hash || changed(read(location.hash)));
	}
	hash() {
		const hash = write(this.state());
		return hash && `#${hash}`;
	}
	link() {
		return this.framed ? this.hash() || "#" : location.href.split("#")[0] + this.hash();
	}
	later() {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.keep(), WAIT_MS);
	}
	keep() {
		if (this.framed) return;
		try {
			history.replaceState(null, "", this.hash() || location.pathname + location.search);
		} catch {
			this.framed = true;
		}
	}
}

siting.state = { read, write, Address };
