/* siting: the model of a map: what Python packed, and the scores that follow from other weights.

   siting.model(elementId) -> model of rows 0 .. n - 1. Now: status[i], score[i] (1e-6 points), rank[i] (0: none), order (the
   admitted, best first), counts, live; the study's own are in model.study. setState({weights: {path: number}, off: [reason],
   limits: {criterion: [least, most]}, thresholds: {reason: [above, below]}}): what is left out is the study's, null no limit.
   Texts of the card need `await model.details()`. Python's twin of the arithmetic is siting/maps/live.py. */
(function () {
  const [ADMITTED, SITE, EXCLUDED] = [0, 1, 2];
  const NONE = 0xffffffff; // no score
  const NOTHING = -1e9; // in a column of whole numbers
  const FULL = 65535;
  const POINT = 1e6;
  const SHARE = 2 ** 30; // to the unit of a weight in a sum: 2^30 x 65535 x 2 < 2^47 is exact
  const POWER = 2 ** 17; // in a geometric mean: 2^17 x 11.1 x 2^32 < 2^53 is exact
  const LOG = 2 ** 32;

  async function model(elementId) {
    const read = (part) => siting.segment(document.getElementById(`${elementId}_${part}`).textContent);
    return new Model(...(await Promise.all([read("base"), read("standing")])), () => read("card"));
  }

  /* The least and the most of a quantity that is no plain number. */
  const ends = (other) => (other[6] || [NaN, NaN]).map((end) => (end === "inf" ? Infinity : end));
  const known = (number) => (number === undefined || number === NOTHING ? null : number);

  /* One criterion; table: see siting/maps/codes.py. low, high: values in 65535ths by row. */
  class Criterion {
    constructor(about, base, j, contribution) {
      Object.assign(this, about, { contribution });
      const { decimals, pieces, count } = about.table;
      const once = (name, made) => Object.defineProperty(this, name, { configurable: true, get: () => Object.defineProperty(this, name, { value: made() })[name] });
      once("codes", () => base.ints(`c${j}.code`)); // all of it is decoded when it is first asked for
      once("shown", () => base.ints(`c${j}.shown`));
      once("others", () => base.json(`c${j}.others`));
      once("numbers", () => {
        const given = base.ints(`c${j}.number`);
        return pieces ? spread(given, count) : decimals < 0 ? given : Float64Array.from(given, (x) => x / 10 ** decimals);
      });
      once("extent", () => {
        const given = base.ints(`c${j}.number`);
        return count ? [given[0], given[given.length - 1]].map((x) => x / 10 ** Math.max(0, decimals)) : null;
      });
      once("unknown", () => new Set(this.others.flatMap(([, least], k) => (least < 0 ? [FULL - k] : [])))); // codes without a value
      once("unsure", () => this.others.some(([, least, most]) => least !== most));
      once("low", () => this.through(base.ints(`c${j}.value`), 1));
      once("high", () => (this.unsure ? this.through(base.ints(`c${j}.value`), 2) : this.low));
    }
    /* Values by row from a table by code. */
    through(values, side) {
      const table = new Uint16Array(FULL + 1), { codes } = this;
      table.set(values);
      this.others.forEach((other, k) => (table[FULL - k] = Math.max(0, other[side])));
      const out = new Uint16Array(codes.length);
      for (let i = 0; i < codes.length; i++) out[i] = table[codes[i]];
      return out;
    }
    other(i) {
      return this.codes[i] < this.numbers.length ? null : this.others[FULL - this.codes[i]];
    }
    number(i) {
      const other = this.other(i);
      const [least, most] = other ? ends(other) : [this.numbers[this.codes[i]], this.numbers[this.codes[i]]];
      return least === most ? least : NaN;
    }
    text(i) {
      const other = this.other(i);
      return other ? other[0] : siting.quantity(this.numbers[this.codes[i]], this.unit);
    }
    /* The value in hundredths, null where it is not known. */
    values(i) {
      const other = this.other(i);
      const [low, high, middle] = other ? other.slice(3, 6) : Array(3).fill(this.shown[this.codes[i]]);
      return middle === null ? null : { low, high, middle };
    }
    /* By code: 1 where the quantity is certainly under least or over most. */
    beyond([least, most]) {
      const out = new Uint8Array(FULL + 1);
      const test = (low, high) => Number((least !== null && high < least) || (most !== null && low > most));
      this.numbers.forEach((x, code) => (out[code] = test(x, x)));
      this.others.forEach((other, k) => (out[FULL - k] = test(...ends(other))));
      return out;
    }
  }

  class Model {
    constructor(base, standing, readCard) {
      const about = base.json("about");
      const { n, tree, whyNotLive, weightSets, scenarios } = about;
      Object.assign(this, { about, n, tree, whyNotLive, weightSets, scenarios, standing, readCard, own: {}, ids: base.json("ids") });
      this.shapes = siting.gridShapes(base, "p", about.grid);
      this.cells = about.cells && siting.gridShapes(base, "cells", about.cells.grid);
      this.criteria = about.criteria.map((one, j) => new Criterion(one, base, j, (i) => this.contribution(j, i)));
      this.reasons = about.reasons.map((reason) => ({ ...reason, editable: reason.criterion >= 0, hits: 0, alone: 0 }));
      this.words = Array.from({ length: Math.ceil(this.reasons.length / 31) }, (_, w) => base.ints(`x${w}`));
      (function walk(own, node) {
        for (const member of (node && node.members) || []) {
          own[member.path] = member.weight;
          walk(own, member);
        }
      })(this.own, tree);
      this.place = standing.ints("order"); // all rows; equal live scores keep this order
      const score = Uint32Array.from(standing.ints("score"), (x) => (x < 0 ? NONE : x));
      const status = standing.ints("status");
      const counts = counted(status);
      const order = this.place.subarray(0, counts.admitted);
      this.study = { score, status, counts, order, rank: ranks(order, score, new Uint32Array(n)) };
      this.scratch = { score: new Uint32Array(n), rank: new Uint32Array(n), rows: [new Uint32Array(n), new Uint32Array(n)], sums: [] };
      this.countReasons();
      this.setState({});
    }

    /* By row: 1 where every criterion has a value. */
    get scored() {
      if (this.valued) return this.valued;
      const out = new Uint8Array(this.n).fill(1);
      for (const { codes, unknown } of this.criteria) {
        const least = Math.min(...unknown);
        for (let i = 0; i < out.length; i++) if (codes[i] >= least && unknown.has(codes[i])) out[i] = 0;
      }
      return (this.valued = out);
    }

    setState(asked) {
      const start = performance.now();
      const state = this.difference(asked);
      Object.assign(this, this.study, { state, live: Object.keys(state).length > 0 });
      for (const criterion of this.criteria) criterion.weight = criterion.studyWeight;
      if (state.off || state.limits || state.thresholds) {
        this.status = this.judged(state);
        this.counts = counted(this.status);
      }
      if (state.weights) this.score = this.scores({ ...this.own, ...state.weights });
      if (this.live) {
        this.order = this.sorted();
        this.rank = ranks(this.order, this.score, this.scratch.rank.fill(0));
      }
      return { live: this.live, admitted: this.order.length, top: this.order.length ? this.order[0] : -1, ms: performance.now() - start };
    }

    /* What of a state is not as the study has it. */
    difference({ weights = {}, off = [], limits = {}, thresholds = {} }) {
      const reason = (name) => this.reasons.find((one) => one.name === name);
      const some = (table, test) => {
        const kept = Object.entries(table).filter(([name, value]) => test(name, value));
        return kept.length ? Object.fromEntries(kept) : null;
      };
      const state = {
        weights: this.whyNotLive ? null : some(weights, (path, weight) => path in this.own && weight !== this.own[path]),
        off: off.some(reason) ? off.filter(reason) : null,
        limits: some(limits, (name, pair) => this.named(name) && pair.some((end) => end !== null)),
        thresholds: some(thresholds, (name, [above, below]) => reason(name)?.editable && (reason(name).above !== above || reason(name).below !== below)),
      };
      for (const name of Object.keys(state)) if (!state[name]) delete state[name];
      return state;
    }
    named(name) {
      return this.criteria.find((criterion) => criterion.name === name);
    }
    /* The criterion and, by code, who is beyond the moved threshold of a reason. */
    moved(reason) {
      const pair = this.state.thresholds?.[reason.name];
      return pair && [this.criteria[reason.criterion].codes, this.criteria[reason.criterion].beyond([pair[1], pair[0]])];
    }

    /* The status of every parcel under a state: nobody may be judged better than the reasons that still hold. */
    judged({ off = [], limits = {} }) {
      const { n, words } = this;
      const status = new Uint8Array(n);
      const masks = words.map(() => [0, 0, 0]);
      const tests = Object.entries(limits).map(([name, pair]) => [this.named(name).codes, this.named(name).beyond(pair), EXCLUDED]);
      this.reasons.forEach((reason, r) => {
        const as = reason.site ? SITE : EXCLUDED;
        if (off.includes(reason.name)) return;
        if (this.moved(reason)) tests.push([...this.moved(reason), as]);
        else masks[Math.floor(r / 31)][as] |= 1 << r % 31;
      });
      words.forEach((word, w) => {
        const [, site, out] = masks[w];
        for (let i = 0; i < n; i++) status[i] = word[i] & out ? EXCLUDED : Math.max(status[i], word[i] & site ? SITE : ADMITTED);
      });
      for (const [codes, out, as] of tests) for (let i = 0; i < n; i++) if (out[codes[i]] && status[i] < as) status[i] = as;
      return status;
    }

    countReasons() {
      const { words, reasons, n } = this;
      const hits = new Uint32Array(31 * words.length), alone = hits.slice();
      for (let i = 0; i < n; i++) {
        let last = -1;
        for (let w = 0; w < words.length; w++) {
          for (let bits = words[w][i]; bits; bits &= bits - 1) {
            const r = 31 * w + 31 - Math.clz32(bits & -bits);
            hits[r]++;
            last = last === -1 ? r : -2;
          }
        }
        if (last >= 0) alone[last]++;
      }
      reasons.forEach((reason, r) => Object.assign(reason, { hits: hits[r], alone: alone[r] }));
    }
    bitsOf(i) {
      const out = [];
      for (let w = 0; w < this.words.length; w++) {
        for (let bits = this.words[w][i]; bits; bits &= bits - 1) out.push(31 * w + 31 - Math.clz32(bits & -bits));
      }
      return out;
    }
    /* The first reason of the study that holds, "" for none; and the names of all that hold now. */
    firstReason(i) {
      const [first] = this.bitsOf(i);
      return first === undefined ? "" : this.reasons[first].name;
    }
    reasonsOf(i) {
      const { off = [], limits = {} } = this.state;
      const bits = this.bitsOf(i);
      const holds = (reason, r) => {
        const [codes, out] = this.moved(reason) || [];
        return !off.includes(reason.name) && (codes ? out[codes[i]] : bits.includes(r));
      };
      const own = Object.entries(limits).filter(([name, pair]) => this.named(name).beyond(pair)[this.named(name).codes[i]]);
      return [...this.reasons.filter(holds).map((reason) => reason.name), ...own.map(([name]) => `your limit: ${this.named(name).label}`)];
    }

    /* Scores under other weights, by whole numbers only up to a last rounding. */
    scores(weights) {
      const { n, tree, criteria, scored } = this;
      const out = this.scratch.score;
      for (const criterion of criteria) criterion.weight = null;
      this.scratch.used = 0;
      if (tree.combine !== "geometric") {
        const [sum, total] = this.summed(tree, weights, 1, 2);
        const whole = 2 * FULL * total;
        for (let i = 0; i < n; i++) out[i] = scored[i] ? Math.floor((sum[i] / whole) * (100 * POINT) + 0.5) : NONE;
        return out;
      }
      const logs = logarithms(this.about.floor);
      const unsure = criteria.some((criterion) => criterion.unsure);
      const [low, high] = [this.sums(), unsure ? this.sums() : null];
      let total = 0;
      shares(tree, weights).forEach((share, m) => {
        const power = Math.floor(share * POWER + 0.5);
        total += power;
        const [least, most] = this.values(tree.members[m], weights, share);
        for (let i = 0; i < n; i++) low[i] += power * logs[least[i]];
        if (unsure) for (let i = 0; i < n; i++) high[i] += power * logs[most[i]];
      });
      const whole = total * LOG;
      for (let i = 0; i < n; i++) {
        const least = exponential(low[i] / whole);
        const most = unsure && high[i] !== low[i] ? exponential(high[i] / whole) : least;
        out[i] = scored[i] ? Math.floor(((least + most) / 2) * (100 * POINT) + 0.5) : NONE;
      }
      return out;
    }
    /* A column of zeros that is used again for the next scores. */
    sums() {
      const { scratch, n } = this;
      const at = scratch.used++;
      return (scratch.sums[at] = scratch.sums[at]?.fill(0) || new Float64Array(n));
    }

    /* The exact sum of whole weights x values of a block, sums inside it unfolded, and the sum of the weights.
       side: of the low values (0), the high ones (1), or both together (2); whole: the block's share of all. */
    summed(block, weights, whole, side) {
      const { n } = this;
      const sum = this.sums();
      let total = 0;
      const add = (node, part, all) =>
        shares(node, weights).forEach((share, m) => {
          const member = node.members[m];
          const own = all === null ? null : all * share;
          if (member.combine === "weighted_sum") return add(member, part * share, own);
          const weight = Math.floor(part * share * SHARE + 0.5);
          total += weight;
          const pair = this.values(member, weights, own);
          const values = pair[side % 2];
          if (side < 2 || pair[0] === pair[1]) {
            const twice = side < 2 ? weight : 2 * weight;
            for (let i = 0; i < n; i++) sum[i] += twice * values[i];
          } else for (let i = 0; i < n; i++) sum[i] += weight * (values[i] + pair[1][i]);
        });
      add(block, 1, whole);
      return [sum, total];
    }

    /* The low and the high values of a node in 65535ths, the same column where nothing is uncertain. */
    values(node, weights, whole) {
      const { n } = this;
      if (!node.members) {
        const criterion = this.criteria[node.criterion];
        criterion.weight = whole;
        return [criterion.low, criterion.high];
      }
      const inside = node.combine === "weighted_sum" ? null : node.members.map((member) => this.values(member, weights, null));
      const made = [0, 1].map((side) => {
        if (side && !this.unsure(node)) return null;
        if (!inside) {
          const [sum, total] = this.summed(node, weights, whole, side);
          return Uint16Array.from(sum, (x) => Math.floor(x / total + 0.5));
        }
        const out = Uint16Array.from(inside[0][side]);
        for (const { [side]: values } of inside.slice(1)) {
          if (node.combine === "worst") for (let i = 0; i < n; i++) out[i] = Math.min(out[i], values[i]);
          else for (let i = 0; i < n; i++) out[i] = Math.floor((out[i] * values[i]) / FULL + 0.5);
        }
        return out;
      });
      return [made[0], made[1] || made[0]];
    }
    unsure(node) {
      return node.members ? node.members.some((member) => this.unsure(member)) : this.criteria[node.criterion].unsure;
    }

    /* The admitted, best first: a counting sort, least digits first, that keeps the study's order of equal ones. */
    sorted() {
      const { score, status, place, n } = this;
      let [from, to] = this.scratch.rows;
      let count = 0;
      for (let k = 0; k < n; k++) if (status[place[k]] === ADMITTED) from[count++] = place[k];
      for (const shift of [0, 14]) {
        const starts = new Uint32Array(16385);
        const digit = (i) => 16383 - (((score[i] + 1) >>> shift) & 16383); // none + 1 is 0
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
    column(name, i) {
      return this.standing.has(name) ? this.standing.ints(name)[i] : -1;
    }
    /* The interval of the study's score, of its rank, and its share of the shortlist; null where there is none. */
    range(i) {
      const [low, high] = [this.column("low", i), this.column("high", i)];
      return low < 0 || low === high ? null : [low / POINT, high / POINT];
    }
    ranks(i) {
      const [best, worst] = [this.column("best", i), this.column("worst", i)];
      return best > 0 && best !== worst ? [best, worst] : null;
    }
    pTopK(i) {
      const share = this.column("p_top_k", i);
      return share < 0 ? null : share / 10000;
    }
    tier(i) {
      const { tiers } = this.about;
      if (!this.live || !tiers.length) return this.standing.json("tiers")[this.column("tier", i)];
      if (this.status[i] !== ADMITTED || this.score[i] === NONE) return "";
      return (tiers.find(([, cut]) => this.score[i] >= Math.round(cut * POINT)) || ["low"])[0];
    }
    /* The rows whose id or published fields hold a text: the whole id first, then by rank. */
    find(asked) {
      const text = asked.toLowerCase();
      const fields = this.details_ ? this.details_.published : [];
      const place = (i) => (this.ids[i].toLowerCase() === text ? -1 : this.rank[i] || Infinity);
      const holds = (i) => this.ids[i].toLowerCase().includes(text) || fields.some((field) => field.at(i).toLowerCase().includes(text));
      const found = Array.from(this.place).filter(holds).map((i) => [place(i), i]);
      return found.sort((a, b) => (a[0] === b[0] ? 0 : a[0] - b[0])).map(([, i]) => i);
    }
    histogram(bins) {
      const out = new Uint32Array(bins);
      for (const i of this.order) if (this.score[i] !== NONE) out[Math.min(bins - 1, Math.floor((this.score[i] / (100 * POINT)) * bins))]++;
      return out;
    }

    /* Python's own while its weights hold; else, in a tree of sums, share x (value - median of the study's admitted). */
    contribution(j, i) {
      if (!this.state.weights) {
        const own = this.details_ ? known(this.details_.contribution[j][i]) : null;
        return own === null ? null : own / 10 ** this.about.decimals;
      }
      const criterion = this.criteria[j];
      const { low, high, weight } = criterion;
      if (weight === null || this.tree.combine === "geometric" || !this.scored[i]) return null;
      if (criterion.median === undefined) {
        const all = Float64Array.from(this.study.order, (row) => low[row] + high[row]).sort();
        const half = all.length >> 1;
        criterion.median = all.length % 2 ? all[half] : (all[half - 1] + all[half]) / 2 || 0;
      }
      return (100 * weight * (low[i] + high[i] - criterion.median)) / (2 * FULL);
    }

    /* Latitude and longitude of a point in the parcel; its box in the world square; null without an outline. */
    inside(i) {
      const at = siting.insideOf(this.shapes, i);
      const { west, north, step } = this.shapes;
      return at && [siting.latitude(north + at[1] * step), (west + at[0] * step) * 360 - 180];
    }
    box(i) {
      const { west, north, step, box } = this.shapes;
      const b = 4 * i;
      return box[b] > box[b + 2] ? null : [west + box[b] * step, north + box[b + 1] * step, west + box[b + 2] * step, north + box[b + 3] * step];
    }

    details() {
      return (this.reading ||= this.readCard().then((card) => (this.details_ = detailsOf(card, this.criteria))));
    }
    card(i) {
      const { measured, published, sections, nearest, missing, waterfall, central, change } = this.details_;
      const lines = (column) => (column && column.at(i) ? column.at(i).split("\n") : []);
      const pick = (column) => (column ? known(column[i]) : null);
      const { cuts, ...rest } = waterfall || {};
      return {
        missing: lines(missing),
        measured: Object.fromEntries(measured.map(({ label, at }) => [label, at(i)])),
        published: published.map(({ label, at }) => [label, at(i)]),
        sections: sections.map((section) => ({ title: section.label, lines: lines(section) })),
        nearest: nearest.map((column) => (column ? column.at(i) : "")),
        waterfall: waterfall && {
          ...Object.fromEntries(Object.entries(rest).map(([name, column]) => [name, pick(column)])),
          cuts: cuts.map(({ label, area }) => ({ label, area: pick(area) })),
        },
        central: pick(central),
        change: pick(change),
      };
    }
  }

  /* What the card segment holds: columns of texts as {label, at(i)}, of numbers in whole tenths or hundredths. */
  function detailsOf(card, criteria) {
    const head = card.json("head");
    const texts = (name, label) => {
      const [table, index] = [card.json(`${name}.table`), card.ints(`${name}.index`)];
      return { label, at: (i) => table[index[i]] };
    };
    const all = (kind) => head[kind].map((label, k) => texts(`${kind}${k}`, label));
    const ints = (name) => (card.has(name) ? card.ints(name) : null);
    const cuts = head.cuts && head.cuts.map((label, k) => ({ label, area: ints(`cut${k}`) }));
    return {
      measured: all("measured"), published: all("published"), sections: all("sections"),
      missing: head.missing && texts("missing"),
      nearest: head.nearest.map((there, j) => there && texts(`nearest${j}`)),
      contribution: criteria.map((_, j) => card.ints(`by${j}`)),
      central: ints("central"), change: ints("change"),
      waterfall: cuts && { gross: ints("gross"), usable: ints("usable"), largest: ints("largest"), cuts },
      pads: head.pads && siting.gridShapes(card, "pads", head.pads),
    };
  }

  function counted(status) {
    const counts = [0, 0, 0];
    for (let i = 0; i < status.length; i++) counts[status[i]]++;
    return { admitted: counts[ADMITTED], site: counts[SITE], excluded: counts[EXCLUDED] };
  }

  /* Competition ranks: equal scores share the better place. */
  function ranks(order, score, out) {
    for (let k = 0; k < order.length && score[order[k]] !== NONE; k++) {
      out[order[k]] = k && score[order[k]] === score[order[k - 1]] ? out[order[k - 1]] : k + 1;
    }
    return out;
  }

  /* The normalised weights of a block's members, added up in study order. */
  function shares(block, weights) {
    const own = block.members.map((member) => weights[member.path]);
    const total = own.reduce((sum, weight) => sum + weight, 0);
    return own.map((weight) => (total > 0 ? weight / total : 1 / own.length));
  }

  /* Numbers that lie evenly between knots. */
  function spread(knots, count) {
    const steps = (count - 1) / (knots.length - 1);
    return Float64Array.from({ length: count }, (_, k) => {
      const piece = Math.min(knots.length - 2, Math.floor(k / steps));
      return knots[piece] + ((knots[piece + 1] - knots[piece]) * (k - piece * steps)) / steps;
    });
  }

  /* log(max(k / 65535, floor)) in 2^-32, from + - x / alone, so that every machine has the same table. */
  const tables = new Map();
  function logarithms(floor) {
    if (!tables.has(floor)) {
      tables.set(floor, Float64Array.from({ length: FULL + 1 }, (_, k) => {
        let x = Math.max(k / FULL, floor), halvings = 0, sum = 0;
        for (; x < 2 / 3; halvings++) x *= 2;
        const t = (x - 1) / (x + 1);
        for (let odd = 23; odd > 0; odd -= 2) sum = sum * (t * t) + 1 / odd;
        return Math.floor((2 * t * sum - halvings * 0.6931471805599453) * LOG + 0.5);
      }));
    }
    return tables.get(floor);
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
