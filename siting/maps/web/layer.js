/* siting: the parcels of a model on a Leaflet map. After a change of the model, layer.colouring ({colours, of(row): the
   class of an admitted parcel, out(row): of another, -1 as its status is drawn}) or layer.mask (1: not faded) call
   layer.refresh(), which paints and counts each class. Before the first call nothing is painted. */
const { ADMITTED, EXCLUDED } = siting;
const PINS = 10;
const PIN_PX = 10;
const BORDERS_FROM_PX = 5; // width and height of a parcel
const INK = "#111";
const PICKED = "#d6006c";
const PINNED = "#7a2fb5";

siting.parcelLayer = (map, model) => {
	const sheet = siting.sheet(map);
	const { n, study, shapes } = model;
	const [table, hatch] = [0, 1].map(() => new Uint32Array(n + 1)); // pixel by 1 + row
	const marks = { hover: -1, selected: -1, pinned: [] };
	const shown = { site: true, excluded: true };
	const pins = [];
	const timing = {};
	const order = [[], [], []]; // rows by status, the admitted on top
	study.status.forEach((status, i) => order[2 - status].push(i));
	let view, over, pick, painted;

	function refresh() {
		const { colours, of, out = () => -1 } = layer.colouring;
		const { mask } = layer;
		const css = getComputedStyle(map.getContainer());
		const ink = (name) => abgr(css.getPropertyValue(`--siting-${name}`).trim());
		const plain = [1, shown.site && ink("site"), shown.excluded && ink("excluded")];
		const line = ink("hatch");
		const inks = colours.map(abgr);
		const counts = new Uint32Array(colours.length);
		for (let i = 0; i < n; i++) {
			const status = model.status[i];
			const faded = mask && !mask[i];
			const k = status === ADMITTED ? of(i) : out(i);
			if (k >= 0 && !faded) counts[k]++;
			let colour = plain[status] && k >= 0 ? inks[k] : plain[status];
			if (faded && colour) colour = (colour & 0xffffff) | 0x38000000;
			table[i + 1] = colour;
			hatch[i + 1] = status === EXCLUDED && colour && !faded ? line : colour;
		}
		painted = true;
		paint();
		sheet.draw("marks");
		return counts;
	}

	/* The parcel at a point of the map's container, or -1. Pins come first. */
	function at(point) {
		const pin = pins.find((one) => point.distanceTo(one) <= PIN_PX);
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
		const bounds = around(model.about.extent);
		if (bounds) map.fitBounds(bounds, { animate: false, padding: [14, 14], maxZoom: 16 });
		else map.setView([0, 0], 2, { animate: false });
	}

	function raster(pen, now) {
		const start = performance.now();
		const { width, height, dense } = now;
		if (view?.width !== width || view.height !== height) {
			const image = pen.createImageData(width, height);
			const pixels = new Uint32Array(image.data.buffer);
			const ids = new Int32Array(width * height);
			view = { image, pixels, ids, flips: new Uint8Array(width * height), large: new Uint8Array(n + 1) };
		}
		layer.view = Object.assign(view, now, sheet.place(shapes, dense), { pen, wide: BORDERS_FROM_PX * dense });
		view.ids.fill(0);
		const sides = [1, 1, 2 * Math.round(1.5 * dense) - 1]; // of what is smaller than a pixel
		order.forEach((rows, k) => siting.raster(shapes, rows, view, sides[k]));
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
		for (const i of pinned) outline(pen, shapes, i, 2.5, PINNED);
		if (hover >= 0) outline(pen, shapes, hover, 2, INK);
		if (selected >= 0) outline(pen, shapes, selected, 3.5, PICKED);
		if (selected >= 0 && model.details_?.pads) paintPad(pen, model.details_.pads, selected);
		paintPins(pen);
	}

	function outline(pen, grid, i, width, colour) {
		pen.beginPath();
		sheet.trace(pen, grid, i);
		Object.assign(pen, { strokeStyle: "#fff", lineWidth: width + 2.5 }).stroke();
		Object.assign(pen, { strokeStyle: colour, lineWidth: width }).stroke();
	}

	/* The rectangle that was placed in a parcel, with its name where there is room. */
	function paintPad(pen, pads, i) {
		const { scale, left, top } = sheet.place(pads);
		const [west, , east, south] = pads.box.subarray(4 * i);
		const wide = scale * (east - west);
		if (wide < 14) return;
		pen.setLineDash([6, 3]);
		outline(pen, pads, i, 1.8, INK);
		pen.setLineDash([]);
		if (wide < 24) return;
		const at = [model.about.pad, left + (scale * (west + east)) / 2, top + scale * south + 14];
		const font = "600 12px system-ui, sans-serif";
		Object.assign(pen, { font, strokeStyle: "#fff", lineWidth: 4, fillStyle: INK }).strokeText(...at);
		pen.fillText(...at);
	}

	function paintPins(pen) {
		const { scale, left, top } = sheet.place(shapes);
		const best = [...model.order.subarray(0, PINS)].filter((row) => model.spot(row));
		best.sort((a, b) => (b === marks.selected) - (a === marks.selected)); // where two would overlap, it stays
		pins.length = 0;
		pen.font = "700 11px system-ui, sans-serif";
		for (const row of best) {
			const [x, y] = model.spot(row);
			const spot = L.point(scale * x + left, scale * y + top);
			const pin = Object.assign(spot.subtract(sheet.view.pad), { row });
			if (pins.some((other) => pin.distanceTo(other) < 2 * PIN_PX)) continue;
			pins.push(pin);
			pen.beginPath();
			pen.arc(spot.x, spot.y, PIN_PX, 0, 7);
			const fillStyle = row === marks.selected ? PICKED : "#14213d";
			Object.assign(pen, { fillStyle, lineWidth: 2, strokeStyle: "#fff" }).fill();
			pen.stroke();
			pen.fillStyle = "#fff";
			pen.fillText(model.rank[row], spot.x, spot.y + 0.5);
		}
	}

	const turn = (on) => {
		sheet.turn(on, "parcels", raster);
		sheet.turn(on, "marks", paintMarks);
	};
	const layer = Object.assign(new L.Layer(), {
		...{ table, hatch, timing, pins, shown, at, fit, refresh, mask: null },
		colouring: { colours: ["#35b779"], of: () => 0 },
		onAdd() {
			fit(); // first, so that outlines are drawn once
			turn(true);
		},
		onRemove: () => turn(false),
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
			sheet.draw("marks");
		},
		png: () => siting.png(new Uint8Array(view.pixels.buffer), view.width, view.height),
	});
	map.siting = { model, layer };
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
	return layer;
};

/* "#rrggbb" as a pixel. */
function abgr(css) {
	const rgb = parseInt(css.slice(1), 16);
	return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}
