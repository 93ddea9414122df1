/* siting: the page: the map between the panel (legend, ranked list, layers) and the card. */
(function () {
  const { element, textAt, points, whole, viridis, EXCLUDED, SITE, HIDDEN, FIRST_CLASS } = siting;
  const PAGE = 50; // rows of the ranked list that are added at a time
  const OPEN_NOTES = 1;

  async function show(map, elementId) {
    const parts = frame(map);
    try {
      const view = await siting.unpack(document.getElementById(elementId).textContent);
      prepare(view);
      siting.panes(map);
      const canvas = new siting.ParcelCanvas(view.outlines, view.look, view.colours, view.ranked, view.rank, view.inside, view.pad);
      const page = new Page(map, parts, view, canvas);
      page.fitAll();
      canvas.addTo(map);
      page.fill(await siting.contextOf(map));
      page.listen();
      parts.busy.remove();
    } catch (error) {
      parts.busy.textContent = `The map could not be drawn. ${error.message}`;
      throw error;
    } finally {
      map.getContainer().dataset.ready = "yes";
    }
  }

  /* The map's container, put between an empty panel and a hidden card. */
  function frame(map) {
    const host = map.getContainer();
    const around = element("div", { class: "siting-frame" });
    const panel = element("section", { class: "siting-panel", "aria-label": "Ranking" });
    const card = element("section", { class: "siting-card", "aria-labelledby": "siting-card-title", hidden: true });
    const busy = element("p", { class: "siting-busy", role: "status" }, "Drawing the parcels …");
    const tip = element("div", { class: "siting-tip", "aria-hidden": "true", hidden: true });
    const live = element("p", { class: "siting-live", "aria-live": "polite" });
    host.replaceWith(around);
    if (map.attributionControl) map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    host.setAttribute("role", "region");
    host.setAttribute("aria-label", "Map of the parcels. Arrow keys move it, plus and minus zoom; the ranked list selects parcels.");
    const middle = element("div", { class: "siting-map" }, host, busy, tip);
    around.append(panel, middle, card, live);
    new ResizeObserver(() => map.invalidateSize({ animate: false, pan: false })).observe(host);
    map.invalidateSize({ animate: false });
    return { around, panel, card, busy, tip, live, host };
  }

  /* What the page works out once from the packed columns. */
  function prepare(view) {
    const count = view.ids.length;
    const steps = view.shapes.steps;
    for (const name of ["score", "low", "high", "central"]) view[name] = siting.shown(view[name], 1);
    view.median = view.median === null ? null : view.median / 10;
    view.change = siting.shown(view.change, 2);
    for (const criterion of view.criteria) criterion.contribution = siting.shown(criterion.contribution, view.decimals);
    view.pad = { label: view.pad, outlines: view.pads && siting.shapesOf(view.pads) };
    view.outlines = siting.shapesOf(view.shapes);
    view.degrees = (i) => [view.points.x[i] / steps, view.points.y[i] / steps];
    view.inside = {
      x: Float64Array.from(view.points.x, (x) => siting.worldX(x / steps)),
      y: Float64Array.from(view.points.y, (y) => siting.worldY(y / steps)),
    };
    view.colours = Array.from({ length: view.cuts.length + 1 }, (_, k) => viridis(view.cuts.length ? k / view.cuts.length : 0.6));
    view.classOf = (score) => view.cuts.filter((cut) => score >= cut).length;
    view.inClass = view.colours.map(() => 0);
    view.counts = { admitted: 0, site: 0, excluded: 0 };
    view.look = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const status = textAt(view.status, i);
      view.counts[status] += 1;
      const k = view.score[i] === null ? 0 : view.classOf(view.score[i]);
      if (status === "admitted") view.inClass[k] += 1;
      view.look[i] = status === "excluded" ? EXCLUDED : status === "site" ? SITE : FIRST_CLASS + k;
      if (view.outlines.shape[i] === view.outlines.shape[i + 1]) view.look[i] = HIDDEN;
    }
    view.admitted = view.counts.admitted;
    view.ranked = [...view.rank.keys()].filter((i) => view.rank[i] > 0).sort((a, b) => view.rank[a] - view.rank[b] || a - b);
  }

  class Page {
    constructor(map, parts, view, canvas) {
      Object.assign(this, { map, parts, view, canvas, listed: 0 });
    }

    fitAll() {
      const { box, count } = this.view.outlines;
      const { ranked } = this.view;
      const all = [Infinity, Infinity, -Infinity, -Infinity];
      for (const i of ranked.length ? ranked : Array(count).keys()) {
        for (const k of [0, 1]) all[k] = Math.min(all[k], box[4 * i + k]);
        for (const k of [2, 3]) all[k] = Math.max(all[k], box[4 * i + k]);
      }
      if (!Number.isFinite(all[0])) return this.map.setView([0, 0], 2, { animate: false });
      const corner = (x, y) => this.map.unproject(L.point(x, y).multiplyBy(256), 0);
      return this.map.fitBounds([corner(all[0], all[1]), corner(all[2], all[3])], { animate: false, padding: [14, 14], maxZoom: 16 });
    }

    fill(context) {
      const panel = this.parts.panel;
      panel.append(this.head(), this.legend(), this.ranking());
      if (context.length) panel.append(this.layers(context));
      const close = element("button", { type: "button", class: "siting-close", "aria-label": "Close the card", onclick: () => this.close() }, "×");
      this.body = element("div", { class: "siting-card-body" });
      this.parts.card.append(close, this.body);
      if (this.view.marking) this.parts.around.append(element("p", { class: "siting-marking" }, this.view.marking));
    }

    head() {
      const { view } = this;
      const { admitted, site, excluded } = view.counts;
      const counts = [`${whole.format(view.ids.length)} parcels`, `${whole.format(admitted)} ranked`];
      if (site) counts.push(`${whole.format(site)} too little alone`);
      counts.push(`${whole.format(excluded)} excluded`);
      return element(
        "header",
        {},
        view.synthetic ? element("p", { class: "siting-synthetic" }, "SYNTHETIC", element("span", {}, " nothing here is real")) : null,
        element("h1", {}, view.title),
        element("p", { class: "siting-counts" }, counts.join(" · ")),
        ...this.notes(),
        admitted ? null : element("p", { class: "siting-note" }, "No parcel is admitted. Click one to see why."),
      );
    }

    /* The first notes stay open; a long row of them folds away. */
    notes() {
      const all = this.view.notes.map((note) => element("p", { class: "siting-note" }, note));
      if (all.length <= OPEN_NOTES + 1) return all;
      const rest = all.splice(OPEN_NOTES);
      return [...all, element("details", {}, element("summary", {}, `${rest.length} more notes`), ...rest)];
    }

    legend() {
      const { view } = this;
      const most = Math.max(1, ...view.inClass);
      const rows = view.colours.map((colour, k) => {
        const low = k === 0 ? null : view.cuts[k - 1];
        const high = k === view.cuts.length ? null : view.cuts[k];
        const text = low === null && high === null ? "ranked" : low === null ? `under ${points(high)}` : high === null ? `${points(low)} or more` : `${points(low)} – ${points(high)}`;
        return legendRow(swatch({ background: colour }), text, view.inClass[k], most);
      });
      return element(
        "section",
        { class: "siting-legend" },
        element("h2", {}, "Score"),
        element("ul", {}, ...rows.reverse()),
        view.tiers.length ? element("p", { class: "siting-small siting-tiers" }, `Tiers: ${view.tiers.map(([name, cut]) => `${name} from ${cut}`).join(", ")}; low below.`) : null,
        view.counts.site ? this.toggle("site", "Too little alone", view.counts.site) : null,
        view.counts.excluded ? this.toggle("excluded", "Excluded", view.counts.excluded) : null,
      );
    }

    toggle(what, label, count) {
      const box = element("input", { type: "checkbox", checked: true, onchange: () => this.canvas.toggle(what, box.checked) });
      return element("label", { class: "siting-switch" }, box, element("i", { class: `siting-swatch siting-swatch-${what}` }), `${label} `, element("span", {}, whole.format(count)));
    }

    ranking() {
      this.list = element("ol", { class: "siting-list", onkeydown: (event) => this.step(event) });
      this.more = element("button", { type: "button", class: "siting-more", onclick: () => this.addRows(true) });
      this.found = element("p", { class: "siting-small", role: "status" });
      const input = element("input", { type: "search", id: "siting-find", placeholder: "a parcel's id", autocomplete: "off" });
      const find = element("form", { role: "search", onsubmit: (event) => this.find(event, input) },
        element("label", { for: "siting-find", class: "siting-live" }, "Find a parcel by its id"), input, element("button", { type: "submit" }, "Find"));
      this.addRows(false);
      return element("section", { class: "siting-ranking" }, element("h2", {}, "Ranked parcels"), find, this.found, this.list, this.more);
    }

    addRows(focus) {
      const { view } = this;
      const rows = view.ranked.slice(this.listed, this.listed + PAGE).map((i) => this.row(i));
      this.listed += rows.length;
      this.list.append(...rows);
      this.more.hidden = this.listed >= view.ranked.length;
      this.more.textContent = `Show ${Math.min(PAGE, view.ranked.length - this.listed)} more of ${whole.format(view.ranked.length)}`;
      if (focus && rows.length) rows[0].firstChild.focus();
    }

    row(i) {
      const { view } = this;
      const colour = view.score[i] === null ? "transparent" : view.colours[view.classOf(view.score[i])];
      const button = element(
        "button",
        { type: "button", "data-parcel": i, onclick: () => this.select(i, true) },
        element("span", { class: "siting-rank" }, String(view.rank[i])),
        swatch({ background: colour }),
        element("span", { class: "siting-id" }, view.ids[i]),
        element("span", { class: "siting-tier" }, ...rankNote(view, i), textAt(view.tier, i)),
        element("span", { class: "siting-score" }, points(view.score[i])),
      );
      return element("li", {}, button);
    }

    /* Arrow keys walk through the ranked list. */
    step(event) {
      const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      const row = way && event.target.closest("li")[way];
      if (!row) return;
      event.preventDefault();
      row.firstChild.focus();
    }

    find(event, input) {
      event.preventDefault();
      const text = input.value.trim();
      const asked = text.toLowerCase();
      if (!asked) return;
      const { view, found, parts } = this;
      if (this.asked !== asked) Object.assign(this, { asked, matches: matching(view, asked), at: -1 });
      const { matches } = this;
      if (!matches.length) {
        if (window.matchMedia("(max-width: 700px)").matches && !parts.card.hidden) this.close();
        found.textContent = `No parcel has “${text}” in its id.`;
        found.scrollIntoView({ block: "nearest" });
        return;
      }
      this.at = (this.at + 1) % matches.length;
      const more = matches.length > 1 ? " Find again for the next." : "";
      found.textContent = `${whole.format(this.at + 1)} of ${whole.format(matches.length)} that match.${more}`;
      this.select(matches[this.at], true);
    }

    layers(context) {
      const rows = context.map(({ data, layer }) => {
        const box = element("input", { type: "checkbox", checked: data.show, onchange: () => (box.checked ? layer.addTo(this.map) : layer.remove()) });
        const about = [data.title, data.vintage && `Vintage: ${data.vintage}`, data.licence && `Licence: ${data.licence}`].filter(Boolean).join(" · ");
        const mark = swatch({ color: siting.TINTS[data.tint], borderStyle: data.shapes.kind === "point" ? "" : siting.STROKES[data.stroke] }, `siting-swatch-${data.shapes.kind} siting-ring-${data.stroke}`);
        return element("li", {}, element("label", { class: "siting-switch" }, box, mark, element("span", {}, data.name, about ? element("small", {}, about) : null)));
      });
      return element("section", { class: "siting-layers" }, element("h2", {}, "Layers"), element("ul", {}, ...rows));
    }

    listen() {
      const { map, canvas, parts } = this;
      map.on("click", (event) => {
        const i = canvas.at(event.containerPoint);
        if (i >= 0) this.select(i, false);
      });
      map.on("mousemove", (event) => this.hover(canvas.at(event.containerPoint), event.containerPoint));
      map.on("mouseout", () => this.hover(-1));
      parts.around.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !parts.card.hidden) this.close();
      });
    }

    hover(i, point) {
      const { canvas, view } = this;
      const { tip, host } = this.parts;
      host.style.cursor = i >= 0 ? "pointer" : "";
      tip.hidden = i < 0;
      if (i >= 0) {
        const status = textAt(view.status, i);
        const word = status === "admitted" ? `rank ${view.rank[i]} · ${points(view.score[i])}` : status === "excluded" ? "excluded" : "too little alone";
        tip.replaceChildren(element("b", {}, view.ids[i]), element("span", {}, word));
        const left = point.x > host.clientWidth - 200;
        tip.style.transform = `translate(${point.x + (left ? -14 : 14)}px, ${point.y + 12}px)${left ? " translateX(-100%)" : ""}`;
      }
      if (canvas.hover === i) return;
      canvas.hover = i;
      canvas.paintMarks();
    }

    select(i, move) {
      const { view, canvas, parts, map } = this;
      if (parts.card.hidden) {
        parts.card.hidden = false;
        map.invalidateSize({ animate: false, pan: false });
      }
      this.opener = document.activeElement;
      siting.fillCard(this.body, view, i);
      parts.card.scrollTop = 0;
      for (const old of this.list.querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
      const button = this.list.querySelector(`[data-parcel="${i}"]`);
      if (button) button.setAttribute("aria-current", "true");
      canvas.selected = i;
      if (move && view.look[i] !== HIDDEN) map.fitBounds(canvas.bounds(i), { animate: false, maxZoom: 14, padding: [80, 80] });
      canvas.paintMarks();
      const rank = view.rank[i] ? `rank ${view.rank[i]}, score ${points(view.score[i])}` : textAt(view.status, i);
      parts.live.textContent = `${view.ids[i]}: ${rank}.`;
    }

    close() {
      const { parts, map, canvas } = this;
      const inside = parts.card.contains(document.activeElement);
      parts.card.hidden = true;
      canvas.selected = -1;
      map.invalidateSize({ animate: false, pan: false });
      canvas.paintMarks();
      if (inside && this.opener && this.opener.isConnected) this.opener.focus();
    }
  }

  /* The parcels whose id holds a text: the whole id first, then the ranked ones by rank, then the others. */
  function matching(view, asked) {
    const ids = view.ids.map((id) => id.toLowerCase());
    const order = (i) => (ids[i] === asked ? -1 : view.rank[i] || Infinity);
    return [...ids.keys()].filter((i) => ids[i].includes(asked)).sort((a, b) => (order(a) === order(b) ? a - b : order(a) - order(b)));
  }

  /* The best and the worst rank of parcel i where they are not the same. */
  function rankRange(view, i) {
    const [best, worst] = [view.best ? view.best[i] : 0, view.worst ? view.worst[i] : 0];
    return best > 0 && best !== worst ? [whole.format(best), whole.format(worst)] : null;
  }
  function rankNote(view, i) {
    const ranks = rankRange(view, i);
    return ranks ? [element("span", { title: `between rank ${ranks.join(" and ")}` }, ranks.join(" to ")), " · "] : [];
  }

  function legendRow(mark, text, count, most) {
    const bar = element("span", { class: "siting-count-bar" });
    bar.style.width = `${(100 * count) / most}%`;
    return element("li", {}, mark, element("span", {}, text), element("span", { class: "siting-count" }, bar), element("span", {}, whole.format(count)));
  }

  function swatch(style, more) {
    const made = element("i", { class: `siting-swatch ${more || ""}` });
    Object.assign(made.style, style);
    return made;
  }

  Object.assign(siting, { show, rankRange });
})();
