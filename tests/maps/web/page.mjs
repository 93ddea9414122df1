/* Loads scripts of the page as it does: the body of one function. */
import { readFileSync } from "node:fs"
import vm from "node:vm"

const WEB = new URL("../../../siting/maps/web/", import.meta.url)

/* What the scripts define, by name; globals: what their window has besides. */
export function load(names, globals = {}) {
	const window = {
		URLSearchParams,
		TextEncoder,
		TextDecoder,
		Blob,
		Response,
		CompressionStream,
		DecompressionStream,
		atob,
		Intl,
		...globals
	}
	window.window = window
	window.siting = {}
	vm.createContext(window)
	const text = names.map(name => readFileSync(new URL(name, WEB), "utf8")).join("")
	const scope = vm.runInContext(`(() => { "use strict"; ${text}; return name => eval(name) })()`, window)
	return new Proxy({}, { get: (_, name) => scope(name) })
}

/* Objects of another context compare as plain ones. */
export const plain = value => structuredClone(value)
