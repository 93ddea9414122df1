/* siting: layers around the parcels; polygons below them, lines and points above. */
(function () {
  const waiting = new WeakMap(); // map -> promises of its context layers, in order

  /* The panes of a map, from below: context areas, parcels, context lines and points, marks. */
  function panes(map) {
    const heights = { "siting-areas": 300, "siting-parcels": 350, "siting-lines": 410, "siting-marks": 450 };
    for (const [name, height] of Object.entries(heights)) {
      if (map.getPane(name)) continue;
      const pane = map.createPane(name);
      pane.style.zIndex = height;
      pane.style.pointerEvents = "none";
    }
  }

  function addContext(map, elementId) {
    panes(map);
    const made = siting.unpack(document.getElementById(elementId).textContent).then((data) => {
      const layer = drawn(map, data);
      if (data.show) layer.addTo(map);
      return { data, layer };
    });
    if (!waiting.has(map)) waiting.set(map, []);
    waiting.get(map).push(made);
  }

  function contextOf(map) {
    return Promise.all(waiting.get(map) || []);
  }

  const DASHES = { line: [null, "9 5", "2 5"], polygon: [null, "6 4", "1.5 4"] };

  function drawn(map, data) {
    const { kind } = data.shapes;
    const colour = siting.TINTS[data.tint];
    const pane = kind === "polygon" ? "siting-areas" : "siting-lines";
    map.sitingInk = map.sitingInk || {};
    const renderer = (map.sitingInk[pane] = map.sitingInk[pane] || L.canvas({ pane, padding: 0.2 }));
    const style = { renderer, pane, interactive: false, color: colour };
    const parts = coordinates(data.shapes);
    const dashArray = DASHES[kind] && DASHES[kind][data.stroke];
    if (kind === "polygon") {
      return L.polygon(parts, { ...style, dashArray, weight: 1.4, opacity: 0.95, fillColor: colour, fillOpacity: 0.07 });
    }
    if (kind === "line") {
      return L.layerGroup([
        L.polyline(parts, { ...style, color: "#fff", weight: 3.6, opacity: 0.75 }),
        L.polyline(parts, { ...style, dashArray, weight: 2, opacity: 1 }),
      ]);
    }
    const rings = [{ color: "#fff", weight: 1.2, fillColor: colour }, { color: "#111", weight: 1.4, fillColor: colour }, { weight: 2.2, fillColor: "#fff" }];
    const dot = { ...style, fillOpacity: 1, radius: 4, ...rings[data.stroke] };
    return L.layerGroup(parts.map((part) => L.circleMarker(part[0], dot)));
  }

  /* Degrees for Leaflet: rings of latitude and longitude, polygons grouped by shape. */
  function coordinates(packed) {
    const rings = [];
    let x = 0, y = 0, v = 0;
    for (const count of packed.counts) {
      const ring = [];
      for (let k = 0; k < count; k++, v++) {
        x += packed.x[v];
        y += packed.y[v];
        ring.push([y / packed.steps, x / packed.steps]);
      }
      rings.push(ring);
    }
    if (packed.kind !== "polygon") return rings;
    let next = 0;
    return packed.rings.map((count) => rings.slice(next, (next += count))).filter((shape) => shape.length);
  }

  Object.assign(siting, { addContext, contextOf, panes });
})();
