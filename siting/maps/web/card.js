/* siting: the card that explains one parcel. */
(function () {
  const { element, textAt, listAt, points, signed, acres, whole } = siting;

  /* Fill the card with parcel i. */
  function fillCard(card, view, i) {
    card.replaceChildren(
      ...[heading, standing, reasons, missing, inWords, criteria, waterfall, published, sections, place]
        .map((part) => part(view, i))
        .flat()
        .filter(Boolean),
    );
  }

  function heading(view, i) {
    return element("h2", { class: "siting-card-id", id: "siting-card-title" }, view.ids[i]);
  }

  function standing(view, i) {
    const status = textAt(view.status, i);
    const tier = textAt(view.tier, i);
    const score = view.score[i];
    const ranks = siting.rankRange(view, i);
    const range = view.low && view.low[i] !== view.high[i] ? ` (${points(view.low[i])} to ${points(view.high[i])})` : "";
    if (status === "admitted") {
      return element(
        "dl",
        { class: "siting-standing" },
        figure("Rank", `${view.rank[i]}`, `of ${whole.format(view.admitted)}${ranks ? ` (between ${ranks.join(" and ")})` : ""}`),
        figure("Score", points(score), `of 100${range}`),
        tier ? figure("Tier", tier, "") : null,
      );
    }
    const word = status === "excluded" ? "Excluded" : "Too little alone";
    const rest = score === null ? "" : `It would score ${points(score)}${range}.`;
    return element("p", { class: `siting-status siting-status-${status}` }, element("strong", {}, word), rest ? ` ${rest}` : "");
  }

  function figure(name, number, after) {
    return element("div", {}, element("dt", {}, name), element("dd", {}, element("b", {}, number), after ? ` ${after}` : ""));
  }

  function reasons(view, i) {
    const lines = listAt(view.reasons, i);
    if (!lines.length) return null;
    return section(textAt(view.status, i) === "excluded" ? "Why it is excluded" : "Why it is not ranked alone", list(lines.map((name) => reason(view, name, i))));
  }

  /* The name of a reason, what was measured, and why it excludes. */
  function reason(view, name, i) {
    const own = (table) => (Object.hasOwn(table, name) ? table[name] : null);
    const found = own(view.measured) ? textAt(own(view.measured), i) : "";
    const more = [found ? `Measured: ${found}.` : "", own(view.why) || ""].filter(Boolean).join(" ");
    return [name, more ? element("small", { class: "siting-why" }, more) : null];
  }

  function missing(view, i) {
    const names = view.missing ? listAt(view.missing, i) : [];
    return names.length ? element("p", { class: "siting-nodata" }, element("strong", {}, "No data: "), names.join(", ")) : null;
  }

  /* The two strongest and the two weakest criteria, from their contributions. */
  function inWords(view, i) {
    if (textAt(view.status, i) !== "admitted") return null;
    const known = view.criteria.map((c) => ({ label: c.label, by: c.contribution[i] })).filter((c) => c.by !== null);
    const { decimals } = view;
    const named = (some) => some.map((c) => `${c.label} (${signed(c.by, decimals)})`).join(" and ");
    const visible = known.filter((c) => Number(Math.abs(c.by).toFixed(decimals)) > 0);
    const up = visible.filter((c) => c.by > 0).sort((a, b) => b.by - a.by).slice(0, 2);
    const down = visible.filter((c) => c.by < 0).sort((a, b) => a.by - b.by).slice(0, 2);
    const parts = [];
    if (up.length) parts.push(`Ahead through ${named(up)}`);
    if (down.length) parts.push(`${up.length ? "behind" : "Behind"} through ${named(down)}`);
    if (!parts.length) return null;
    return element("p", { class: "siting-words" }, `${parts.join("; ")}.`);
  }

  function criteria(view, i) {
    if (!view.criteria.length) return null;
    const rows = [];
    const sources = [...new Set(view.criteria.map((criterion) => criterion.source).filter(Boolean))];
    let block = null;
    const out = textAt(view.status, i) === "admitted" ? [] : view.criteria.filter((c) => textAt(c.quantity, i).startsWith("not computed"));
    for (const criterion of view.criteria) {
      if (out.includes(criterion)) continue;
      if (criterion.block !== block) {
        block = criterion.block;
        if (block) rows.push(element("tr", { class: "siting-block" }, element("th", { scope: "rowgroup", colspan: "4" }, block)));
      }
      rows.push(criterionRow(criterion, i, view.decimals, sources.indexOf(criterion.source)));
    }
    const against = view.contribution.includes("%") ? "+/− %" : "+/−";
    const head = ["Criterion", "Value", "Weight", against].map((name) => element("th", { scope: "col" }, name));
    return section(
      "Criteria",
      element("table", { class: "siting-criteria" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
      element("p", { class: "siting-small" }, `Value: 0 is worst, 1 is best. ${against}: ${view.contribution}.${together(view, i)}`),
      out.length ? element("p", { class: "siting-small" }, `Not computed, since it is out anyway: ${out.map((c) => c.label).join(", ")}.`) : null,
      sources.length ? element("ol", { class: "siting-sources" }, ...sources.map((source) => element("li", {}, source))) : null,
    );
  }

  /* What all contributions make of a parcel of median values. */
  function together(view, i) {
    if (!view.central || view.central[i] === null || view.median === null) return "";
    const change = view.change[i];
    const by = view.contribution.includes("%") ? `× ${change.toFixed(2)}` : signed(change, 2);
    return ` A parcel of median values scores ${points(view.median)}; together they make it ${points(view.central[i])} (${by}).`;
  }

  /* A quantity; where it is known how it comes about, it opens to say so. */
  function quantityOf(criterion, i, source) {
    const text = [textAt(criterion.quantity, i), source < 0 ? null : element("sup", {}, String(source + 1))].filter(Boolean);
    if (!criterion.note) return element("span", { class: "siting-quantity" }, ...text);
    const nearest = criterion.nearest ? textAt(criterion.nearest, i) : "";
    return element(
      "details",
      { class: "siting-how" },
      element("summary", { class: "siting-quantity" }, ...text),
      element("p", {}, `${criterion.note}${nearest ? `; nearest: ${nearest}` : ""}.`),
    );
  }

  /* source: its place in the list below the table, -1 for none */
  function criterionRow(criterion, i, decimals, source) {
    const by = criterion.contribution[i];
    const weight = criterion.weight === null ? "–" : `${(100 * criterion.weight).toFixed(criterion.weight < 0.0995 ? 1 : 0)} %`;
    const text = signed(by, decimals);
    const way = Number(text.replace("−", "-")) ? (by < 0 ? "siting-down" : "siting-up") : null;
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, criterion.label, quantityOf(criterion, i, source)),
      element("td", {}, ...valueOf(criterion, i)),
      element("td", {}, weight),
      element("td", { class: way }, text),
    );
  }

  /* A bar and a number, or the interval where the value is not known exactly. */
  function valueOf(criterion, i) {
    const value = criterion.value[i];
    if (value === null) return ["no data"];
    const low = criterion.low && criterion.low[i] !== null ? criterion.low[i] : value;
    const high = criterion.high && criterion.high[i] !== null ? criterion.high[i] : value;
    const number = (hundredths) => (hundredths / 100).toFixed(2);
    if (low === high) return [bar(0, value), number(value)];
    return [bar(low, high, true), element("span", { class: "siting-range" }, `${number(low)} – ${number(high)}`)];
  }

  function bar(from, to, unsure) {
    const fill = element("span", {});
    fill.style.marginLeft = `${from}%`;
    fill.style.width = `${to - from}%`;
    if (unsure) fill.className = "siting-unsure";
    return element("span", { class: "siting-bar", "aria-hidden": "true" }, fill);
  }

  /* Gross area, what each cut takes, what is left: bars that start where the one before ended. */
  function waterfall(view, i) {
    const falls = view.waterfall;
    if (!falls || falls.gross[i] === null || !falls.gross[i]) return null;
    const gross = falls.gross[i];
    const rows = [step("Gross", gross, 0, gross, "siting-gross", gross)];
    let left = gross;
    for (const cut of falls.cuts) {
      const area = cut.area[i];
      if (area === null) rows.push(element("tr", {}, element("th", { scope: "row" }, cut.label), element("td", {}), element("td", {}, "no data")));
      if (!area) continue;
      left -= area;
      rows.push(step(`minus ${cut.label}`, -area, left, area, "siting-cut", gross));
    }
    const usable = falls.usable[i];
    if (usable !== null) rows.push(step("Usable", usable, 0, usable, "siting-usable", gross, "siting-total"));
    const largest = falls.largest && falls.largest[i];
    if (largest !== null && largest !== undefined) rows.push(step("Largest piece", largest, 0, largest, "siting-largest", gross));
    return section("Usable land", element("table", { class: "siting-waterfall" }, element("tbody", {}, ...rows)));
  }

  function step(label, area, from, width, kind, gross, row) {
    const fill = element("span", { class: kind });
    fill.style.left = `${Math.max(0, (100 * from) / gross)}%`;
    fill.style.width = `${Math.min(100, (100 * width) / gross)}%`;
    return element(
      "tr",
      { class: row },
      element("th", { scope: "row" }, label),
      element("td", {}, element("span", { class: "siting-fall", "aria-hidden": "true" }, fill)),
      element("td", {}, (area < 0 ? "−" : "") + acres(Math.abs(area) / 10)),
    );
  }

  function published(view, i) {
    const rows = view.published.map((field) => element("div", {}, element("dt", {}, field.label), element("dd", {}, textAt(field.text, i) || "–")));
    return rows.length ? section("Published fields", element("dl", { class: "siting-fields" }, ...rows)) : null;
  }

  function sections(view, i) {
    return view.sections.map((more) => {
      const lines = listAt(more, i);
      return lines.length ? section(more.title, list(lines)) : null;
    });
  }

  function place(view, i) {
    const [longitude, latitude] = view.degrees(i);
    if (!longitude && !latitude) return element("p", { class: "siting-small" }, "It has no outline.");
    return element("p", { class: "siting-small" }, `A point inside: ${latitude.toFixed(5)}, ${longitude.toFixed(5)} (latitude, longitude).`);
  }

  function section(title, ...content) {
    return element("section", {}, element("h3", {}, title), ...content);
  }
  function list(lines) {
    return element("ul", {}, ...lines.map((line) => element("li", {}, ...[line].flat())));
  }

  siting.fillCard = fillCard;
})();
