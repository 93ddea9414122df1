/* siting: layers around the parcels; polygons below them, lines and points above. */
const waiting = new WeakMap(); // map -> promises of its context layers, in order
const PANES = { "siting-areas": 300, "siting-parcels": 350, "siting-lines": 410, "siting-marks": 450 };
const DASHES = { line: [null, "9 5", "2 5"], polygon: [null, "6 4", "1.5 4"] };

/* The panes of a map, from below: context areas, parcels, context lines and points, marks. */
function panes(map) {
	for (const [name, zIndex] of Object.entries(PANES))
		if (!map.getPane(name)) Object.assign(map.createPane(name).style, { zIndex, pointerEvents: "none" });
}

function addContext(map, elementId) {
	panes(map);
	const made = siting.segment(document.getElementById(elementId).textContent).then((segment) => {
		const data = segment.json("about");
		const layer = drawn(map, data, siting.gridShapes(segment, "s", data.grid));
		if (data.show) layer.addTo(map);
		return { data, layer };
	});
	waiting.set(map, [...(waiting.get(map) || []), made]);
}

const contextOf = (map) => Promise.all(waiting.get(map) || []);

function drawn(map, { kind, tint: color, stroke }, shapes) {
	const pane = kind === "polygon" ? "siting-areas" : "siting-lines";
	map.sitingInk ||= {};
	const renderer = (map.sitingInk[pane] ||= L.canvas({ pane, padding: 0.2 }));
	const style = { renderer, pane, interactive: false, color, dashArray: DASHES[kind]?.[stroke] };
	const parts = coordinates(shapes, kind);
	if (kind === "polygon") return L.polygon(parts, { ...style, weight: 1.4, opacity: 0.95, fillOpacity: 0.07 });
	if (kind === "line") {
		const under = { ...style, dashArray: null, color: "#fff", weight: 3.6, opacity: 0.75 };
		return L.layerGroup([L.polyline(parts, under), L.polyline(parts, { ...style, weight: 2, opacity: 1 })]);
	}
	const rings = [
		{ color: "#fff", weight: 1.2, fillColor: color },
		{ color: "#111", weight: 1.4, fillColor: color },
		{ weight: 2.2, fillColor: "#fff" },
	];
	const dot = { ...style, fillOpacity: 1, radius: 3.2, ...rings[stroke] };
	return L.layerGroup(parts.map(([at]) => L.circleMarker(at, dot)));
}

/* Degrees for Leaflet: rings of latitude and longitude, polygons grouped by shape. */
function coordinates({ west, north, step, x, y, ring, shape }, kind) {
	const at = (v) => [siting.latitude(north + y[v] * step), (west + x[v] * step) * 360 - 180];
	const all = (from, to, made) => Array.from({ length: to - from }, (_, k) => made(from + k));
	const rings = (from, to) => all(from, to, (r) => all(ring[r], ring[r + 1], at));
	if (kind !== "polygon") return rings(0, ring.length - 1);
	return all(0, shape.length - 1, (s) => rings(shape[s], shape[s + 1])).filter((one) => one.length);
}

/* How a layer is drawn, in small. */
function contextSwatch({ tint, stroke, kind }) {
	const borderStyle = kind === "point" ? "" : ["solid", "dashed", "dotted"][stroke];
	return siting.swatch({ color: tint, borderStyle }, `.${kind}`);
}

Object.assign(siting, { contextSwatch, addContext, contextOf, panes });
