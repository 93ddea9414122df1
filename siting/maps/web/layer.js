/* siting: the parcels of a model on a Leaflet map.

   const layer = siting.parcelLayer(map, model)      draws itself; layer.at(containerPoint) -> row or -1
   layer.colouring = {colours: ["#rrggbb"], of(row), out(row)}   the class of an admitted parcel, and of another one (-1, or
                              no out: as its status is drawn);  layer.mask = Uint8Array: the rest fades; null: all
   layer.refresh()            after these and model.setState: colours anew (never rasters); how many parcels a class has
   layer.show({excluded, site})   which of the others are drawn
   layer.mark({hover, selected, pinned: [rows]})      outlines on the second canvas; what is left out stays
   layer.onHover(call(row, point)), layer.onPick(call(row))   row -1: none
   layer.bounds(row), layer.fit()   -> L.LatLngBounds; shows the admitted
   await layer.png()          a Blob of the parcels as drawn, encoded from the buffer
   layer.timing               {raster, paint, redraw} in ms, of the last ones */
const { ADMITTED, EXCLUDED } = siting;
const PADDING = 0.15; // of the map, drawn beyond each edge so that a small pan shows no gap
const PINS = 10;
const PIN_PX = 10;
const BORDERS_FROM_PX = 5; // width of a typical parcel
const FADED = 0x38000000;
const PICKED = "#d6006c";

