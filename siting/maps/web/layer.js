/* siting: the parcels of a model on a Leaflet map. After a change of the model, layer.colouring ({colours, of(row): the
   class of an admitted parcel, out(row): of another, -1 as its status is drawn}) or layer.mask (1: not faded) call
   layer.refresh(), which paints and counts each class. Before the first call nothing is painted. */
const { ADMITTED, EXCLUDED } = siting;
const PINS = 10;
const PIN_PX = 10;
const BORDERS_FROM_PX = 5; // width and height of a parcel
const PICKED = "#d6006c";

siting.parcelLayer = (map, model) => {
	const sheet = siting.sheet(map),
		{ n, study, shapes } = model;
	const [table, hatch] = [0, 1].map(() => new Uint32Array(n + 1)); // pixel by 1 + row
	const marks = { hover: -1, selected: -1, pinned: [] };
	const shown = { site: true, excluded: true };
	const pins = [],
		timing = {},
		order = [2, 1, 0].map((one) => rowsOf(study.status, one)); // the admitted on top
	let view, over, pick, painted;

	function refresh() {
		const { colours, of, out } = layer.colouring,
			{ mask } = layer;
		const css = getComputedStyle(map.getContainer());
		const ink = (name) => abgr(css.getPropertyValue(`--siting-${name}`).trim());
		const plain = [1, shown.site ? ink("site") : 0, shown.excluded ? ink("excluded") : 0];
		const line = ink("hatch"),
			inks = colours.map(abgr),
			counts = new Uint32Array(colours.length);
		for (let i = 0; i < n; i++) {
			const status = model.status[i],
				faded = mask && !mask[i];
			const k = status === ADMITTED ? of(i) : out ? out(i) : -1;
			if (k >= 0 && !faded) counts[k]++;
			let colour = k < 0 || !plain[status] ? plain[status] : inks[k];
			if (faded && colour) colour = (colour & 0xffffff) | 0x38000000;
			table[i + 1] = colour;
			hatch[i + 1] = status === EXCLUDED && colour && !faded ? line : colour;
		}
		painted = true;
		paint();
		if (view) sheet.draw("marks");
		return counts;
	}

	/* The parcel at a point of the map's container, or -1. Pins come first. */
	function at(point) {
		const pin = pins.find(({ x, y }) => Math.hypot(x - point.x, y - point.y) <= PIN_PX);
		if (pin || !view) return pin?.row ?? -1;
		const { x, y } = point.subtract(map.layerPointToContainerPoint(view.corner)).multiplyBy(view.dense)._floor();
		const id = x >= 0 && x < view.width && y >= 0 && view.ids[y * view.width + x];
		return id && table[id] ? id - 1 : -1;
	}

	/* Bounds of a box on the grid; null for an empty one. */
	function around([west, north, east, south]) {
		const { step } = shapes;
		const corner = (x, y) => [siting.latitude(shapes.north + y * step), (shapes.west + x * step) * 360 - 180];
		return west <= east ? L.latLngBounds(corner(west, north), corner(east, south)) : null;
	}

	function fit() {
		const bounds = around(model.about.extent),
			animate = false;
		if (bounds) map.fitBounds(bounds, { animate, padding: [14, 14], maxZoom: 16 });
		else map.setView([0, 0], 2, { animate });
	}

	function raster(pen, now) {
		const start = performance.now(),
			{ width, height, dense } = now,
			kept = view?.width === width && view.height === height;
		const image = kept ? view.image : pen.createImageData(width, height);
		const { ids, large } = kept ? view : { ids: new Int32Array(width * height), large: new Uint8Array(n + 1) };
		const pixels = new Uint32Array(image.data.buffer);
		const on = sheet.place(shapes, dense);
		layer.view = view = { ...now, ...on, pen, image, pixels, ids, large, wide: BORDERS_FROM_PX * dense };
		ids.fill(0);
		for (const rows of order)
			siting.raster(shapes, rows, view, rows === order[2] ? 2 * Math.round(1.5 * dense) - 1 : 1);
		paint();
		timing.redraw = performance.now() - start;
	}

	function paint() {
		if (!view || !painted) return;
		siting.paint(view, table, hatch);
		view.pen.putImageData(view.image, 0, 0);
	}

	/* Pins of the best, and outlines of the parcels under the pointer, selected and pinned. */
	function paintMarks(pen) {
		const { hover, selected, pinned } = marks;
		if (!painted) return;
		Object.assign(pen, { lineJoin: "round", textAlign: "center", textBaseline: "middle" });
		for (const i of pinned) outline(pen, shapes, i, 2.5, "#7a2fb5");
		outline(pen, shapes, hover, 2, "#111");
		outline(pen, shapes, selected, 3.5, PICKED);
		if (model.details_?.pads) paintPad(pen, model.details_.pads, selected);
		paintPins(pen);
	}

	function outline(pen, grid, i, width, colour) {
		pen.beginPath();
		sheet.trace(pen, grid, i);
		Object.assign(pen, { strokeStyle: "#fff", lineWidth: width + 2.5 });
		pen.stroke();
		Object.assign(pen, { strokeStyle: colour, lineWidth: width });
		pen.stroke();
	}

	/* The rectangle that was placed in a parcel, with its name where there is room. */
	function paintPad(pen, pads, i) {
		const { scale, left, top } = sheet.place(pads),
			[west, , east, south] = i < 0 ? [0, 0, 0, 0] : pads.box.subarray(4 * i);
		const wide = scale * (east - west);
		if (!(wide >= 14)) return;
		pen.setLineDash([6, 3]);
		outline(pen, pads, i, 1.8, "#111");
		pen.setLineDash([]);
		if (wide < 24) return;
		pen.font = "600 12px system-ui, sans-serif";
		const at = [model.about.pad, left + (scale * (west + east)) / 2, top + scale * south + 14];
		Object.assign(pen, { strokeStyle: "#fff", lineWidth: 4, fillStyle: "#111" });
		pen.strokeText(...at);
		pen.fillText(...at);
	}

	function paintPins(pen) {
		const { scale, left, top } = sheet.place(shapes),
			{ pad } = sheet.view;
		const best = [...model.order.subarray(0, PINS)];
		best.sort((a, b) => (b === marks.selected) - (a === marks.selected)); // where two would overlap, it stays
		pins.length = 0;
		pen.font = "700 11px system-ui, sans-serif";
		for (const row of best) {
			const spot = model.spot(row);
			if (!spot) continue;
			const [x, y] = [scale * spot[0] + left, scale * spot[1] + top];
			if (pins.some((other) => Math.hypot(other.x + pad.x - x, other.y + pad.y - y) < 2 * PIN_PX)) continue;
			pins.push({ row, x: x - pad.x, y: y - pad.y });
			pen.beginPath();
			pen.arc(x, y, PIN_PX, 0, 7);
			const fillStyle = row === marks.selected ? PICKED : "#14213d";
			Object.assign(pen, { fillStyle, lineWidth: 2, strokeStyle: "#fff" });
			pen.fill();
			pen.stroke();
			pen.fillStyle = "#fff";
			pen.fillText(model.rank[row], x, y + 0.5);
		}
	}

	const layer = Object.assign(new L.Layer(), {
		...{
			table,
			hatch,
			timing,
			pins,
			shown,
			at,
			fit,
			refresh,
			mask: null,
			colouring: { colours: ["#35b779"], of: () => 0 },
		},
		onAdd() {
			sheet.turn(true, "parcels", raster);
			sheet.turn(true, "marks", paintMarks);
			fit();
		},
		onRemove() {
			sheet.turn(false, "parcels", raster);
			sheet.turn(false, "marks", paintMarks);
		},
		getEvents: () => ({
			click: ({ containerPoint }) => pick?.(at(containerPoint)),
			mousemove: ({ containerPoint }) => over?.(at(containerPoint), containerPoint),
			mouseout: () => over?.(-1),
		}),
		onHover: (call) => (over = call), // (row or -1, point)
		onPick: (call) => (pick = call),
		bounds: (row) => around(shapes.box.subarray(4 * row)),
		mark(what) {
			if (Object.keys(what).every((name) => marks[name] === what[name])) return;
			Object.assign(marks, what);
			if (view) sheet.draw("marks");
		},
		png: () => siting.png(new Uint8Array(view.pixels.buffer), view.width, view.height),
	});
	map.siting = { model, layer };
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
	return layer;
};

/* The rows of a status. */
function rowsOf(status, one) {
	const out = new Int32Array(status.length);
	let count = 0;
	for (let i = 0; i < out.length; i++) if (status[i] === one) out[count++] = i;
	return out.subarray(0, count);
}

/* "#rrggbb" as a pixel. */
function abgr(css) {
	const part = (k) => parseInt(css.slice(k, k + 2), 16);
	const [red, green, blue] = css.startsWith("#") ? [1, 3, 5].map(part) : css.match(/\d+/g);
	return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
