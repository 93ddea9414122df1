"use strict";
/* siting: reading what Python packed, and small things that the other parts share. */
window.siting = (function () {
  /* Base64 of gzip of JSON, as siting/maps/encode.py writes it. */
  async function unpack(text) {
    if (typeof DecompressionStream === "undefined") {
      throw new Error("This browser cannot unpack the map. Chrome 80, Firefox 113, Safari 16.4 or newer can.");
    }
    const binary = atob(text.trim());
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  /* Longitude and latitude in degrees to the square [0, 1] of Web Mercator. */
  function worldX(longitude) {
    return (longitude + 180) / 360;
  }
  function worldY(latitude) {
    return 0.5 - Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI);
  }

  /* Integer deltas to typed arrays: vertices in the world square, where rings and shapes start, boxes. */
  function shapesOf(packed) {
    const count = packed.rings.length;
    const vertices = packed.x.length;
    const shapes = {
      kind: packed.kind,
      count,
      x: new Float64Array(vertices),
      y: new Float64Array(vertices),
      ring: starts(packed.counts),
      shape: starts(packed.rings),
      box: new Float64Array(4 * count),
    };
    for (let i = 0, x = 0, y = 0; i < vertices; i++) {
      x += packed.x[i];
      y += packed.y[i];
      shapes.x[i] = worldX(x / packed.steps);
      shapes.y[i] = worldY(y / packed.steps);
    }
    for (let i = 0; i < count; i++) {
      let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      for (let v = shapes.ring[shapes.shape[i]]; v < shapes.ring[shapes.shape[i + 1]]; v++) {
        west = Math.min(west, shapes.x[v]);
        east = Math.max(east, shapes.x[v]);
        north = Math.min(north, shapes.y[v]);
        south = Math.max(south, shapes.y[v]);
      }
      shapes.box.set([west, north, east, south], 4 * i);
    }
    return shapes;
  }

  function starts(counts) {
    const offsets = new Int32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) offsets[i + 1] = offsets[i] + counts[i];
    return offsets;
  }

  /* Row i of a table of texts. */
  function textAt(column, i) {
    return column.table[column.index[i]];
  }
  /* Row i of a table of lists of texts. */
  function listAt(column, i) {
    const text = textAt(column.lists, i);
    return text === "" ? [] : text.split("\n");
  }

  /* An element; children that are text become text nodes, never markup. */
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  /* Viridis, from low to high, as a colour-blind reader can order it. */
  const VIRIDIS = ["#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
  function viridis(share) {
    const at = Math.max(0, Math.min(1, share)) * (VIRIDIS.length - 1);
    const low = Math.min(VIRIDIS.length - 2, Math.floor(at));
    const channel = (hex, k) => parseInt(hex.slice(1 + 2 * k, 3 + 2 * k), 16);
    const mixed = [0, 1, 2].map((k) => {
      const from = channel(VIRIDIS[low], k);
      return Math.round(from + (channel(VIRIDIS[low + 1], k) - from) * (at - low));
    });
    return `rgb(${mixed.join(",")})`;
  }

  /* Twelve that differ in lightness as well as in hue; three strokes tell neighbours apart without colour. */
  const TINTS = {
    blue: "#0072b2", orange: "#e08a00", purple: "#8e4fb0", green: "#009e73", red: "#d03a1c", sky: "#56b4e9",
    brown: "#7a4a1e", pink: "#e377c2", ink: "#4a5160", lime: "#7f9a0b", navy: "#2b3a9c", grey: "#9aa3ad",
  };
  const STROKES = ["solid", "dashed", "dotted"];

  const whole = new Intl.NumberFormat("en-US");
  /* Whole tenths, hundredths, ... that Python rounded, as numbers. */
  function shown(column, decimals) {
    return column && column.map((number) => (number === null ? null : number / 10 ** decimals));
  }
  function points(number) {
    return number === null ? "–" : number.toFixed(1);
  }
  function signed(number, decimals) {
    if (number === null) return "–";
    const text = Math.abs(number).toFixed(decimals);
    if (Number(text) === 0) return "0";
    return (number > 0 ? "+" : "−") + text;
  }
  const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  function acres(number) {
    return `${tenths.format(number)} acre`;
  }

  return { unpack, worldX, worldY, shapesOf, textAt, listAt, element, viridis, TINTS, STROKES, shown, whole, points, signed, acres };
})();
