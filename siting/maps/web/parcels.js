/* siting: parcels on a canvas, one path a parcel, and marks (pins, hover, selection) on a second one. */
(function () {
  const HIDDEN = 255;
  const EXCLUDED = 0;
  const SITE = 1;
  const FIRST_CLASS = 2;
  const PADDING = 0.15; // of the map, drawn beyond each edge so that a small pan shows no gap
  const PINS = 10;
  const PIN_PX = 10;

  const ParcelCanvas = L.Layer.extend({
    /* shapes: from shapesOf; look: Uint8Array, how each parcel is drawn; colours: of the classes;
       top: the parcels that get a pin, best first; rank: what the pin says;
       points: a point inside each parcel, in the world square;
       pad: { outlines, label } of the pads, which show for the selected parcel. */
    initialize(shapes, look, colours, top, rank, points, pad) {
      Object.assign(this, { pad, shapes, look, colours, rank, points, pins: top.slice(0, PINS), hover: -1, selected: -1 });
      this.order = drawingOrder(look);
      this.shown = { excluded: true, site: true };
    },

    onAdd(map) {
      this._map = map;
      this._fills = canvasIn(map.getPane("siting-parcels"));
      this._marks = canvasIn(map.getPane("siting-marks"));
      this.redraw();
    },
    onRemove() {
      this._fills.remove();
      this._marks.remove();
    },
    getEvents() {
      return { moveend: this.redraw, viewreset: this.redraw, resize: this.redraw, zoomanim: this._animate };
    },

    /* Show or hide "excluded" or "site" parcels. */
    toggle(what, on) {
      this.shown[what] = on;
      this.redraw();
    },

    isShown(i) {
      const look = this.look[i];
      if (look === EXCLUDED) return this.shown.excluded;
      return look === SITE ? this.shown.site : look !== HIDDEN;
    },

    /* The parcel at a point of the map's container, or -1. Pins come first. */
    at(point) {
      const pin = this._placed ? this._placed.find((p) => Math.hypot(p.x - point.x, p.y - point.y) <= PIN_PX) : null;
      if (pin) return pin.parcel;
      const where = this._map.project(this._map.containerPointToLatLng(point), 0).divideBy(256);
      const { box } = this.shapes;
      for (let k = this.order.length - 1; k >= 0; k--) {
        const i = this.order[k];
        const b = 4 * i;
        if (where.x < box[b] || where.x > box[b + 2] || where.y < box[b + 1] || where.y > box[b + 3]) continue;
        if (this.isShown(i) && holds(this.shapes, i, where.x, where.y)) return i;
      }
      return -1;
    },

    bounds(i) {
      const b = this.shapes.box.subarray(4 * i, 4 * i + 4);
      const corner = (x, y) => this._map.unproject(L.point(x, y).multiplyBy(256), 0);
      return L.latLngBounds(corner(b[0], b[1]), corner(b[2], b[3]));
    },

    redraw() {
      const map = this._map;
      const size = map.getSize();
      if (!size.x || !size.y || map._animatingZoom) return;
      const pad = size.multiplyBy(PADDING).round();
      const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1));
      this._zoom = map.getZoom();
      this._corner = map.layerPointToLatLng(corner);
      const dense = Math.min(2, window.devicePixelRatio || 1);
      const origin = map.project(this._corner, this._zoom);
      this._view = { pad, dense, scale: 256 * 2 ** this._zoom, x: origin.x, y: origin.y, width: size.x + 2 * pad.x, height: size.y + 2 * pad.y };
      for (const canvas of [this._fills, this._marks]) {
        canvas.width = Math.round(this._view.width * dense);
        canvas.height = Math.round(this._view.height * dense);
        canvas.style.width = `${this._view.width}px`;
        canvas.style.height = `${this._view.height}px`;
        L.DomUtil.setTransform(canvas, corner, 1);
      }
      this._paintParcels();
      this.paintMarks();
    },

    _animate(event) {
      const scale = this._map.getZoomScale(event.zoom, this._zoom);
      const corner = this._map._latLngToNewLayerPoint(this._corner, event.zoom, event.center);
      for (const canvas of [this._fills, this._marks]) L.DomUtil.setTransform(canvas, corner, scale);
    },

    _paintParcels() {
      const { scale, x, y, width, height, dense } = this._view;
      const { box } = this.shapes;
      const paper = this._fills.getContext("2d");
      paper.setTransform(dense, 0, 0, dense, 0, 0);
      paper.clearRect(0, 0, width, height);
      const inks = this._inks(paper);
      for (const i of this.order) {
        if (!this.isShown(i)) continue;
        const b = 4 * i;
        const west = box[b] * scale - x, north = box[b + 1] * scale - y;
        const east = box[b + 2] * scale - x, south = box[b + 3] * scale - y;
        if (east < 0 || south < 0 || west > width || north > height) continue;
        const ink = inks[this.look[i]];
        const large = Math.max(east - west, south - north);
        if (large < ink.dot) {
          paper.fillStyle = ink.flat;
          paper.fillRect((west + east - ink.dot) / 2, (north + south - ink.dot) / 2, ink.dot, ink.dot);
          continue;
        }
        paper.fillStyle = large < 9 ? ink.flat : ink.fill;
        trace(paper, this.shapes, i, this._view);
        paper.fill("evenodd");
        if (large > ink.from) {
          paper.strokeStyle = ink.line;
          paper.lineWidth = ink.width;
          paper.stroke();
        }
      }
    },

    /* How each look is drawn; "dot" is the least size in pixels at which a parcel still shows. */
    _inks(paper) {
      if (this._inksOf === paper) return this._inksMade;
      const css = getComputedStyle(this._map.getContainer());
      const colour = (name) => css.getPropertyValue(name).trim();
      const plain = (dot, name, fill) => ({ dot, flat: colour(name), fill, line: colour(`${name}-line`), from: 5, width: 0.6 });
      const inks = [
        plain(1, "--siting-excluded", hatched(paper, colour("--siting-excluded"), colour("--siting-hatch"))),
        plain(1, "--siting-site", colour("--siting-site")),
      ];
      for (const flat of this.colours) inks.push({ dot: 3, flat, fill: flat, line: colour("--siting-edge"), from: 4, width: 0.8 });
      this._inksOf = paper;
      return (this._inksMade = inks);
    },

    /* Pins of the best, and outlines of the parcels under the pointer and selected. */
    paintMarks() {
      const view = this._view;
      if (!view) return;
      const paper = this._marks.getContext("2d");
      paper.setTransform(view.dense, 0, 0, view.dense, 0, 0);
      paper.clearRect(0, 0, view.width, view.height);
      for (const [i, width] of [[this.hover, 2], [this.selected, 3.5]]) {
        if (i < 0) continue;
        trace(paper, this.shapes, i, view);
        paper.lineJoin = "round";
        paper.strokeStyle = "#fff";
        paper.lineWidth = width + 2.5;
        paper.stroke();
        paper.strokeStyle = i === this.selected ? "#d6006c" : "#111";
        paper.lineWidth = width;
        paper.stroke();
      }
      this._paintPad(paper, view);
      this._paintPins(paper, view);
    },

    _paintPad(paper, view) {
      const { outlines, label } = this.pad || {};
      const i = this.selected;
      if (i < 0 || !outlines || outlines.shape[i] === outlines.shape[i + 1]) return;
      const [west, , east, south] = outlines.box.subarray(4 * i, 4 * i + 4);
      const wide = (east - west) * view.scale;
      if (wide < 14) return;
      trace(paper, outlines, i, view);
      paper.fillStyle = "rgba(255, 255, 255, 0.35)";
      paper.fill();
      paper.setLineDash([]);
      paper.strokeStyle = "#fff";
      paper.lineWidth = 4;
      paper.stroke();
      paper.setLineDash([6, 3]);
      paper.strokeStyle = "#111";
      paper.lineWidth = 1.8;
      paper.stroke();
      paper.setLineDash([]);
      if (wide < 24) return;
      paper.font = "600 12px system-ui, sans-serif";
      const half = paper.measureText(label).width / 2 + view.pad.x + 6;
      const x = Math.max(half, Math.min(view.width - half, ((west + east) / 2) * view.scale - view.x));
      const y = south * view.scale - view.y + 14;
      paper.textAlign = "center";
      paper.textBaseline = "middle";
      paper.lineJoin = "round";
      paper.strokeStyle = "#fff";
      paper.lineWidth = 4;
      paper.strokeText(label, x, y);
      paper.fillStyle = "#111";
      paper.fillText(label, x, y);
    },

    _paintPins(paper, view) {
      this._placed = [];
      paper.font = "700 11px system-ui, sans-serif";
      paper.textAlign = "center";
      paper.textBaseline = "middle";
      const first = this.pins.includes(this.selected) ? [this.selected] : []; // where two would overlap, it stays
      for (const parcel of new Set([...first, ...this.pins])) {
        const x = this.points.x[parcel] * view.scale - view.x;
        const y = this.points.y[parcel] * view.scale - view.y;
        const at = { parcel, x: x - view.pad.x, y: y - view.pad.y };
        if (this._placed.some((other) => Math.hypot(other.x - at.x, other.y - at.y) < 2 * PIN_PX)) continue;
        this._placed.push(at);
        paper.beginPath();
        paper.arc(x, y, PIN_PX, 0, 2 * Math.PI);
        paper.fillStyle = parcel === this.selected ? "#d6006c" : "#14213d";
        paper.fill();
        paper.lineWidth = 2;
        paper.strokeStyle = "#fff";
        paper.stroke();
        paper.fillStyle = "#fff";
        paper.fillText(String(this.rank[parcel]), x, y + 0.5);
      }
    },
  });

  function canvasIn(pane) {
    const canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", pane);
    canvas.setAttribute("aria-hidden", "true");
    return canvas;
  }

  /* Excluded parcels first, the best class last, so that the best lie on top. */
  function drawingOrder(look) {
    const order = [...look.keys()].filter((i) => look[i] !== HIDDEN);
    return Int32Array.from(order.sort((a, b) => look[a] - look[b] || a - b));
  }

  function trace(paper, shapes, i, view) {
    paper.beginPath();
    for (let r = shapes.shape[i]; r < shapes.shape[i + 1]; r++) {
      for (let v = shapes.ring[r]; v < shapes.ring[r + 1]; v++) {
        const x = shapes.x[v] * view.scale - view.x;
        const y = shapes.y[v] * view.scale - view.y;
        if (v === shapes.ring[r]) paper.moveTo(x, y);
        else paper.lineTo(x, y);
      }
      paper.closePath();
    }
  }

  /* Whether shape i holds a point of the world square (even-odd). */
  function holds(shapes, i, x, y) {
    let inside = false;
    for (let r = shapes.shape[i]; r < shapes.shape[i + 1]; r++) {
      let last = shapes.ring[r + 1] - 1;
      for (let v = shapes.ring[r]; v < shapes.ring[r + 1]; last = v++) {
        const [ay, by] = [shapes.y[v], shapes.y[last]];
        if (ay > y !== by > y && x < ((shapes.x[last] - shapes.x[v]) * (y - ay)) / (by - ay) + shapes.x[v]) inside = !inside;
      }
    }
    return inside;
  }

  function hatched(paper, ground, line) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 7;
    const pen = tile.getContext("2d");
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 7, 7);
    pen.strokeStyle = line;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const shift of [-7, 0, 7]) {
      pen.moveTo(shift, 7);
      pen.lineTo(shift + 7, 0);
    }
    pen.stroke();
    return paper.createPattern(tile, "repeat");
  }

  Object.assign(siting, { ParcelCanvas, HIDDEN, EXCLUDED, SITE, FIRST_CLASS });
})();
