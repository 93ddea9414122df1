/* The map's scripts are the body of one function: what one defines, all may use. Tests are modules. */
import { readFileSync, readdirSync } from "node:fs"

const WEB = new URL("siting/maps/web/", import.meta.url)
const read = name => readFileSync(new URL(name, WEB), "utf8")
const scripts = readdirSync(WEB).filter(name => name.endsWith(".js"))
const TOP = /^(?:const|class|(?:async )?function) (\w+|\[[^\]]*\])/gm
const defined = name => [...read(name).matchAll(TOP)].flatMap(([, own]) => own.match(/\w+/g))
const shared = name => scripts.filter(other => other !== name).flatMap(defined)
const listed = names => Object.fromEntries(names.map(name => [name, "readonly"]))
const names =
	"L siting atob Blob clearTimeout CompressionStream createImageBitmap DecompressionStream document " +
	"getComputedStyle globalThis history location navigator performance ResizeObserver Response setTimeout " +
	"structuredClone TextDecoder TextEncoder URL URLSearchParams window"
const globals = listed([...names.split(" "), "Buffer", "process", "console"])
const rules = {
	eqeqeq: 2,
	"no-undef": 2,
	"no-unused-vars": [2, { vars: "local" }],
	"no-var": 2,
	"prefer-const": 2,
	"no-eval": 2,
	"no-implied-eval": 2
}

export default [
	...scripts.map(name => ({
		files: [`siting/maps/web/${name}`],
		languageOptions: { ecmaVersion: 2023, sourceType: "script", globals: { ...globals, ...listed(shared(name)) } },
		rules
	})),
	{
		files: ["tests/maps/web/*.mjs", "*.mjs"],
		languageOptions: { ecmaVersion: 2023, sourceType: "module", globals },
		rules
	}
]
