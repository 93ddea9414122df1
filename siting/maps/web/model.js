/* siting: the model of a map: what Python packed, and the scores that follow from other weights.

   const model = await siting.model(elementId)   parcels 0 .. model.n - 1; "now" is what setState made of the study
   model.about        {title, synthetic, marking, notes[], tiers [[name, cut]], contribution (its label), decimals,
                       median, shortlist, pad, ...}
   model.whyNotLive   why weights cannot be changed, "" where they can; model.live: whether "now" differs from the study
   model.id(i)        text; model.find(text) -> rows whose id or a published field holds it, exact ids first, then by rank
   model.status[i]    ADMITTED, SITE or EXCLUDED, now; model.counts {admitted, site, excluded}; model.study.status ...
   model.points(i)    the score in points (0 to 100, to 1e-6), null unknown; model.range(i) [low, high] or null (study)
   model.rank[i]      now, 0 without; model.order: the admitted rows, best first (order.subarray(0, k): the top k)
   model.study        {score, rank, status, order, counts} as Python has them; model.ranks(i) [best, worst] or null
   model.tier(i)      model.pTopK(i) share or null
   model.histogram(bins)   how many admitted have a score in each of `bins` equal parts of 0 to 100
   model.criteria[j]  {name, label, block, unit, weight (share, now; null where it says nothing), studyWeight, source, note}
     .number(i)       the quantity in its unit, Infinity beyond the reach, NaN unknown;  .text(i) in words with its unit
     .values(i)       {low, high, middle} in hundredths, null unknown
     .contribution(i) as about.contribution says, null unknown (Python's while the study's state holds, else live)
     .extent          [least, most] known quantity, for sliders of limits
   model.tree         {name, path, weight, combine, members: [...]}; path "power" or "power.station"; leaves: {..., criterion: j}
   model.reasons[r]   {name, why, site, criterion (j or -1), above, below (its threshold, null), editable, hits, alone}
   model.firstReason(i), model.reasonsOf(i)   names of what excludes parcel i now (limits of the reader too)
   model.setState({weights: {path: number}, off: [reason], limits: {criterion: [least, most]}, thresholds: {reason: [above, below]}})
                      what is not named is the study's; null in a pair is no limit. Returns {live, admitted, top, ms}
   model.state        the last one, only with what differs from the study: {} for the study itself
   model.weightSets, model.scenarios   [{name, weights, why_not}]
   model.inside(i)    [latitude, longitude] of a point in the parcel, null without outline; model.box(i) of the world square
   await model.details()   the card segment, decoded once: then model.card(i) ->
                      {missing[], measured {reason: text}, published [[label, text]], sections [{title, lines}], nearest [by criterion],
                       waterfall {gross, cuts [{label, area}], usable, largest} in tenths of an acre, central, change} */
