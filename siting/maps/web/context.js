/* The canvases over a map, one on the other, and context layers on them. */
const DOT_PX = 3.6 // the most of a radius; the least is a quarter

/* A little larger than the map, as Leaflet's own renderers. */
class Sheet extends L.Renderer {
	constructor(map) {
		map.createPane("siting").style.zIndex = 350 // below what else is added to a map
		super({ pane: "siting", padding: 0.15 })
		Object.assign(this, { canvases: {}, draws: {}, context: [] })
		for (const name of ["areas", "parcels", "lines", "marks"]) {
			this.canvases[name] = L.DomUtil.create("canvas", `leaflet-layer siting-${name}`)
			this.draws[name] = new Set()
		}
		map.addLayer(this)
	}
	_initContainer() {
		this._container = L.DomUtil.create("div")
		this._container.append(...Object.values(this.canvases))
	}
	_reset() {} // the end of a move follows

	_update() {
		const map = this._map
		if (map._animatingZoom) return
		super._update()
		const corner = this._bounds.min
		const dense = Math.min(2, window.devicePixelRatio || 1)
		const { x: width, y: height } = this._bounds.getSize().multiplyBy(dense)._round()
		const pad = map.layerPointToContainerPoint(corner).multiplyBy(-1)
		const origin = map.getPixelOrigin().add(corner)
		L.DomUtil.setPosition(this._container, corner)
		if (!width || !height) return
		this.view = { width, height, dense, pad, corner, origin, world: 256 * 2 ** map.getZoom() }
		for (const name in this.canvases) this.draw(name)
	}

	/* From now on draw(pen, view) draws on a canvas too, or no more. */
	turn(on, name, draw) {
		this.draws[name][on ? "add" : "delete"](draw)
		this.draw(name)
	}

	draw(name) {
		if (!this.view) return
		const { width, height, dense } = this.view
		const canvas = Object.assign(this.canvases[name], { width, height }) // which clears it
		canvas.style.width = `${width / dense}px`
		const pen = canvas.getContext("2d")
		pen.scale(dense, dense)
		for (const draw of this.draws[name]) draw(pen, this.view)
	}

	/* The vertex (x, y) of a grid is at pixel (scale x + left, scale y + top). */
	place({ step, west, north }, dense = 1) {
		const { origin, world } = this.view
		const at = (side, axis) => (side * world - origin[axis]) * dense
		return { scale: step * world * dense, left: at(west, "x"), top: at(north, "y") }
	}

	/* Adds a shape, if it can be seen, to a path, but for vertices that lie on the pixel before. */
	trace(pen, grid, i, closed = true) {
		const { scale, left, top } = this.place(grid)
		const { x, y, ring, shape, box } = grid
		const { width, height, dense } = this.view
		const [west, north, east, south] = box.subarray(4 * i)
		if (scale * east + left < 0 || scale * west + left > width / dense) return
		if (scale * south + top < 0 || scale * north + top > height / dense) return
		for (let r = shape[i]; r < shape[i + 1]; r++) {
			let [column, row] = [NaN, NaN]
			for (let v = ring[r]; v < ring[r + 1]; v++) {
				const across = scale * x[v] + left
				const down = scale * y[v] + top
				if (Math.abs(across - column) < 0.7 && Math.abs(down - row) < 0.7) continue
				pen[v > ring[r] ? "lineTo" : "moveTo"](across, down)
				;[column, row] = [across, down]
			}
			if (closed) pen.closePath()
			else pen.lineTo(column, row + 0.01) // so that a point is a dot
		}
	}

	/* All shapes in one stroke upon the other; dots are the smaller the closer they lie. */
	drawContext(pen, { closed, fillStyle, room, strokes }, shapes) {
		pen.beginPath()
		for (let i = 0; i + 1 < shapes.shape.length; i++) this.trace(pen, shapes, i, closed)
		if (fillStyle) Object.assign(pen, { fillStyle }).fill("evenodd")
		const size = Math.max(0.25, Math.min(1, (this.place(shapes).scale * room) / DOT_PX))
		for (const { dash, ...stroke } of strokes) {
			pen.setLineDash(dash)
			Object.assign(pen, stroke).lineWidth *= size
			pen.stroke()
		}
	}
}

const sheetOf = map => (map.sitingSheet ??= new Sheet(map))

siting.list = (map, row) => sheetOf(map).context.push(row)

siting.addContext = (map, elementId) => {
	const sheet = sheetOf(map)
	const read = async () => {
		const segment = await segmentOf(document.getElementById(elementId).textContent)
		const { style, canvas, ...data } = segment.json("about")
		const shapes = gridShapes(segment, "s", data.grid)
		const draw = pen => sheet.drawContext(pen, style, shapes)
		const [onAdd, onRemove] = [true, false].map(on => () => sheet.turn(on, canvas, draw))
		const drawn = Object.assign(new L.Layer(), { onAdd, onRemove })
		if (data.show) drawn.addTo(map)
		return { ...data, drawn }
	}
	siting.list(map, read())
}
