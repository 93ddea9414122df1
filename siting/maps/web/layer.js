/* The parcels of a model on a map. layer.refresh() paints anew and counts the classes: layer.colouring is
   {colours, of(row): the class of an admitted parcel, out(row): of another, -1: as its status}; mask: 0 fades. */
const [PINS, PIN_PX] = [10, 10]
const BORDERS_FROM_PX = 5 // width and height of a parcel
const [INK, PICKED, PINNED] = ["#111", "#d6006c", "#7a2fb5"]

const parcelLayer = (map, model) => {
	const sheet = sheetOf(map)
	const { n, study, shapes } = model
	const [table, hatch] = [0, 1].map(() => new Uint32Array(n + 1)) // pixel by 1 + row
	const marks = { hover: -1, selected: -1, pinned: [] }
	const pins = []
	const order = [[], [], []] // the admitted on top
	study.status.forEach((status, i) => order[2 - status].push(i))
	let view, painted

	function refresh() {
		const { mask, shown, colouring } = layer
		const { colours, of, out = () => -1 } = colouring
		const css = getComputedStyle(map.getContainer())
		const ink = name => abgr(css.getPropertyValue(`--siting-${name}`).trim())
		const plain = [1, shown.site && ink("site"), shown.excluded && ink("excluded")]
		const line = ink("hatch")
		const inks = colours.map(abgr)
		const counts = new Uint32Array(colours.length)
		for (let i = 0; i < n; i++) {
			const status = model.status[i]
			const faded = mask && !mask[i]
			const k = status === ADMITTED ? of(i) : out(i)
			if (k >= 0 && !faded) counts[k]++
			let colour = plain[status] && k >= 0 ? inks[k] : plain[status]
			if (faded && colour) colour = (colour & 0xffffff) | 0x38000000
			table[i + 1] = colour
			hatch[i + 1] = status === EXCLUDED && colour && !faded ? line : colour
		}
		painted = true
		repaint()
		sheet.draw("marks")
		return counts
	}

	/* The parcel at a point, or -1; pins come first. */
	function at(point) {
		const pin = pins.find(one => point.distanceTo(one) <= PIN_PX)
		if (pin || !view) return pin?.row ?? -1
		const { x, y } = point.subtract(map.layerPointToContainerPoint(view.corner)).multiplyBy(view.dense)._floor()
		const id = x >= 0 && x < view.width && y >= 0 && view.ids[y * view.width + x]
		return id && table[id] ? id - 1 : -1
	}

	/* The corners around a parcel; null without an outline. */
	function bounds(row) {
		const [west, north, east, south] = shapes.box.subarray(4 * row)
		return west > east ? null : [degrees(shapes, west, north), degrees(shapes, east, south)]
	}

	function redraw(pen, now) {
		const { width, height, dense } = now
		if (view?.width !== width || view.height !== height) {
			const image = pen.createImageData(width, height)
			const pixels = new Uint32Array(image.data.buffer)
			const ids = new Int32Array(width * height)
			view = { image, pixels, ids, flips: new Uint8Array(width * height), large: new Uint8Array(n + 1) }
		}
		layer.view = Object.assign(view, now, sheet.place(shapes, dense), { pen, wide: BORDERS_FROM_PX * dense })
		view.ids.fill(0)
		const sides = [1, 1, 2 * Math.round(1.5 * dense) - 1] // of what is smaller than a pixel
		order.forEach((rows, k) => raster(shapes, rows, view, sides[k]))
		repaint()
	}

	function repaint() {
		if (!view || !painted) return
		paint(view, table, hatch)
		view.pen.putImageData(view.image, 0, 0)
	}

	function paintMarks(pen) {
		const { hover, selected, pinned } = marks
		if (!painted) return
		const outline = (i, width, strokeStyle, grid = shapes) => {
			pen.beginPath()
			sheet.trace(pen, grid, i)
			Object.assign(pen, { strokeStyle: "#fff", lineWidth: width + 2.5, lineJoin: "round" }).stroke()
			Object.assign(pen, { strokeStyle, lineWidth: width }).stroke()
		}
		for (const i of pinned) outline(i, 2.5, PINNED)
		if (hover >= 0) outline(hover, 2, INK)
		if (selected >= 0) outline(selected, 3.5, PICKED)
		pen.setLineDash([6, 3])
		if (selected >= 0 && model.details_?.pads) outline(selected, 1.8, INK, model.details_.pads)
		pen.setLineDash([])
		paintPins(pen)
	}

	function paintPins(pen) {
		const { scale, left, top } = sheet.place(shapes)
		const best = [...model.order.subarray(0, PINS)].filter(row => model.spot(row))
		pins.length = 0
		Object.assign(pen, { font: "700 11px system-ui", textAlign: "center", textBaseline: "middle" })
		for (const row of best) {
			const [x, y] = model.spot(row)
			const spot = L.point(scale * x + left, scale * y + top)
			const pin = Object.assign(spot.subtract(sheet.view.pad), { row })
			if (pins.some(other => pin.distanceTo(other) < 2 * PIN_PX)) continue
			pins.push(pin)
			pen.beginPath()
			pen.arc(spot.x, spot.y, PIN_PX, 0, 7)
			const fillStyle = row === marks.selected ? PICKED : "#14213d"
			Object.assign(pen, { fillStyle, lineWidth: 2, strokeStyle: "#fff" }).fill()
			pen.stroke()
			pen.fillStyle = "#fff"
			pen.fillText(model.rank[row], spot.x, spot.y + 0.5)
		}
	}

	const turn = on => {
		sheet.turn(on, "parcels", redraw)
		sheet.turn(on, "marks", paintMarks)
	}
	const layer = Object.assign(new L.Layer(), {
		...{ table, hatch, pins, at, bounds, refresh, mask: null, shown: { site: true, excluded: true } },
		colouring: { colours: ["#35b779"], of: () => 0 },
		onAdd() {
			map.fitBounds(model.bounds, { animate: false, padding: [14, 14], maxZoom: 16 }) // first: outlines are drawn once
			turn(true)
		},
		onRemove: () => turn(false),
		mark(what) {
			if (Object.keys(what).every(name => marks[name] === what[name])) return
			Object.assign(marks, what)
			sheet.draw("marks")
		}
	})
	map.siting = { model, layer }
	window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh)
	return layer
}

/* "#rrggbb" as a pixel. */
function abgr(css) {
	const rgb = parseInt(css.slice(1), 16)
	return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0
}
