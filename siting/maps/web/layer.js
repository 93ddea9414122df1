/* siting: the parcels of a model on a Leaflet map. After a change of the model, layer.colouring ({colours, of(row): the
   class of an admitted parcel, out(row): of another, -1 as its status is drawn}) or layer.mask (1: not faded) call
   layer.refresh(), which paints anew, never rasters, and counts each class. */
const { ADMITTED, EXCLUDED } = siting;
const PADDING = 0.15; // of the map, drawn beyond each edge so that a small pan shows no gap
const PINS = 10;
const PIN_PX = 10;
const BORDERS_FROM_PX = 5; // width of a typical parcel
const PICKED = "#d6006c";

siting.parcelLayer = (map, model) => {
	siting.panes(map);
	const { n, study, shapes } = model,
		{ box, west, north, step } = shapes;
	const canvases = [0, 1].map(() => L.DomUtil.create("canvas", "leaflet-zoom-animated"));
	const [fills, pen] = canvases.map((canvas) => canvas.getContext("2d"));
	const [table, hatch] = [0, 1].map(() => new Uint32Array(n + 1)); // pixel by 1 + row
	const marks = { hover: -1, selected: -1, pinned: [] };
	const shown = { site: true, excluded: true };
	const pins = [],
		timing = {};
	let view, over, pick;

	const rest = [[], [], []];
	study.status.forEach((status, i) => rest[status].push(i));
	const admitted = rest.shift(),
		others = rest.reverse().flat();

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
		paint();
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

	/* Bounds of parcels; null where none has an outline. */
	function around(rows) {
		const all = [Infinity, Infinity, -1, -1];
		for (const i of rows) for (let k = 0; k < 4; k++) all[k] = Math[k < 2 ? "min" : "max"](all[k], box[4 * i + k]);
		const corner = (k) => [siting.latitude(north + all[k + 1] * step), (west + all[k] * step) * 360 - 180];
		return all[0] <= all[2] ? L.latLngBounds(corner(0), corner(2)) : null;
	}

	function fit() {
		const bounds = around(model.order.length ? model.order : others),
			animate = false;
		if (bounds) map.fitBounds(bounds, { animate, padding: [14, 14], maxZoom: 16 });
		else map.setView([0, 0], 2, { animate });
	}

	function redraw() {
		const start = performance.now(),
			size = map.getSize(),
			zoom = map.getZoom();
		if (!size.x || !size.y || map._animatingZoom) return;
		const dense = Math.min(2, window.devicePixelRatio || 1),
			world = 256 * 2 ** zoom * dense;
		const pad = size.multiplyBy(PADDING).round();
		const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1)).round();
		const origin = map.getPixelOrigin().add(corner).multiplyBy(dense);
		const { x: width, y: height } = size.add(pad.multiplyBy(2)).multiplyBy(dense)._round();
		if (view?.width !== width || view.height !== height || view.dense !== dense) {
			for (const canvas of canvases) {
				Object.assign(canvas, { width, height });
				Object.assign(canvas.style, { width: `${width / dense}px`, height: `${height / dense}px` });
			}
			const image = fills.createImageData(width, height),
				ids = new Int32Array(width * height);
			view = { image, ids, pixels: new Uint32Array(image.data.buffer), width, height, dense };
		}
		for (const canvas of canvases) L.DomUtil.setPosition(canvas, corner);
		const [scale, left, top] = [step * world, west * world - origin.x, north * world - origin.y];
		layer.view = Object.assign(view, { scale, left, top, pad, zoom, corner, place: map.layerPointToLatLng(corner) });
		const on = [view.ids.fill(0), width, height, scale, left, top];
		siting.raster(shapes, others, ...on);
		siting.raster(shapes, admitted, ...on, 2 * Math.round(1.5 * dense) - 1);
		paint();
		timing.redraw = performance.now() - start;
	}

	function animate({ zoom, center }) {
		const corner = map._latLngToNewLayerPoint(view.place, zoom, center);
		for (const canvas of canvases) L.DomUtil.setTransform(canvas, corner, map.getZoomScale(zoom, view.zoom));
	}

	function paint() {
		if (!view) return;
		const { ids, pixels, width, height, scale, dense, image } = view;
		siting.paint(ids, pixels, width, height, table, hatch, shapes.typical * scale > BORDERS_FROM_PX * dense);
		fills.putImageData(image, 0, 0);
		paintMarks();
	}

	/* Pins of the best, and outlines of the parcels under the pointer, selected and pinned. */
	function paintMarks() {
		if (!view) return;
		const { dense, width, height } = view,
			{ hover, selected, pinned } = marks;
		pen.setTransform(dense, 0, 0, dense, 0, 0);
		pen.clearRect(0, 0, width, height);
		Object.assign(pen, { lineJoin: "round", textAlign: "center", textBaseline: "middle" });
		for (const i of pinned) outline(shapes, i, 2.5, "#7a2fb5");
		outline(shapes, hover, 2, "#111");
		outline(shapes, selected, 3.5, PICKED);
		if (model.details_?.pads) paintPad(model.details_.pads, selected);
		paintPins();
	}

	/* From a grid to pixels of the page, across and down. */
	function onPage(grid) {
		const { dense, scale, left, top } = view,
			world = scale / step / dense;
		return [
			(x) => left / dense + (grid.west - west + x * grid.step) * world,
			(y) => top / dense + (grid.north - north + y * grid.step) * world,
		];
	}

	function outline(grid, i, width, colour) {
		const { x, y, ring, shape } = grid,
			[across, down] = onPage(grid);
		pen.beginPath();
		for (let r = shape[i]; r < shape[i + 1]; r++) {
			for (let v = ring[r]; v < ring[r + 1]; v++) pen[v > ring[r] ? "lineTo" : "moveTo"](across(x[v]), down(y[v]));
			pen.closePath();
		}
		for (const [strokeStyle, lineWidth] of [
			["#fff", width + 2.5],
			[colour, width],
		]) {
			Object.assign(pen, { strokeStyle, lineWidth });
			pen.stroke();
		}
	}

	/* The rectangle that was placed in a parcel, with its name where there is room. */
	function paintPad(pads, i) {
		if (i < 0) return;
		const [across, down] = onPage(pads),
			[left, , right, bottom] = pads.box.subarray(4 * i);
		const wide = across(right) - across(left),
			label = model.about.pad;
		if (!(wide >= 14)) return;
		pen.setLineDash([6, 3]);
		outline(pads, i, 1.8, "#111");
		pen.setLineDash([]);
		if (wide < 24) return;
		pen.font = "600 12px system-ui, sans-serif";
		const half = pen.measureText(label).width / 2 + view.pad.x + 6;
		const x = Math.max(half, Math.min(view.width / view.dense - half, across((left + right) / 2)));
		Object.assign(pen, { strokeStyle: "#fff", lineWidth: 4, fillStyle: "#111" });
		pen.strokeText(label, x, down(bottom) + 14);
		pen.fillText(label, x, down(bottom) + 14);
	}

	function paintPins() {
		const [across, down] = onPage(shapes),
			{ pad } = view;
		const best = [...model.order.subarray(0, PINS)];
		best.sort((a, b) => (b === marks.selected) - (a === marks.selected)); // where two would overlap, it stays
		pins.length = 0;
		pen.font = "700 11px system-ui, sans-serif";
		for (const row of best) {
			const inside = siting.insideOf(shapes, row);
			if (!inside) continue;
			const x = across(inside[0]),
				y = down(inside[1]),
				pin = { row, x: x - pad.x, y: y - pad.y };
			if (pins.some((other) => Math.hypot(other.x - pin.x, other.y - pin.y) < 2 * PIN_PX)) continue;
			pins.push(pin);
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
		...{ table, hatch, timing, pins, at, fit, refresh, mask: null, colouring: { colours: ["#35b779"], of: () => 0 } },
		onAdd() {
			["parcels", "marks"].forEach((name, k) => map.getPane(`siting-${name}`).append(canvases[k]));
			refresh();
			redraw();
		},
		onRemove: () => canvases.forEach((canvas) => canvas.remove()),
		getEvents: () => ({
			...{ moveend: redraw, viewreset: redraw, resize: redraw, zoomanim: animate },
			click: ({ containerPoint }) => pick?.(at(containerPoint)),
			mousemove: ({ containerPoint }) => over?.(at(containerPoint), containerPoint),
			mouseout: () => over?.(-1),
		}),
		onHover: (call) => (over = call), // (row or -1, point)
		onPick: (call) => (pick = call),
		bounds: (row) => around([row]),
		show: (what) => (Object.assign(shown, what), refresh()),
		mark(what) {
			if (Object.keys(what).every((name) => marks[name] === what[name])) return;
			Object.assign(marks, what);
			paintMarks();
		},
		png: () => siting.png(new Uint8Array(view.pixels.buffer), view.width, view.height),
	});
	map.siting = { model, layer };
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
	return layer;
};

/* "#rrggbb" or "rgb(r, g, b)" as a pixel. */
function abgr(css) {
	const part = (k) => parseInt(css.slice(k, k + 2), 16);
	const [red, green, blue] = css.startsWith("#") ? [1, 3, 5].map(part) : css.match(/\d+/g);
	return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
