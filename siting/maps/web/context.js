/* siting: the canvases over a map: context areas, parcels, context lines and points, marks. */
const PANES = { areas: 300, parcels: 350, lines: 410, marks: 450 };
const PADDING = 0.15; // of the map, drawn beyond each edge so that a small pan shows no gap
const DASHES = [[], [9, 5], [2, 4]];
const INK = 0.05; // of the map, that points of a layer may cover

class Sheet {
	constructor(map) {
		Object.assign(this, { map, canvases: {}, draws: {}, context: [] });
		for (const [name, zIndex] of Object.entries(PANES))
			Object.assign(map.createPane(`siting-${name}`).style, { zIndex, pointerEvents: "none" });
		map.on("moveend viewreset resize", () => this.move());
		map.on("zoomanim", ({ zoom, center }) => this.animate(zoom, center));
	}

	/* From now on draw(pen, view) draws what is on a canvas, in pixels of the page. */
	add(name, draw) {
		const pane = this.map.getPane(`siting-${name}`);
		this.canvases[name] ??= L.DomUtil.create("canvas", "leaflet-zoom-animated", pane);
		this.draws[name] = draw;
		if (this.view) this.draw(name);
	}
	remove(name) {
		this.canvases[name]?.remove();
		delete this.canvases[name];
		delete this.draws[name];
	}

