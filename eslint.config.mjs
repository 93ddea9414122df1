/* The map's scripts share one `siting` object and Leaflet's `L`; they are plain scripts, tests are modules. */
const names =
	"L siting atob Blob clearTimeout CompressionStream createImageBitmap DecompressionStream document " +
	"getComputedStyle globalThis history location navigator performance ResizeObserver Response setTimeout " +
	"structuredClone TextDecoder TextEncoder URL URLSearchParams window";
const globals = Object.fromEntries(
	[...names.split(" "), "Buffer", "process", "console"].map((name) => [name, "readonly"]),
);
const rules = {
	eqeqeq: 2,
	"no-undef": 2,
	"no-unused-vars": 2,
	"no-var": 2,
	"prefer-const": 2,
	"no-eval": 2,
	"no-implied-eval": 2,
};

export default [
	{ files: ["siting/maps/web/*.js"], languageOptions: { ecmaVersion: 2023, sourceType: "script", globals }, rules },
	{
		files: ["tests/maps/web/*.mjs", "*.mjs"],
		languageOptions: { ecmaVersion: 2023, sourceType: "module", globals },
		rules,
	},
];
