"use strict";
/* siting: small things that the parts of the page share. Text becomes text nodes, never markup. */
window.siting = window.siting || {};
(function () {
  /* el("p.note", { title: "…", onclick() {…}, style: {…} }, children): classes get the prefix "siting-". */
  function el(what, attributes, ...children) {
    const [tag, ...classes] = what.split(".");
    const made = document.createElement(tag);
    if (classes.length) made.className = classes.map((name) => `siting-${name}`).join(" ");
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "style") Object.assign(made.style, value);
      else if (typeof value === "function") made.addEventListener(name.slice(2), value);
      else if (value || value === 0 || value === "") made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat(3).filter((child) => child || child === 0));
    return made;
  }

  /* A heading that opens and closes what belongs to it. */
  const fold = (title, open, ...children) =>
    el("details.fold", { open }, el("summary", {}, el("h2", {}, title)), el("div", {}, children));

  const box = (checked, onchange, ...label) =>
    el("label.switch", {}, el("input", { type: "checkbox", checked, onchange: (event) => onchange(event.target.checked) }), label);

  const swatch = (style, more) => el(`i.swatch${more || ""}`, { style });

  const whole = new Intl.NumberFormat("en-US");
  const count = (number) => whole.format(number);
  const points = (number) => (Number.isFinite(number) ? number.toFixed(1) : "–");
  const percent = (share, places = 0) => `${(100 * share).toFixed(places)} %`;

  function signed(number, places) {
    if (!Number.isFinite(number)) return "–";
    const text = Math.abs(number).toFixed(places);
    return Number(text) === 0 ? "0" : (number > 0 ? "+" : "−") + text;
  }

  /* Colours at equal steps of a palette from low to high, as "#rrggbb". */
  const VIRIDIS = ["#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
  const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
  function steps(number, palette = VIRIDIS) {
    return Array.from({ length: number }, (_, k) => {
      const at = number > 1 ? (k / (number - 1)) * (palette.length - 1) : 0.6 * (palette.length - 1);
      const low = Math.min(palette.length - 2, Math.floor(at));
      const [from, to] = [channels(palette[low]), channels(palette[low + 1])];
      return `#${from.map((c, j) => Math.round(c + (to[j] - c) * (at - low)).toString(16).padStart(2, "0")).join("")}`;
    });
  }

  /* Twelve that differ in lightness as well as in hue; three strokes tell neighbours apart without colour. */
  const TINTS = {
    blue: "#0072b2", orange: "#e08a00", purple: "#8e4fb0", green: "#009e73", red: "#d03a1c", sky: "#56b4e9",
    brown: "#7a4a1e", pink: "#e377c2", ink: "#4a5160", lime: "#7f9a0b", navy: "#2b3a9c", grey: "#9aa3ad",
  };

  Object.assign(siting, { el, fold, box, swatch, count, points, percent, signed, steps, channels, TINTS });
})();
