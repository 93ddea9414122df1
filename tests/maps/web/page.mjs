/* Loads modules of the page as a browser does: scripts that share one window. */
import { readFileSync } from "node:fs";
import vm from "node:vm";

const WEB = new URL("../../../siting/maps/web/", import.meta.url);

/* The `siting` object after these scripts; globals: what the window has beside it. */
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
		...globals,
	};
	window.window = window;
	window.siting = {};
	vm.createContext(window);
	for (const name of names)
		vm.runInContext(`(() => {${readFileSync(new URL(name, WEB), "utf8")}})()`, window, { filename: name });
	return window.siting;
}

/* Objects of another context compare as plain ones. */
export const plain = (value) => structuredClone(value);
