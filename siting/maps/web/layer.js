/* siting: the parcels of a model on a Leaflet map.

   const layer = siting.parcelLayer(map, model)      draws itself; layer.at(containerPoint) -> row or -1
   layer.colourBy({colours: ["#rrggbb"], of(row), out(row)})   the class of an admitted parcel, and of another one (-1, or no
                              out: as its status is drawn); returns how many parcels each class has
   layer.refresh()            after model.setState: colours anew (never rasters), pins anew; returns the same
   layer.show({excluded, site})   which of the others are drawn;  layer.only(mask)  Uint8Array, the rest fades; null: all
   layer.mark({hover, selected, pinned: [rows]})      outlines on the second canvas; what is left out stays
   layer.onHover(call(row, point)), layer.onPick(call(row))   row -1: none
   layer.bounds(row), layer.fit()   -> L.LatLngBounds; shows the admitted
   await layer.png()          a Blob of the parcels as drawn, encoded from the buffer
   layer.timing               {raster, paint} in ms, of the last ones */
(function () {
  const { ADMITTED, SITE, EXCLUDED } = siting;
  const PADDING = 0.15; // of the map, drawn beyond each edge so that a small pan shows no gap
  const PINS = 10;
  const PIN_PX = 10;
  const BORDERS_FROM_PX = 5; // width of a typical parcel
  const FADED = 0x38000000;

  const ParcelLayer = L.Layer.extend({
    initialize(model) {
      Object.assign(this, { model, marks: { hover: -1, selected: -1, pinned: [] }, shown: { excluded: true, site: true }, mask: null, colouring: { colours: ["#35b779"], of: () => 0 }, timing: {} });
      const { n, study } = model;
      this.rows = Int32Array.from([EXCLUDED, SITE, ADMITTED].flatMap((status) => Array.from({ length: study.counts[["admitted", "site", "excluded"][status]] }, () => status)));
      const next = [n - study.counts.admitted, study.counts.excluded, 0];
      for (let i = 0; i < n; i++) this.rows[next[study.status[i]]++] = i;
      this.table = new Uint32Array(n + 1);
      this.hatch = new Uint32Array(n + 1);
      const { box } = model.shapes;
      const widths = Float64Array.from({ length: Math.min(n, 999) }, (_, k) => { const b = 4 * Math.floor((k * n) / Math.min(n, 999)); return box[b + 2] - box[b]; }).sort();
      this.typical = widths[widths.length >> 1] || 0;
    },

    onAdd(map) {
      this._map = map;
      this._fills = canvasIn(map.getPane("siting-parcels"));
      this._marks = canvasIn(map.getPane("siting-marks"));
      this.refresh();
      this.redraw();
      map.on("click", (event) => this._pick && this._pick(this.at(event.containerPoint)));
      map.on("mousemove", (event) => this._over && this._over(this.at(event.containerPoint), event.containerPoint));
      map.on("mouseout", () => this._over && this._over(-1));
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.refresh());
    },
    onRemove() {
      this._fills.remove();
      this._marks.remove();
    },
    getEvents() {
      return { moveend: this.redraw, viewreset: this.redraw, resize: this.redraw, zoomanim: this._animate };
    },
    onHover(call) {
      this._over = call;
    },
    onPick(call) {
      this._pick = call;
    },

    colourBy(colouring) {
      this.colouring = colouring;
      return this.refresh();
    },
    refresh() {
      const { model, table, hatch, mask } = this;
      const { colours, of, out } = this.colouring;
      const css = getComputedStyle(this._map.getContainer());
      const ink = (name) => abgr(css.getPropertyValue(name).trim());
      const plain = { [SITE]: ink("--siting-site"), [EXCLUDED]: ink("--siting-excluded") };
      const line = ink("--siting-hatch");
      const inks = colours.map(abgr);
      const counts = new Uint32Array(colours.length);
      for (let i = 0; i < model.n; i++) {
        const status = model.status[i];
        const k = status === ADMITTED ? of(i) : out ? out(i) : -1;
        const faded = mask && !mask[i];
        if (k >= 0 && !faded) counts[k]++;
        let colour = k < 0 ? plain[status] : inks[k];
        if ((status === EXCLUDED && !this.shown.excluded) || (status === SITE && !this.shown.site)) colour = 0;
        if (faded && colour) colour = (colour & 0xffffff) | FADED;
        table[i + 1] = colour;
        hatch[i + 1] = status === EXCLUDED && colour && !faded ? line : colour;
      }
      this._paint();
      this.paintMarks();
      return counts;
    },
    show(what) {
      Object.assign(this.shown, what);
      this.refresh();
    },
    only(mask) {
      this.mask = mask;
      this.refresh();
    },
    mark(what) {
      const { marks } = this;
      if (Object.keys(what).every((name) => marks[name] === what[name])) return;
      Object.assign(marks, what);
      this.paintMarks();
    },

    /* The parcel at a point of the map's container, or -1. Pins come first. */
    at(point) {
      const pin = this._placed && this._placed.find((p) => Math.hypot(p.x - point.x, p.y - point.y) <= PIN_PX);
      if (pin) return pin.row;
      const view = this._view;
      if (!view || !this._ids) return -1;
      const shift = this._map.layerPointToContainerPoint(L.DomUtil.getPosition(this._fills));
      const x = Math.floor((point.x - shift.x) * view.dense), y = Math.floor((point.y - shift.y) * view.dense);
      if (x < 0 || y < 0 || x >= view.width || y >= view.height) return -1;
      const id = this._ids[y * view.width + x];
      return id && this.table[id] ? id - 1 : -1;
    },
    bounds(row) {
      const box = this.model.box(row);
      return box && this._latLngBounds(box);
    },
    _latLngBounds([west, north, east, south]) {
      const corner = (x, y) => L.latLng(siting.latitude(y), x * 360 - 180);
      return L.latLngBounds(corner(west, north), corner(east, south));
    },
    fit() {
      const { model } = this;
      const { box, west, north, step } = model.shapes;
      const all = [Infinity, Infinity, -Infinity, -Infinity];
      const rows = model.order.length ? model.order : this.rows;
      for (const i of rows) {
        const b = 4 * i;
        if (box[b] > box[b + 2]) continue;
        all[0] = Math.min(all[0], box[b]);
        all[1] = Math.min(all[1], box[b + 1]);
        all[2] = Math.max(all[2], box[b + 2]);
        all[3] = Math.max(all[3], box[b + 3]);
      }
      if (!Number.isFinite(all[0])) return this._map.setView([0, 0], 2, { animate: false });
      const at = [west + all[0] * step, north + all[1] * step, west + all[2] * step, north + all[3] * step];
      return this._map.fitBounds(this._latLngBounds(at), { animate: false, padding: [14, 14], maxZoom: 16 });
    },

    redraw() {
      const map = this._map;
      const size = map.getSize();
      if (!size.x || !size.y || map._animatingZoom) return;
      const start = performance.now();
      const dense = Math.min(2, window.devicePixelRatio || 1);
      const pad = size.multiplyBy(PADDING).round();
      const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1)).round();
      this._zoom = map.getZoom();
      this._corner = map.layerPointToLatLng(corner);
      const origin = map.getPixelOrigin().add(corner);
      const world = 256 * 2 ** this._zoom;
      const width = Math.round((size.x + 2 * pad.x) * dense), height = Math.round((size.y + 2 * pad.y) * dense);
      const { west, north, step } = this.model.shapes;
      this._view = { dense, width, height, scale: step * world * dense, left: (west * world - origin.x) * dense, top: (north * world - origin.y) * dense, pad };
      for (const canvas of [this._fills, this._marks]) {
        if (canvas.width !== width) canvas.width = width;
        if (canvas.height !== height) canvas.height = height;
        canvas.style.width = `${width / dense}px`;
        canvas.style.height = `${height / dense}px`;
        L.DomUtil.setTransform(canvas, corner, 1);
        L.DomUtil.setPosition(canvas, corner);
      }
      if (!this._ids || this._ids.length !== width * height) {
        this._ids = new Int32Array(width * height);
        this._image = this._fills.getContext("2d").createImageData(width, height);
        this._pixels = new Uint32Array(this._image.data.buffer);
      } else this._ids.fill(0);
      const { scale, left, top } = this._view;
      siting.raster(this.model.shapes, this.rows, this._ids, width, height, scale, left, top);
      this._specks(this._view);
      this.timing.raster = performance.now() - start;
      this._paint();
      this.paintMarks();
      this.timing.redraw = performance.now() - start;
    },
    /* Ranked parcels too small to be seen take a square of three pixels of the page. */
    _specks({ width, height, scale, left, top, dense }) {
      const { box } = this.model.shapes;
      const wide = Math.round(1.5 * dense);
      for (const i of this.rows.subarray(this.rows.length - this.model.study.counts.admitted)) {
        const b = 4 * i;
        if (box[b] > box[b + 2] || scale * (box[b + 2] - box[b]) >= 2 * dense || scale * (box[b + 3] - box[b + 1]) >= 2 * dense) continue;
        const x = Math.floor(scale * ((box[b] + box[b + 2]) / 2) + left), y = Math.floor(scale * ((box[b + 1] + box[b + 3]) / 2) + top);
        for (let row = Math.max(0, y - wide + 1); row < Math.min(height, y + wide); row++) {
          if (x >= wide && x + wide < width) this._ids.fill(i + 1, row * width + x - wide + 1, row * width + x + wide);
        }
      }
    },
    _animate(event) {
      const scale = this._map.getZoomScale(event.zoom, this._zoom);
      const corner = this._map._latLngToNewLayerPoint(this._corner, event.zoom, event.center);
      for (const canvas of [this._fills, this._marks]) L.DomUtil.setTransform(canvas, corner, scale);
    },
    _paint() {
      if (!this._ids) return;
      const start = performance.now();
      const { width, height, scale, dense } = this._view;
      siting.paint(this._ids, this._pixels, width, height, this.table, this.hatch, this.typical * scale > BORDERS_FROM_PX * dense);
      this._fills.getContext("2d").putImageData(this._image, 0, 0);
      this.timing.paint = performance.now() - start;
    },
    png() {
      return siting.png(new Uint8Array(this._pixels.buffer), this._view.width, this._view.height);
    },

    /* Pins of the best, and outlines of the parcels under the pointer, selected and pinned. */
    paintMarks() {
      const view = this._view;
      if (!view) return;
      const paper = this._marks.getContext("2d");
      paper.setTransform(1, 0, 0, 1, 0, 0);
      paper.clearRect(0, 0, view.width, view.height);
      paper.setTransform(view.dense, 0, 0, view.dense, 0, 0);
      paper.lineJoin = "round";
      paper.textAlign = "center";
      paper.textBaseline = "middle";
      const { hover, selected, pinned } = this.marks;
      const outline = (shapes, i, width, colour) => {
        trace(paper, shapes, i, this._at(shapes));
        for (const [ink, wide] of [["#fff", width + 2.5], [colour, width]]) {
          paper.strokeStyle = ink;
          paper.lineWidth = wide;
          paper.stroke();
        }
      };
      for (const i of pinned) outline(this.model.shapes, i, 2.5, "#7a2fb5");
      if (hover >= 0) outline(this.model.shapes, hover, 2, "#111");
      if (selected >= 0) outline(this.model.shapes, selected, 3.5, "#d6006c");
      this._paintPad(paper, view, outline);
      this._paintPins(paper, view);
    },
    /* Grid to pixels of the page. */
    _at({ west, north, step }) {
      const { dense, scale, left, top } = this._view;
      const own = this.model.shapes;
      const world = scale / own.step;
      return { scale: (step * world) / dense, left: (left + (west - own.west) * world) / dense, top: (top + (north - own.north) * world) / dense };
    },
    _paintPad(paper, view, outline) {
      const pads = this.model.details_ && this.model.details_.pads;
      const i = this.marks.selected;
      if (i < 0 || !pads || pads.shape[i] === pads.shape[i + 1]) return;
      const { scale, left, top } = this._at(pads);
      const [west, , east, south] = pads.box.subarray(4 * i, 4 * i + 4);
      const wide = (east - west) * scale;
      if (wide < 14) return;
      paper.setLineDash([6, 3]);
      outline(pads, i, 1.8, "#111");
      paper.setLineDash([]);
      if (wide < 24) return;
      const label = this.model.about.pad;
      paper.font = "600 12px system-ui, sans-serif";
      const half = paper.measureText(label).width / 2 + view.pad.x + 6;
      const x = Math.max(half, Math.min(view.width / view.dense - half, ((west + east) / 2) * scale + left));
      const y = south * scale + top + 14;
      paper.strokeStyle = "#fff";
      paper.lineWidth = 4;
      paper.strokeText(label, x, y);
      paper.fillStyle = "#111";
      paper.fillText(label, x, y);
    },
    _paintPins(paper, view) {
      const { model, marks } = this;
      const { scale, left, top } = this._at(model.shapes);
      this._placed = [];
      paper.font = "700 11px system-ui, sans-serif";
      const best = [...model.order.subarray(0, PINS)];
      const first = best.includes(marks.selected) ? [marks.selected] : []; // where two would overlap, it stays
      for (const row of new Set([...first, ...best])) {
        const inside = siting.insideOf(model.shapes, row);
        if (!inside) continue;
        const x = inside[0] * scale + left, y = inside[1] * scale + top;
        const at = { row, x: x - view.pad.x, y: y - view.pad.y };
        if (this._placed.some((other) => Math.hypot(other.x - at.x, other.y - at.y) < 2 * PIN_PX)) continue;
        this._placed.push(at);
        paper.beginPath();
        paper.arc(x, y, PIN_PX, 0, 2 * Math.PI);
        paper.fillStyle = row === marks.selected ? "#d6006c" : "#14213d";
        paper.fill();
        paper.lineWidth = 2;
        paper.strokeStyle = "#fff";
        paper.stroke();
        paper.fillStyle = "#fff";
        paper.fillText(String(model.rank[row]), x, y + 0.5);
      }
    },
  });

  /* "#rrggbb" or "rgb(r, g, b)" as a pixel. */
  function abgr(css) {
    const parts = css.startsWith("#") ? [1, 3, 5].map((k) => parseInt(css.slice(k, k + 2), 16)) : css.match(/\d+/g).map(Number);
    return (0xff000000 | (parts[2] << 16) | (parts[1] << 8) | parts[0]) >>> 0;
  }
  function canvasIn(pane) {
    const canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", pane);
    canvas.setAttribute("aria-hidden", "true");
    return canvas;
  }
  function trace(paper, { x, y, ring, shape }, i, { scale, left, top }) {
    paper.beginPath();
    for (let r = shape[i]; r < shape[i + 1]; r++) {
      for (let v = ring[r]; v < ring[r + 1]; v++) {
        if (v === ring[r]) paper.moveTo(x[v] * scale + left, y[v] * scale + top);
        else paper.lineTo(x[v] * scale + left, y[v] * scale + top);
      }
      paper.closePath();
    }
  }

  function parcelLayer(map, model) {
    siting.panes(map);
    const layer = new ParcelLayer(model);
    layer._map = map; // so that it can fit the map before it is drawn the first time
    map.siting = { model, layer };
    return layer;
  }

  Object.assign(siting, { parcelLayer, ParcelLayer });
})();