(function () {
  const ADMITTED = 0;
  const SITE = 1;
  const EXCLUDED = 2;
  const NONE = 0xffffffff; // no score
  const FULL = 65535;
  const POINT = 1e6; // scores are whole millionths of a point
  const SHARE = 2 ** 30; // of a weight in a sum: 2^30 * 65535 * 2 < 2^47 is exact
  const POWER = 2 ** 17; // of a weight in a geometric mean: 2^17 * 11.1 * 2^32 < 2^53 is exact
  const LOG = 2 ** 32;

  async function model(elementId) {
    const read = (part) => siting.segment(document.getElementById(`${elementId}_${part}`).textContent);
    const [base, standing] = await Promise.all([read("base"), read("standing")]);
    return new Model(base, standing, () => read("card"));
  }

  class Criterion {
    constructor(about, base, j) {
      Object.assign(this, about.criteria[j]);
      const { decimals, pieces, count } = this.table;
      this.codes = base.ints(`c${j}.code`);
      this.worth = base.ints(`c${j}.value`);
      this.shown = base.ints(`c${j}.shown`);
      this.others = base.json(`c${j}.others`);
      const given = base.ints(`c${j}.number`);
      if (pieces) this.numbers = spread(given, count);
      else this.numbers = decimals < 0 ? given : Float64Array.from(given, (x) => x / 10 ** decimals);
      const low = new Uint16Array(FULL + 1);
      low.set(this.worth);
      const high = low.slice();
      this.unknown = new Set(); // codes without a value
      this.others.forEach(([, least, most], k) => {
        if (least < 0) this.unknown.add(FULL - k);
        low[FULL - k] = Math.max(0, least);
        high[FULL - k] = Math.max(0, most);
      });
      const unsure = this.others.some(([, least, most]) => least !== most);
      this.low = through(low, this.codes);
      this.high = unsure ? through(high, this.codes) : this.low;
      this.extent = count ? [this.numbers[0], this.numbers[count - 1]] : null;
    }
    other(i) {
      return this.codes[i] < this.numbers.length ? null : this.others[FULL - this.codes[i]];
    }
    number(i) {
      const other = this.other(i);
      if (!other) return this.numbers[this.codes[i]];
      return other[6] === "inf" ? Infinity : (other[6] ?? NaN);
    }
    text(i) {
      const other = this.other(i);
      return other ? other[0] : siting.quantity(this.numbers[this.codes[i]], this.unit);
    }
    values(i) {
      const other = this.other(i);
      if (!other) return { low: this.shown[this.codes[i]], high: this.shown[this.codes[i]], middle: this.shown[this.codes[i]] };
      return other[5] === null ? null : { low: other[3], high: other[4], middle: other[5] };
    }
    /* Uint8Array by code: 1 where the quantity is certainly under least or over most. */
    beyond([least, most]) {
      const out = new Uint8Array(FULL + 1);
      this.numbers.forEach((x, code) => (out[code] = (least !== null && x < least) || (most !== null && x > most) ? 1 : 0));
      this.others.forEach((other, k) => (out[FULL - k] = most !== null && other[6] === "inf" ? 1 : 0));
      return out;
    }
  }

  class Model {
    constructor(base, standing, readCard) {
      const about = base.json("about");
      const n = about.n;
      Object.assign(this, { about, n, shapes: siting.gridShapes(base, "p", about.grid), cells: about.cells, readCard });
      this.ids = base.json("ids");
      this.criteria = about.criteria.map((_, j) => new Criterion(about, base, j));
      this.criteria.forEach((criterion, j) => (criterion.contribution = (i) => this.contribution(j, i)));
      this.reasons = about.reasons.map((reason) => ({ ...reason, editable: reason.criterion >= 0, hits: 0, alone: 0 }));
      this.words = this.reasons.length ? Array.from({ length: Math.ceil(this.reasons.length / 31) }, (_, w) => base.ints(`x${w}`)) : [];
      this.tree = about.tree;
      this.whyNotLive = about.whyNotLive;
      this.weightSets = about.weightSets;
      this.scenarios = about.scenarios;
      this.own = {}; // the study's weights by path
      walk(this.tree, (node) => node.path && (this.own[node.path] = node.weight));
      this.standing = standing;
      this.known = new Uint8Array(n).fill(1); // whether every criterion has a value
      for (const { codes, unknown } of this.criteria) {
        if (unknown.size) for (let i = 0; i < n; i++) if (unknown.has(codes[i])) this.known[i] = 0;
      }
      const score = Uint32Array.from(standing.ints("score"), (x) => (x < 0 ? NONE : x));
      const place = Uint32Array.from(standing.ints("order")); // all rows; ties of live scores keep this order
      this.place = place;
      this.status = Uint8Array.from(standing.ints("status"));
      const counts = this.counted();
      const order = place.subarray(0, counts.admitted);
      this.study = { score, status: this.status, counts, order, rank: ranksOf(order, score, n) };
      this.countReasons();
      this.toStudy();
    }

    toStudy() {
      const { score, status, counts, order, rank } = this.study;
      Object.assign(this, { score, status, counts, order, rank, live: false, state: {} });
      for (const criterion of this.criteria) criterion.weight = criterion.studyWeight;
    }

    setState(asked) {
      const start = performance.now();
      const state = this.difference(asked || {});
      if (!Object.keys(state).length) this.toStudy();
      else {
        const filters = state.off || state.limits || state.thresholds;
        if (JSON.stringify([state.off, state.limits, state.thresholds]) !== this.filtered) this.filter(state);
        if (!filters) this.status = this.study.status;
        this.counts = this.counted();
        if (state.weights) this.score = this.scored({ ...this.own, ...state.weights });
        else {
          this.score = this.study.score;
          for (const criterion of this.criteria) criterion.weight = criterion.studyWeight;
        }
        this.order = this.sorted();
        this.rank = ranksOf(this.order, this.score, this.n);
        Object.assign(this, { state, live: true });
      }
      return { live: this.live, admitted: this.order.length, top: this.order.length ? this.order[0] : -1, ms: performance.now() - start };
    }

    /* What of a state is not as the study has it. */
    difference({ weights = {}, off = [], limits = {}, thresholds = {} }) {
      const out = {};
      const changed = Object.entries(weights).filter(([path, weight]) => path in this.own && weight !== this.own[path]);
      if (changed.length && !this.whyNotLive) out.weights = Object.fromEntries(changed);
      const names = off.filter((name) => this.reasons.some((reason) => reason.name === name));
      if (names.length) out.off = names;
      const set = Object.entries(limits).filter(([name, pair]) => this.criteria.some((c) => c.name === name) && pair.some((x) => x !== null));
      if (set.length) out.limits = Object.fromEntries(set);
      const moved = Object.entries(thresholds).filter(([name, [above, below]]) =>
        this.reasons.some((r) => r.name === name && r.editable && (r.above !== above || r.below !== below)));
      if (moved.length) out.thresholds = Object.fromEntries(moved);
      return out;
    }

    /* The status of every parcel under a state. */
    filter({ off = [], limits = {}, thresholds = {} }) {
      const masks = this.words.map(() => [0, 0]); // reasons that hold: for good, and those that leave a place in a site
      const tests = Object.entries(limits).map(([name, pair]) => this.test(this.criteria.findIndex((c) => c.name === name), pair, EXCLUDED));
      this.reasons.forEach((reason, r) => {
        if (off.includes(reason.name)) return;
        const pair = thresholds[reason.name];
        if (pair) tests.push(this.test(reason.criterion, [pair[1], pair[0]], reason.site ? SITE : EXCLUDED));
        else masks[Math.floor(r / 31)][reason.site ? 1 : 0] |= 1 << (r % 31);
      });
      const status = new Uint8Array(this.n);
      this.words.forEach((word, w) => {
        const [good, site] = masks[w];
        for (let i = 0; i < this.n; i++) if (word[i] & good) status[i] = EXCLUDED;
          else if (word[i] & site && status[i] === ADMITTED) status[i] = SITE;
      });
      for (const { out, codes, as } of tests) for (let i = 0; i < this.n; i++) if (out[codes[i]] && status[i] < as) status[i] = as;
      this.filtered = JSON.stringify([off.length ? off : undefined, ...[limits, thresholds].map((x) => (Object.keys(x).length ? x : undefined))]);
      Object.assign(this, { status, tests });
    }
    test(j, pair, as) {
      return { j, as, codes: this.criteria[j].codes, out: this.criteria[j].beyond(pair) };
    }

    counted() {
      const counts = [0, 0, 0];
      for (const status of this.status) counts[status]++;
      return { admitted: counts[0], site: counts[1], excluded: counts[2] };
    }

    countReasons() {
      const { reasons, words, n } = this;
      for (let i = 0; i < n; i++) {
        let last = -1, several = false;
        for (let w = 0; w < words.length; w++) {
          for (let bits = words[w][i]; bits; bits &= bits - 1) {
            several = last >= 0;
            last = 31 * w + 31 - Math.clz32(bits & -bits);
            reasons[last].hits++;
          }
        }
        if (last >= 0 && !several) reasons[last].alone++;
      }
    }

    /* The first reason of the study that holds, "" for none. */
    firstReason(i) {
      for (let w = 0; w < this.words.length; w++) {
        const bits = this.words[w][i];
        if (bits) return this.reasons[31 * w + 31 - Math.clz32(bits & -bits)].name;
      }
      return "";
    }

    reasonsOf(i) {
      const { off = [], thresholds = {}, limits = {} } = this.state;
      const out = this.reasons.filter((reason, r) => {
        if (off.includes(reason.name)) return false;
        const pair = thresholds[reason.name];
        if (pair) return this.criteria[reason.criterion].beyond([pair[1], pair[0]])[this.criteria[reason.criterion].codes[i]];
        return (this.words[Math.floor(r / 31)][i] >> r % 31) & 1;
      }).map((reason) => reason.name);
      for (const [name, pair] of Object.entries(limits)) {
        const criterion = this.criteria.find((c) => c.name === name);
        if (criterion.beyond(pair)[criterion.codes[i]]) out.push(`your limit: ${criterion.label}`);
      }
      return out;
    }

    /* Live scores in millionths of a point, by whole numbers only up to one rounding (siting/maps/live.py is the twin). */
    scored(weights) {
      const { n, known } = this;
      for (const criterion of this.criteria) criterion.weight = null;
      const unsure = this.criteria.some((criterion) => criterion.low !== criterion.high);
      const low = this.root(weights, "low");
      const high = unsure ? this.root(weights, "high") : low;
      const out = new Uint32Array(n);
      for (let i = 0; i < n; i++) out[i] = known[i] ? Math.floor(((low[i] + high[i]) / 2) * (100 * POINT) + 0.5) : NONE;
      return out;
    }

    /* (n,) 0 to 1: the whole tree with all values low, or all high. */
    root(weights, side) {
      const { n, tree } = this;
      const out = new Float64Array(n);
      if (tree.combine !== "geometric") {
        const { sum, total } = this.summed(tree, weights, side, 1);
        const whole = FULL * total;
        for (let i = 0; i < n; i++) out[i] = sum[i] / whole;
        return out;
      }
      const logs = logarithms(this.about.floor);
      let total = 0;
      sharesOf(tree, weights).forEach((share, m) => {
        const power = Math.floor(share * POWER + 0.5);
        total += power;
        const values = this.values16(tree.members[m], weights, side, share);
        for (let i = 0; i < n; i++) out[i] += power * logs[values[i]];
      });
      for (let i = 0; i < n; i++) out[i] = exponential(out[i] / (total * LOG));
      return out;
    }

    /* The exact sum of whole weights x values of a block, sums inside it unfolded; and the sum of its weights. */
    summed(block, weights, side, share) {
      const { n } = this;
      const sum = new Float64Array(n);
      let total = 0;
      const add = (node, part, whole) => {
        sharesOf(node, weights).forEach((own, m) => {
          const member = node.members[m];
          if (member.members && member.combine === "weighted_sum") return add(member, part * own, whole * own);
          const weight = Math.floor(part * own * SHARE + 0.5);
          total += weight;
          const values = this.values16(member, weights, side, whole * own);
          for (let i = 0; i < n; i++) sum[i] += weight * values[i];
        });
      };
      add(block, 1, share);
      return { sum, total };
    }

    /* The values of a node in 65535ths; share: of the whole, null where it says nothing. */
    values16(node, weights, side, share) {
      if (!node.members) {
        this.criteria[node.criterion].weight = share;
        return this.criteria[node.criterion][side];
      }
      const { n } = this;
      const out = new Uint16Array(n);
      if (node.combine === "worst" || node.combine === "product") {
        const inside = node.members.map((member) => this.values16(member, weights, side, null));
        out.set(inside[0]);
        for (const values of inside.slice(1)) {
          if (node.combine === "worst") for (let i = 0; i < n; i++) out[i] = Math.min(out[i], values[i]);
          else for (let i = 0; i < n; i++) out[i] = Math.floor((out[i] * values[i]) / FULL + 0.5);
        }
        return out;
      }
      const { sum, total } = this.summed(node, weights, side, share);
      for (let i = 0; i < n; i++) out[i] = Math.floor(sum[i] / total + 0.5);
      return out;
    }

    /* The admitted, best first; equal scores as in the study. Two passes of a counting sort, least digits first. */
    sorted() {
      const { score, status, place, n } = this;
      let from = new Uint32Array(n), to = new Uint32Array(n), count = 0;
      for (let k = 0; k < n; k++) if (status[place[k]] === ADMITTED) from[count++] = place[k];
      for (const shift of [0, 14]) {
        const starts = new Uint32Array(16385);
        const digit = (i) => 16383 - (((score[i] === NONE ? 0 : score[i] + 1) >>> shift) & 16383);
        for (let k = 0; k < count; k++) starts[digit(from[k]) + 1]++;
        for (let d = 0; d < 16384; d++) starts[d + 1] += starts[d];
        for (let k = 0; k < count; k++) to[starts[digit(from[k])]++] = from[k];
        [from, to] = [to, from];
      }
      return from.subarray(0, count);
    }

    id(i) {
      return this.ids[i];
    }
    points(i) {
      return this.score[i] === NONE ? null : this.score[i] / POINT;
    }
    range(i) {
      const read = (name) => this.standing.has(name) && this.standing.ints(name)[i];
      const [low, high] = [read("low"), read("high")];
      return low === false || low < 0 || low === high ? null : [low / POINT, high / POINT];
    }
    ranks(i) {
      if (!this.standing.has("best")) return null;
      const [best, worst] = [this.standing.ints("best")[i], this.standing.ints("worst")[i]];
      return best > 0 && best !== worst ? [best, worst] : null;
    }
    pTopK(i) {
      const share = this.standing.has("p_top_k") ? this.standing.ints("p_top_k")[i] : -1;
      return share < 0 ? null : share / 10000;
    }
    tier(i) {
      const { tiers } = this.about;
      if (!this.live || !tiers.length) return this.standing.json("tiers")[this.standing.ints("tier")[i]];
      if (this.status[i] !== ADMITTED || this.score[i] === NONE) return "";
      const at = tiers.find(([, cut]) => this.score[i] >= Math.round(cut * POINT));
      return at ? at[0] : "low";
    }
    find(asked) {
      const text = asked.toLowerCase();
      const fields = (this.details_ && this.details_.published) || [];
      const holds = (i) => this.ids[i].toLowerCase().includes(text) || fields.some((field) => field.at(i).toLowerCase().includes(text));
      const order = (i) => (this.ids[i].toLowerCase() === text ? -1 : this.rank[i] || Infinity);
      const found = [];
      for (let i = 0; i < this.n; i++) if (holds(i)) found.push(i);
      return found.map((i) => [order(i), i]).sort((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] - b[0])).map(([, i]) => i);
    }
    histogram(bins) {
      const out = new Uint32Array(bins);
      for (const i of this.order) if (this.score[i] !== NONE) out[Math.min(bins - 1, Math.floor((this.score[i] / (100 * POINT)) * bins))]++;
      return out;
    }

    /* Python's contribution while the study's state holds; else, where blocks are sums, share x (value - median). */
    contribution(j, i) {
      if (!this.live || !this.state.weights) {
        const given = this.details_ && this.details_.contribution[j][i];
        return given === undefined || given === null || given === -1e9 ? null : given / 10 ** this.about.decimals;
      }
      const criterion = this.criteria[j];
      if (criterion.weight === null || this.tree.combine === "geometric" || !this.known[i]) return null;
      if (criterion.median === undefined) {
        const all = Float64Array.from(this.study.order, (row) => criterion.low[row] + criterion.high[row]).sort();
        const half = all.length >> 1;
        criterion.median = all.length ? (all.length % 2 ? all[half] : (all[half - 1] + all[half]) / 2) : 0;
      }
      return (100 * criterion.weight * (criterion.low[i] + criterion.high[i] - criterion.median)) / (2 * FULL);
    }

    inside(i) {
      const at = siting.insideOf(this.shapes, i);
      if (!at) return null;
      const { west, north, step } = this.shapes;
      return [siting.latitude(north + at[1] * step), (west + at[0] * step) * 360 - 180];
    }
    box(i) {
      const { west, north, step, box } = this.shapes;
      const b = 4 * i;
      return box[b] > box[b + 2] ? null : [west + box[b] * step, north + box[b + 1] * step, west + box[b + 2] * step, north + box[b + 3] * step];
    }

    details() {
      this.reading = this.reading || this.readCard().then((card) => (this.details_ = detailsOf(card, this)));
      return this.reading;
    }
    card(i) {
      const { measured, published, sections, nearest, missing, waterfall, central, change } = this.details_;
      const lines = (column) => (column.at(i) ? column.at(i).split("\n") : []);
      return {
        missing: missing ? lines(missing) : [],
        measured: Object.fromEntries(measured.map(({ label, at }) => [label, at(i)])),
        published: published.map(({ label, at }) => [label, at(i)]),
        sections: sections.map((section) => ({ title: section.label, lines: lines(section) })),
        nearest: nearest.map((column) => (column ? column.at(i) : "")),
        waterfall: waterfall && {
          gross: some(waterfall.gross[i]), usable: some(waterfall.usable[i]), largest: waterfall.largest && some(waterfall.largest[i]),
          cuts: waterfall.cuts.map(({ label, area }) => ({ label, area: some(area[i]) })),
        },
        central: central && some(central[i]), change: change && some(change[i]),
      };
    }
  }

  const some = (number) => (number === -1e9 ? null : number);

  /* What the card segment holds: columns of texts as {label, at(i)}, numbers as whole tenths or hundredths. */
  function detailsOf(card, model) {
    const column = (name, label) => {
      const table = card.json(`${name}.table`);
      const index = card.ints(`${name}.index`);
      return { label, at: (i) => table[index[i]] };
    };
    const head = card.json("head");
    const named = (kind) => head[kind].map((label, k) => column(`${kind}${k}`, label));
    const ints = (name) => (card.has(name) ? card.ints(name) : null);
    return {
      measured: named("measured"), published: named("published"), sections: named("sections"),
      missing: head.missing ? column("missing", "") : null,
      nearest: head.nearest.map((there, j) => (there ? column(`nearest${j}`, "") : null)),
      contribution: model.criteria.map((_, j) => card.ints(`by${j}`)),
      central: ints("central"), change: ints("change"),
      waterfall: head.cuts && {
        gross: card.ints("gross"), usable: card.ints("usable"), largest: ints("largest"),
        cuts: head.cuts.map((label, k) => ({ label, area: card.ints(`cut${k}`) })),
      },
      pads: head.pads && siting.gridShapes(card, "pads", head.pads),
    };
  }

  function walk(node, see) {
    if (!node) return;
    see(node);
    for (const member of node.members || []) walk(member, see);
  }

  /* The normalised weights of a block's members, added up in study order. */
  function sharesOf(block, weights) {
    const own = block.members.map((member) => weights[member.path]);
    const total = own.reduce((sum, weight) => sum + weight, 0);
    return own.map((weight) => (total > 0 ? weight / total : 1 / own.length));
  }

  function ranksOf(order, score, n) {
    const rank = new Uint32Array(n);
    for (let k = 0; k < order.length; k++) {
      if (score[order[k]] === NONE) break;
      rank[order[k]] = k && score[order[k]] === score[order[k - 1]] ? rank[order[k - 1]] : k + 1;
    }
    return rank;
  }

  function through(table, codes) {
    const out = new Uint16Array(codes.length);
    for (let i = 0; i < codes.length; i++) out[i] = table[codes[i]];
    return out;
  }

  /* Numbers that lie evenly between knots. */
  function spread(knots, count) {
    const out = new Float64Array(count);
    const steps = (count - 1) / (knots.length - 1);
    for (let k = 0; k < count; k++) {
      const piece = Math.min(knots.length - 2, Math.floor(k / steps));
      out[k] = knots[piece] + ((knots[piece + 1] - knots[piece]) * (k - piece * steps)) / steps;
    }
    return out;
  }

  /* log(max(k / 65535, floor)) in 2^-32, from + - x / alone, so that every machine has the same table. */
  const tables = new Map();
  function logarithms(floor) {
    if (tables.has(floor)) return tables.get(floor);
    const out = new Float64Array(FULL + 1);
    for (let k = 0; k <= FULL; k++) {
      let x = Math.max(k / FULL, floor), halvings = 0;
      while (x < 2 / 3) {
        x *= 2;
        halvings++;
      }
      const t = (x - 1) / (x + 1), square = t * t;
      let sum = 0;
      for (let odd = 23; odd > 0; odd -= 2) sum = sum * square + 1 / odd;
      out[k] = Math.floor((2 * t * sum - halvings * 0.6931471805599453) * LOG + 0.5);
    }
    tables.set(floor, out);
    return out;
  }

  /* e^x for -12 < x <= 0, likewise. */
  function exponential(x) {
    const y = x / 64;
    let sum = 1;
    for (let k = 9; k > 0; k--) sum = 1 + (sum * y) / k;
    for (let k = 0; k < 6; k++) sum *= sum;
    return sum;
  }

  Object.assign(siting, { model, Model, ADMITTED, SITE, EXCLUDED, NO_SCORE: NONE, logarithms, exponential });
})();
