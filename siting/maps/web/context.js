/* siting: layers around the parcels; polygons below them, lines and points above. */
(function () {
	const waiting = new WeakMap(); // map -> promises of its context layers, in order

	/* The panes of a map, from below: context areas, parcels, context lines and points, marks. */
	function panes(map) {
		const heights = { "siting-areas": 300, "siting-parcels": 350, "siting-lines": 410, "siting-marks": 450 };
		for (const [name, height] of Object.entries(heights)) {
			if (map.getPane(name)) continue;
			const pane = map.createPane(name);
			pane.style.zIndex = height;
			pane.style.pointerEvents = "none";
		}
	}

	function addContext(map, elementId) {
		panes(map);
		const made = siting.segment(document.getElementById(elementId).textContent).then((segment) => {
			const data = segment.json("about");
			const layer = drawn(map, data, siting.gridShapes(segment, "s", data.grid));
			if (data.show) layer.addTo(map);
			return { data, layer };
		});
		if (!waiting.has(map)) waiting.set(map, []);
		waiting.get(map).push(made);
	}

	function contextOf(map) {
		return Promise.all(waiting.get(map) || []);
	}

	const DASHES = { line: [null, "9 5", "2 5"], polygon: [null, "6 4", "1.5 4"] };

	function drawn(map, data, shapes) {
		const { kind } = data;
		const colour = siting.TINTS[data.tint];
		const pane = kind === "polygon" ? "siting-areas" : "siting-lines";
		map.sitingInk = map.sitingInk || {};
		const renderer = (map.sitingInk[pane] = map.sitingInk[pane] || L.canvas({ pane, padding: 0.2 }));
		const style = { renderer, pane, interactive: false, color: colour };
		const parts = coordinates(shapes, kind);
		const dashArray = DASHES[kind] && DASHES[kind][data.stroke];
		if (kind === "polygon") {
			return L.polygon(parts, {
				...style,
				dashArray,
				weight: 1.4,
				opacity: 0.95,
				fillColor: colour,
				fillOpacity: 0.07,
			});
		}
		if (kind === "line") {
			return L.layerGroup([
				L.polyline(parts, { ...style, color: "#fff", weight: 3.6, opacity: 0.75 }),
				L.polyline(parts, { ...style, dashArray, weight: 2, opacity: 1 }),
			]);
		}
		const rings = [
			{ color: "#fff", weight: 1.2, fillColor: colour },
			{ color: "#111", weight: 1.4, fillColor: colour },
			{ weight: 2.2, fillColor: "#fff" },
		];
		const dot = { ...style, fillOpacity: 1, radius: 3.2, ...rings[data.stroke] };
		return L.layerGroup(parts.map((part) => L.circleMarker(part[0], dot)));
	}

	/* Degrees for Leaflet: rings of latitude and longitude, polygons grouped by shape. */
	function coordinates({ west, north, step, x, y, ring, shape }, kind) {
		const at = (v) => [siting.latitude(north + y[v] * step), (west + x[v] * step) * 360 - 180];
		const all = (starts, from, to, made) =>
			Array.from({ length: to - from }, (_, k) =>
				made(starts ? starts[from + k] : from + k, starts && starts[from + k + 1]),
			);
		const rings = (from, to) => all(ring, from, to, (first, last) => all(null, first, last, at));
		return kind === "polygon"
			? all(shape, 0, shape.length - 1, rings).filter((one) => one.length)
			: rings(0, ring.length - 1);
	}

	/* How a layer is drawn, in small. */
	function contextSwatch({ tint, stroke, kind }) {
		const borderStyle = kind === "point" ? "" : ["solid", "dashed", "dotted"][stroke];
		return siting.swatch({ color: siting.TINTS[tint], borderStyle }, `.${kind}`);
	}

	Object.assign(siting, { contextSwatch, addContext, contextOf, panes });
})();