siting.parcelLayer = (map, model) => {
	siting.panes(map);
	const { n, study, shapes } = model;
	const { box, west, north, step } = shapes;
	const canvases = ["", ""].map(() => L.DomUtil.create("canvas", "leaflet-zoom-animated"));
	const [fills, lines] = canvases.map((canvas) => canvas.getContext("2d"));
	const [table, hatch] = [new Uint32Array(n + 1), new Uint32Array(n + 1)]; // pixel by 1 + row
	const marks = { hover: -1, selected: -1, pinned: [] },
		shown = { excluded: true, site: true };
	const layer = new L.Layer(),
		pins = [],
		timing = {};
	let view, over, pick;

	const others = [[], [], []]; // by status; later ones are drawn on top
	study.status.forEach((status, i) => others[EXCLUDED - status].push(i));
	const rows = Int32Array.from(others.flat()),
		admitted = rows.subarray(n - study.counts.admitted);

	function refresh() {
		const { colours, of, out = () => -1 } = layer.colouring,
			{ mask } = layer;
		const css = getComputedStyle(map.getContainer());
		const [site, excluded, line] = ["site", "excluded", "hatch"].map((name) =>
			abgr(css.getPropertyValue(`--siting-${name}`).trim()),
		);
		const plain = [0, shown.site && site, shown.excluded && excluded];
		const inks = colours.map(abgr),
			counts = new Uint32Array(colours.length);
		for (let i = 0; i < n; i++) {
			const status = model.status[i];
			const k = status === ADMITTED ? of(i) : out(i),
				faded = mask && !mask[i];
			if (k >= 0 && !faded) counts[k]++;
			let colour = k < 0 || (status !== ADMITTED && !plain[status]) ? plain[status] : inks[k];
			if (faded && colour) colour = (colour & 0xffffff) | FADED;
			table[i + 1] = colour;
			hatch[i + 1] = status === EXCLUDED && colour && !faded ? line : colour;
		}
		paint();
		paintMarks();
		return counts;
	}

	/* The parcel at a point of the map's container, or -1. Pins come first. */
	function at(point) {
		const pin = pins.find(({ x, y }) => Math.hypot(x - point.x, y - point.y) <= PIN_PX);
		if (pin || !view) return pin ? pin.row : -1;
		const { x, y } = point.subtract(map.layerPointToContainerPoint(view.corner)).multiplyBy(view.dense)._floor();
		const id = x >= 0 && y >= 0 && x < view.width && y < view.height && view.ids[y * view.width + x];
		return id && table[id] ? id - 1 : -1;
	}

	/* Around those of some parcels that have an outline; not valid where none has. */
	function around(some) {
		let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
		for (const i of some) {
			const b = 4 * i;
			if (box[b] > box[b + 2]) continue;
			left = Math.min(left, box[b]);
			top = Math.min(top, box[b + 1]);
			right = Math.max(right, box[b + 2]);
			bottom = Math.max(bottom, box[b + 3]);
		}
		const corner = (x, y) => [siting.latitude(north + y * step), (west + x * step) * 360 - 180];
		return left <= right ? L.latLngBounds(corner(left, top), corner(right, bottom)) : null;
	}

	function fit() {
		const all = around(model.order.length ? model.order : rows),
			animate = false;
		if (all) map.fitBounds(all, { animate, padding: [14, 14], maxZoom: 16 });
		else map.setView([0, 0], 2, { animate });
	}

	function redraw() {
		const size = map.getSize(),
			start = performance.now();
		if (!size.x || !size.y || map._animatingZoom) return;
		const dense = Math.min(2, window.devicePixelRatio || 1),
			zoom = map.getZoom(),
			world = 256 * 2 ** zoom * dense;
		const pad = size.multiplyBy(PADDING).round();
		const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1)).round();
		const origin = map.getPixelOrigin().add(corner).multiplyBy(dense);
		const { x: width, y: height } = size.add(pad.multiplyBy(2)).multiplyBy(dense)._round();
		for (const canvas of canvases) {
			if (canvas.width !== width) canvas.width = width;
			if (canvas.height !== height) canvas.height = height;
			canvas.style.width = `${width / dense}px`;
			canvas.style.height = `${height / dense}px`;
			L.DomUtil.setTransform(canvas, corner, 1);
			L.DomUtil.setPosition(canvas, corner);
		}
		const same = view?.width === width && view.height === height && view;
		const image = same ? same.image : fills.createImageData(width, height);
		const pixels = new Uint32Array(image.data.buffer),
			ids = same ? same.ids.fill(0) : new Int32Array(width * height);
		const scale = step * world,
			left = west * world - origin.x,
			top = north * world - origin.y;
		const place = map.layerPointToLatLng(corner);
		layer.view = view = { dense, width, height, scale, left, top, pad, zoom, corner, place, image, pixels, ids };
		siting.raster(shapes, rows, ids, width, height, scale, left, top);
		specks();
		timing.raster = performance.now() - start;
		paint();
		paintMarks();
		timing.redraw = performance.now() - start;
	}

	/* Ranked parcels too small to be seen take a square of three pixels of the page. */
	function specks() {
		const { ids, width, height, scale, left, top, dense } = view;
		const wide = Math.round(1.5 * dense),
			small = (2 * dense) / scale;
		for (const i of admitted) {
			const b = 4 * i,
				across = box[b + 2] - box[b],
				down = box[b + 3] - box[b + 1];
			if (across < 0 || across >= small || down >= small) continue;
			const x = Math.floor(scale * (box[b] + across / 2) + left),
				y = Math.floor(scale * (box[b + 1] + down / 2) + top);
			if (x < wide || x + wide >= width) continue;
			for (let row = Math.max(0, y - wide + 1); row < Math.min(height, y + wide); row++)
				ids.fill(i + 1, row * width + x - wide + 1, row * width + x + wide);
		}
	}

	function animate({ zoom, center }) {
		const corner = map._latLngToNewLayerPoint(view.place, zoom, center);
		for (const canvas of canvases) L.DomUtil.setTransform(canvas, corner, map.getZoomScale(zoom, view.zoom));
	}

	function paint() {
		if (!view) return;
		const { ids, pixels, width, height, scale, dense, image } = view,
			start = performance.now();
		siting.paint(ids, pixels, width, height, table, hatch, shapes.typical * scale > BORDERS_FROM_PX * dense);
		fills.putImageData(image, 0, 0);
		timing.paint = performance.now() - start;
	}

	/* Pins of the best, and outlines of the parcels under the pointer, selected and pinned. */
	function paintMarks() {
		if (!view) return;
		const { dense, width, height } = view,
			{ hover, selected, pinned } = marks;
		lines.setTransform(1, 0, 0, 1, 0, 0);
		lines.clearRect(0, 0, width, height);
		lines.setTransform(dense, 0, 0, dense, 0, 0);
		Object.assign(lines, { lineJoin: "round", textAlign: "center", textBaseline: "middle" });
		for (const i of pinned) outline(shapes, i, 2.5, "#7a2fb5");
		outline(shapes, hover, 2, "#111");
		outline(shapes, selected, 3.5, PICKED);
		paintPad(model.details_?.pads, selected);
		paintPins();
	}

	/* A line and a wider white one below it; what: stroke() or strokeText(...). */
	function stroked(width, colour, what = () => lines.stroke()) {
		for (const [strokeStyle, lineWidth] of [
			["#fff", width + 2.5],
			[colour, width],
		]) {
			Object.assign(lines, { strokeStyle, lineWidth });
			what();
		}
	}

	function outline(of, i, width, colour) {
		const { x, y, ring, shape } = of,
			[across, down] = onPage(of);
		lines.beginPath();
		for (let r = shape[i]; r < shape[i + 1]; r++) {
			for (let v = ring[r]; v < ring[r + 1]; v++) lines[v > ring[r] ? "lineTo" : "moveTo"](across(x[v]), down(y[v]));
			lines.closePath();
		}
		stroked(width, colour);
	}

	/* From a grid to pixels of the page, across and down. */
	function onPage(grid) {
		const { dense, scale, left, top } = view,
			world = scale / step;
		return [
			(x) => (left + (grid.west - west + x * grid.step) * world) / dense,
			(y) => (top + (grid.north - north + y * grid.step) * world) / dense,
		];
	}

	/* The rectangle that was placed in a parcel, with its name where there is room. */
	function paintPad(pads, i) {
		if (i < 0 || !pads || pads.shape[i] === pads.shape[i + 1]) return;
		const [across, down] = onPage(pads),
			{ width, dense, pad } = view;
		const [left, , right, bottom] = pads.box.subarray(4 * i, 4 * i + 4),
			wide = across(right) - across(left);
		if (wide < 14) return;
		lines.setLineDash([6, 3]);
		outline(pads, i, 1.8, "#111");
		lines.setLineDash([]);
		if (wide < 24) return;
		const label = model.about.pad;
		lines.font = "600 12px system-ui, sans-serif";
		const half = lines.measureText(label).width / 2 + pad.x + 6;
		const x = Math.max(half, Math.min(width / dense - half, across((left + right) / 2))),
			y = down(bottom) + 14;
		Object.assign(lines, { strokeStyle: "#fff", lineWidth: 4, fillStyle: "#111" });
		lines.strokeText(label, x, y);
		lines.fillText(label, x, y);
	}

	function paintPins() {
		const [across, down] = onPage(shapes),
			{ pad } = view;
		const best = [...model.order.subarray(0, PINS)];
		const first = best.filter((row) => row === marks.selected); // where two would overlap, it stays
		pins.length = 0;
		lines.font = "700 11px system-ui, sans-serif";
		for (const row of new Set([...first, ...best])) {
			const inside = siting.insideOf(shapes, row);
			if (!inside) continue;
			const at = { row, x: across(inside[0]) - pad.x, y: down(inside[1]) - pad.y };
			if (pins.some(({ x, y }) => Math.hypot(x - at.x, y - at.y) < 2 * PIN_PX)) continue;
			pins.push(at);
			lines.beginPath();
			lines.arc(at.x + pad.x, at.y + pad.y, PIN_PX, 0, 2 * Math.PI);
			const fillStyle = row === marks.selected ? PICKED : "#14213d";
			Object.assign(lines, { fillStyle, lineWidth: 2, strokeStyle: "#fff" });
			lines.fill();
			lines.stroke();
			lines.fillStyle = "#fff";
			lines.fillText(model.rank[row], at.x + pad.x, at.y + pad.y + 0.5);
		}
	}

	map.siting = { model, layer };
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
	return Object.assign(layer, {
		colouring: { colours: ["#35b779"], of: () => 0 },
		mask: null,
		...{ table, hatch, timing, pins, at, fit, refresh },
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
		onHover: (call) => (over = call),
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
};

/* "#rrggbb" or "rgb(r, g, b)" as a pixel. */
function abgr(css) {
	const part = (k) => parseInt(css.slice(k, k + 2), 16);
	const [red, green, blue] = css.startsWith("#") ? [1, 3, 5].map(part) : css.match(/\d+/g);
	return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