	move() {
		const { map } = this,
			size = map.getSize(),
			zoom = map.getZoom();
		if (!map._loaded || !size.x || !size.y || map._animatingZoom) return;
		const dense = Math.min(2, window.devicePixelRatio || 1),
			pad = size.multiplyBy(PADDING).round();
		const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1)).round();
		const origin = map.getPixelOrigin().add(corner);
		const { x: width, y: height } = size.add(pad.multiplyBy(2)).multiplyBy(dense)._round();
		const key = [width, height, origin.x, origin.y, zoom].join();
		const same = this.view?.key === key && this.view.corner.equals(corner);
		const place = map.layerPointToLatLng(corner);
		this.view = { key, width, height, dense, pad, corner, origin, zoom, place, world: 256 * 2 ** zoom };
		if (!same) for (const name of Object.keys(this.draws)) this.draw(name);
	}

	draw(name) {
		const { view } = this,
			canvas = this.canvases[name],
			{ width, height, dense } = view;
		if (canvas.width !== width || canvas.height !== height) {
			Object.assign(canvas, { width, height });
			Object.assign(canvas.style, { width: `${width / dense}px`, height: `${height / dense}px` });
		}
		L.DomUtil.setPosition(canvas, view.corner);
		const pen = canvas.getContext("2d");
		pen.setTransform(dense, 0, 0, dense, 0, 0);
		pen.clearRect(0, 0, width, height);
		this.draws[name](pen, view);
	}

	animate(zoom, center) {
		const { map, view } = this;
		if (!view) return;
		const corner = map._latLngToNewLayerPoint(view.place, zoom, center);
		for (const canvas of Object.values(this.canvases))
			L.DomUtil.setTransform(canvas, corner, map.getZoomScale(zoom, view.zoom));
	}

	/* Where a grid lies: its vertex (x, y) is at pixel (scale x + left, scale y + top). */
	on({ step, west, north }, dense = 1) {
		const { origin } = this.view,
			world = this.view.world * dense;
		return { scale: step * world, left: west * world - origin.x * dense, top: north * world - origin.y * dense };
	}

	/* Adds shape i to the path of a pen, but for vertices that lie on the pixel before. */
	trace(pen, grid, i, closed = true) {
		const { scale, left, top } = this.on(grid),
			{ x, y, ring, shape } = grid;
		for (let r = shape[i]; r < shape[i + 1]; r++) {
			let [column, row] = [NaN, NaN];
			for (let v = ring[r]; v < ring[r + 1]; v++) {
				const across = scale * x[v] + left,
					down = scale * y[v] + top;
				if (Math.abs(across - column) < 0.7 && Math.abs(down - row) < 0.7) continue;
				pen[v > ring[r] ? "lineTo" : "moveTo"](across, down);
				[column, row] = [across, down];
			}
			if (closed) pen.closePath();
		}
	}

	/* The numbers of the shapes of a grid that can be seen. */
	seen(grid) {
		const { scale, left, top } = this.on(grid),
			{ box } = grid,
			{ width, height, dense } = this.view;
		const out = [];
		for (let b = 0; b < box.length; b += 4) {
			if (box[b] > box[b + 2] || scale * box[b + 2] + left < 0 || scale * box[b + 3] + top < 0) continue;
			if (scale * box[b] + left < width / dense && scale * box[b + 1] + top < height / dense) out.push(b / 4);
		}
		return out;
	}

	/* The context layers that are on, lines and points or areas. */
	drawContext(pen, areas) {
		for (const { data, shapes } of this.context) {
			if ((data.kind === "polygon") !== areas) continue;
			const rows = this.seen(shapes);
			Object.assign(pen, { lineJoin: "round", lineCap: "butt" });
			if (data.kind === "point") this.dot(pen, data, shapes, rows);
			else this.line(pen, data, shapes, rows);
		}
	}

	line(pen, { tint, stroke, kind }, shapes, rows) {
		const areas = kind === "polygon";
		pen.beginPath();
		for (const i of rows) this.trace(pen, shapes, i, areas);
		if (areas) {
			Object.assign(pen, { globalAlpha: 0.07, fillStyle: tint });
			pen.fill("evenodd");
		} else {
			Object.assign(pen, { globalAlpha: 0.75, strokeStyle: "#fff", lineWidth: 3.6 });
			pen.stroke();
		}
		Object.assign(pen, { globalAlpha: 1, strokeStyle: tint, lineWidth: areas ? 1.4 : 2 });
		pen.setLineDash(DASHES[stroke]);
		pen.stroke();
		pen.setLineDash([]);
	}

	/* Points, the smaller the more there are; only where they are few has each its ring. */
	dot(pen, { tint, stroke }, shapes, rows) {
		const { scale, left, top } = this.on(shapes),
			{ width, height, dense } = this.view;
		const radius = Math.sqrt((INK * width * height) / (dense * dense * Math.PI * Math.max(1, rows.length)));
		const size = Math.max(0.9, Math.min(3.6, radius));
		pen.beginPath();
		for (const i of rows) {
			for (let v = shapes.ring[shapes.shape[i]]; v < shapes.ring[shapes.shape[i + 1]]; v++) {
				const across = scale * shapes.x[v] + left,
					down = scale * shapes.y[v] + top;
				pen.moveTo(across + size, down);
				pen.arc(across, down, size, 0, 7);
			}
		}
		const strokeStyle = ["#fff", "#111", tint][stroke];
		Object.assign(pen, { fillStyle: stroke === 2 && size > 2 ? "#fff" : tint, strokeStyle, lineWidth: 1.3 });
		pen.globalAlpha = size > 2 ? 1 : 0.75;
		pen.fill();
		if (size > 2) pen.stroke();
		pen.globalAlpha = 1;
	}
}

siting.sheet = (map) => (map.sitingSheet ??= new Sheet(map));

const waiting = new WeakMap(); // map -> promises of its context layers, in order

siting.addContext = (map, elementId) => {
	const made = siting.segment(document.getElementById(elementId).textContent).then((segment) => {
		const data = segment.json("about"),
			sheet = siting.sheet(map);
		const one = { data, shapes: siting.gridShapes(segment, "s", data.grid) };
		const name = data.kind === "polygon" ? "areas" : "lines";
		const anew = () => sheet.add(name, (pen) => sheet.drawContext(pen, name === "areas"));
		const layer = Object.assign(new L.Layer(), {
			onAdd: () => (sheet.context.push(one), anew()),
			onRemove: () => (sheet.context.splice(sheet.context.indexOf(one), 1), anew()),
		});
		if (data.show) layer.addTo(map);
		return { data, layer };
	});
	waiting.set(map, [...(waiting.get(map) || []), made]);
};
siting.contextOf = (map) => Promise.all(waiting.get(map) || []);
