/* Outlines on a grid become a buffer of numbers, without a canvas. */

/* The first pixel whose centre lies at a place or beyond. */
const pixel = (place, most) => Math.max(0, Math.min(most, Math.ceil(place - 0.5)))

/* Fill `ids` with 1 + the number of each shape in `rows`, later ones on top: even-odd, by the centre of a pixel. What is
   too small for that takes a square of `side` pixels in the end; what is wider and higher than `wide` gets a 1 in
   `large`. `flips` has where a row of pixels enters or leaves an outline, 0 before and after. */
const raster = ({ x, y, ring, shape, box }, rows, view, side = 1) => {
	const { ids, flips, width, height, scale, left, top, large, wide } = view
	const small = []
	const least = (side + 2) / 2
	for (const i of rows) {
		const west = scale * box[4 * i] + left
		const north = scale * box[4 * i + 1] + top
		const east = scale * box[4 * i + 2] + left
		const south = scale * box[4 * i + 3] + top
		if (west > east || east < 0 || south < 0 || west >= width || north >= height) continue
		large[i + 1] = east - west > wide && south - north > wide
		if (east - west < least && south - north < least) {
			small.push(i + 1, Math.round((west + east - side) / 2), Math.round((north + south - side) / 2))
			continue
		}
		const first = pixel(west, width)
		const last = pixel(east, width)
		for (let r = shape[i]; r < shape[i + 1]; r++) {
			let ax = scale * x[ring[r + 1] - 1] + left
			let ay = scale * y[ring[r + 1] - 1] + top
			for (let v = ring[r]; v < ring[r + 1]; v++) {
				const bx = scale * x[v] + left
				const by = scale * y[v] + top
				const end = pixel(Math.max(ay, by), height)
				const slope = (bx - ax) / (by - ay)
				for (let row = pixel(Math.min(ay, by), height); row < end; row++) {
					const column = Math.max(first, Math.ceil(ax + (row + 0.5 - ay) * slope - 0.5))
					if (column < last) flips[row * width + column] ^= 1
				}
				ax = bx
				ay = by
			}
		}
		const end = pixel(south, height)
		for (let row = pixel(north, height); row < end; row++) {
			let inside = 0
			for (let p = row * width + first; p < row * width + last; p++) {
				inside ^= flips[p]
				flips[p] = 0
				if (inside) ids[p] = i + 1
			}
		}
	}
	for (let k = 0; k < small.length; k += 3) {
		const [id, west, north] = [small[k], small[k + 1], small[k + 2]]
		for (let row = Math.max(0, north); row < Math.min(height, north + side); row++)
			for (let column = Math.max(0, west); column < Math.min(width, west + side); column++)
				ids[row * width + column] = id
	}
}

/* table[id], or hatch[id] on every eighth diagonal; darker where a large one ends. */
const paint = ({ ids, pixels, width, height, large }, table, hatch) => {
	for (let row = 0, p = 0; row < height; row++) {
		const below = row + 1 < height ? width : 0
		for (let column = 0; column < width; column++, p++) {
			const id = ids[p]
			let colour = (column + row) & 7 ? table[id] : hatch[id]
			if (large[id] && ((column + 1 < width && ids[p + 1] !== id) || ids[p + below] !== id))
				colour = (colour & 0xff000000) | ((colour >>> 1) & 0x7f7f7f)
			pixels[p] = colour
		}
	}
}
