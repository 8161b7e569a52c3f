"use strict";
(() => {
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const count = data.outcome.length;
  const SVG = "http://www.w3.org/2000/svg";
  const OPEN = "\u0001", CLOSE = "\u0002";
  const EFFECTS = ["blocks", "undetermined", "degrades", "informs"];
  const COLUMNS = ["outcome", "date", "sender", "subject", "reasons", "source"];
  const number = (value) => value.toLocaleString("en-GB");
  const plain = (text) => text.includes(OPEN) ? text.replaceAll(OPEN, "").replaceAll(CLOSE, "") : text;

  /* Everything is built from nodes and text: nothing in the data is ever read as markup. */
  function el(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    for (const child of children) if (child !== null) node.append(child);
    return node;
  }

  function foreign(text, tag = "bdi") {
    const node = el(tag);
    node.dir = "auto";
    text.split(OPEN).forEach((piece, at) => {
      const end = piece.indexOf(CLOSE);
      if (at && end >= 0) {
        node.append(el("span", "esc", piece.slice(0, end)));
        breakable(node, piece.slice(end + 1));
      } else breakable(node, piece);
    });
    return node;
  }

  /* Addresses and paths break before "@" and after "/", when they must. */
  function breakable(node, text) {
    if (text.length > 400) node.append(text);
    else text.split(/(?=@)|(?<=\/)/).forEach((piece, at) => node.append(...(at ? [el("wbr"), piece] : [piece])));
  }

  function mark(kind) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "mark o" + kind);
    svg.setAttribute("viewBox", "0 0 20 20");
    svg.setAttribute("width", "16");
    svg.setAttribute("height", "16");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", "#mark" + kind);
    svg.append(use);
    return svg;
  }

  const outcomeOf = (row) => data.outcome.charCodeAt(row) - 48;
  const badge = (kind) => el("span", "outcome t" + kind, mark(kind), " " + data.names[kind]);
  const codesOf = (row) => data.sets[data.reasons[row]].slice(1).map((code) => data.codes[code]);

  /* What is shown: kept in the address, so that it can be sent on and gone back to. */
  const EMPTY = { q: "", outcome: "", reason: "", decided: "", noted: "", sender: "", provider: "", month: "", sort: "", page: "1", open: "" };
  let state = { ...EMPTY };
  let rows = [];
  let trigger = null;

  function readAddress() {
    const hash = location.hash.slice(1);
    const next = { ...EMPTY };
    if (!hash.includes("=")) return null;
    for (const [key, value] of new URLSearchParams(hash)) if (key in next) next[key] = value;
    return next;
  }

  function writeAddress(push) {
    const said = new URLSearchParams();
    for (const key of Object.keys(EMPTY)) if (state[key] !== EMPTY[key]) said.set(key, state[key]);
    const hash = "#" + (said.toString() || "items");
    if (hash === location.hash) return;
    try {
      history[push ? "pushState" : "replaceState"](null, "", hash);
    } catch { /* where a viewer forbids it the address stays, the page works */ }
  }

  function change(changes, push = false) {
    state = { ...state, page: "1", ...changes };
    writeAddress(push);
    show();
  }

  let haystack = null;
  function searched() {
    haystack ??= Array.from({ length: count }, (_, row) => plain([
      data.source[row], data.strings[data.sender[row]], data.subject[row], data.ident[row], data.date[row], codesOf(row).join(" "),
    ].join("\n")).toLowerCase());
    return haystack;
  }

  /* Each order is worked out once, over all rows, and filtered afterwards: 50,000 rows follow at once. */
  const orders = new Map();
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const texts = {
    sender: (row) => data.strings[data.sender[row]],
    subject: (row) => data.subject[row],
    source: (row) => data.source[row],
    reasons: (row) => data.codes[data.sets[data.reasons[row]][1]] ?? "",
  };
  function ranks(key) {
    if (key === "outcome") return Array.from({ length: count }, (_, row) => outcomeOf(row));
    if (key === "date") return data.time.map((minutes) => minutes ?? Infinity);
    const values = Array.from({ length: count }, (_, row) => plain(texts[key](row)));
    const distinct = [...new Set(values)].sort(collator.compare);
    const places = new Map(distinct.map((value, place) => [value, value ? place : Infinity]));
    return values.map((value) => places.get(value));
  }
  function order(sort) {
    if (orders.has(sort)) return orders.get(sort);
    const every = Array.from({ length: count }, (_, row) => row);
    const key = sort.replace("-", "");
    if (COLUMNS.includes(key)) {
      const rank = ranks(key);
      const sign = sort === key ? 1 : -1;
      /* What has no value comes last, whichever way. */
      every.sort((a, b) => rank[a] === rank[b] ? a - b : rank[a] === Infinity ? 1 : rank[b] === Infinity ? -1 : sign * (rank[a] - rank[b]));
    }
    orders.set(sort, every);
    return every;
  }

  /* A set begins with how many of its codes decided; those come first. */
  function has(set, code, how) {
    const place = set.indexOf(code, 1);
    return place > 0 && (how === "reason" || (place <= set[0]) === (how === "decided"));
  }

  function select() {
    let found = order(state.sort);
    const outcomes = new Set(state.outcome.split(",").map((key) => data.keys.indexOf(key)).filter((kind) => kind >= 0));
    if (outcomes.size) found = found.filter((row) => outcomes.has(outcomeOf(row)));
    for (const key of ["reason", "decided", "noted"]) {
      if (!state[key]) continue;
      const code = data.codes.findIndex((known) => plain(known) === state[key]);
      const sets = new Set(data.sets.flatMap((set, at) => has(set, code, key) ? [at] : []));
      found = found.filter((row) => sets.has(data.reasons[row]));
    }
    for (const [key, column] of [["sender", data.domain], ["provider", data.provider]]) {
      if (!state[key]) continue;
      const place = data.strings.indexOf(state[key]);
      found = found.filter((row) => place >= 0 && column[row] === place);
    }
    if (state.month) found = found.filter((row) => data.date[row].startsWith(state.month));
    const terms = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    if (terms.length) {
      const text = searched();
      found = found.filter((row) => terms.every((term) => text[row].includes(term)));
    }
    return found;
  }

  function cell(key, ...children) {
    const td = el("td", "c-" + key, el("span", "clip", ...children));
    td.setAttribute("role", "cell");
    return td;
  }

  function line(row) {
    const [deciding, ...codes] = data.sets[data.reasons[row]];
    const button = el("button", "open", data.subject[row] ? foreign(data.subject[row]) : el("span", "none", "no subject"));
    button.type = "button";
    button.setAttribute("aria-haspopup", "dialog");
    const more = deciding > 1 ? " +" + (deciding - 1) : "";
    const tr = el("tr", "",
      cell("outcome", badge(outcomeOf(row))),
      cell("date", data.date[row]),
      cell("sender", foreign(data.strings[data.sender[row]])),
      cell("subject", button),
      cell("reasons", deciding ? foreign(data.codes[codes[0]], "code") : null, more),
      cell("source", foreign(data.source[row])));
    tr.setAttribute("role", "row");
    tr.dataset.row = row;
    return tr;
  }

  let drawn = "";
  function show() {
    const wanted = JSON.stringify({ ...state, open: "" });
    if (wanted !== drawn) draw();
    drawn = wanted;
    panel();
  }

  function draw() {
    rows = select();
    const pages = Math.max(1, Math.ceil(rows.length / data.page));
    const page = Math.min(Math.max(1, parseInt(state.page, 10) || 1), pages);
    const start = (page - 1) * data.page;
    $("rows").replaceChildren(...rows.slice(start, start + data.page).map(line));
    $("found").textContent = rows.length === count ? `All ${number(count)} items` : `${number(rows.length)} of ${number(count)} items`;
    $("pager").hidden = pages === 1;
    $("pages").textContent = `${number(start + 1)} to ${number(Math.min(start + data.page, rows.length))} of ${number(rows.length)}`;
    $("previous").disabled = page === 1;
    $("next").disabled = page === pages;
    $("previous").onclick = () => turn(page - 1);
    $("next").onclick = () => turn(page + 1);
    for (const th of document.querySelectorAll("#table th")) {
      const key = th.dataset.key;
      if (state.sort === key) th.setAttribute("aria-sort", "ascending");
      else if (state.sort === "-" + key) th.setAttribute("aria-sort", "descending");
      else th.removeAttribute("aria-sort");
    }
    controls();
  }

  function turn(page) {
    change({ page: String(page) });
    $("h-items").scrollIntoView();
  }

  function controls() {
    if ($("q").value !== state.q && document.activeElement !== $("q")) $("q").value = state.q;
    $("reason").value = state.reason;
    const chosen = state.outcome.split(",");
    for (const button of $("outcomes").children) button.setAttribute("aria-pressed", String(chosen.includes(button.dataset.key)));
    const chips = [["decided", "Decided by"], ["noted", "Found"], ["sender", "Sender's domain"], ["provider", "PEC provider"], ["month", "Month"]].filter(([key]) => state[key]);
    $("chips").replaceChildren(...chips.map(([key, label]) => {
      const chip = el("button", "", `${label}: ${state[key]} \u00d7`);
      chip.type = "button";
      chip.setAttribute("aria-label", `Remove the filter ${label}: ${state[key]}`);
      chip.onclick = () => { change({ [key]: "" }); $("q").focus(); };
      return chip;
    }));
  }

  /* The details are in blocks below this script: those of a message are read when it is opened. */
  const blocks = new Map();
  function block(at) {
    if (blocks.has(at)) return blocks.get(at);
    const node = $("block" + at);
    if (!node) return null;
    blocks.clear();
    blocks.set(at, JSON.parse(node.textContent));
    return blocks.get(at);
  }

  function panel() {
    const dialog = $("panel");
    const row = parseInt(state.open, 10) - 1;
    if (!(row >= 0 && row < count)) {
      if (dialog.open) dialog.close();
      return;
    }
    const held = block(Math.floor(row / data.block));
    /* Still being loaded: shown when the page is complete. */
    if (!held) return;
    const place = rows.indexOf(row);
    $("panel-place").textContent = place < 0 ? `item ${number(row + 1)} of ${number(count)}` : `${number(place + 1)} of ${number(rows.length)}`;
    $("panel-previous").disabled = place <= 0;
    $("panel-next").disabled = place < 0 || place === rows.length - 1;
    $("panel-body").replaceChildren(...describe(row, held.items[row % data.block], (at) => held.words[at]));
    if (!dialog.open) {
      trigger = document.activeElement;
      dialog.showModal();
    }
    dialog.scrollTop = 0;
    $("panel-body").focus({ preventScroll: true });
  }

  function step(by) {
    const place = rows.indexOf(parseInt(state.open, 10) - 1);
    const next = rows[place + by];
    if (place < 0 || next === undefined) return;
    const page = String(Math.floor((place + by) / data.page) + 1);
    change({ open: String(next + 1), page });
  }

  function describe(row, [summary, about, sections, reasons, tables], word) {
    const title = el("h2", "", data.subject[row] && outcomeOf(row) < 4 ? foreign(data.subject[row]) : el("span", "none", outcomeOf(row) < 4 ? "no subject" : "no verdict"));
    title.id = "panel-title";
    const nodes = [badge(outcomeOf(row)), title, foreign(data.source[row], "p")];
    nodes[2].className = "path";
    about.forEach((at) => nodes.push(el("p", "about", foreign(word(at)))));
    if (word(summary)) nodes.push(el("p", "summary", foreign(word(summary))));
    if (reasons.length) nodes.push(el("h3", "", reasons.length === 1 ? "Reason" : "Reasons"), ...reasons.map((reason) => reasonNode(reason, word)));
    for (const [name, facts] of sections) nodes.push(el("h3", "", word(name)), factsNode(facts, word));
    for (const [name, heads, lines] of tables) nodes.push(el("h3", "", word(name)), tableNode(heads, lines, word));
    return nodes;
  }

  function reasonNode([code, effect, basis, title, detail, evidence, more, assumes, remedies, references], word) {
    const kind = Math.max(0, EFFECTS.indexOf(word(effect)));
    const node = el("div", "reason", el("h4", "", mark(kind < 3 ? kind : 4), foreign(word(title))),
      el("p", "muted", foreign(word(code), "code"), ` ${plain(word(effect))}, ${plain(word(basis))}`),
      el("p", "", foreign(word(detail))));
    if (evidence.length) {
      const list = el("ul", "evidence", ...evidence.map(([where, excerpt]) => el("li", "",
        el("div", "where", foreign(word(where))), word(excerpt) ? foreign(word(excerpt), "blockquote") : null)));
      if (more) list.append(el("li", "muted", `and ${number(more)} more places`));
      node.append(el("h5", "", "Evidence"), list);
    }
    if (assumes.length) node.append(el("h5", "", "Assumes"), ...assumes.map((at) => el("p", "muted", foreign(word(at)))));
    if (remedies.length) node.append(el("h5", "", "What to do"), ...remedies.map((at) => remedyNode(word(at))));
    if (references.length) node.append(el("h5", "", "Sources"), el("ul", "sources", ...references.map((at) => sourceNode(word(at)))));
    return node;
  }

  function remedyNode(ident) {
    const known = Object.hasOwn(data.remedies, ident) ? data.remedies[ident] : null;
    if (!known) return el("p", "", foreign(ident));
    const [title, steps, loses, mind] = known;
    return el("details", "remedy", el("summary", "", title), el("p", "", steps),
      el("p", "aside", el("b", "", "What is lost. "), loses), el("p", "aside", el("b", "", "Mind. "), mind));
  }

  function sourceNode(ident) {
    const known = Object.hasOwn(data.references, ident) ? data.references[ident] : null;
    if (!known) return el("li", "", foreign(ident));
    const link = el("a", "", known[0]);
    if (known[2].startsWith("https://")) link.href = known[2];
    link.rel = "noopener noreferrer";
    return el("li", "", link, ` (${known[1]})`);
  }

  const factsNode = (facts, word) => el("dl", "facts", ...facts.map(([label, values]) => el("div", "",
    el("dt", "", word(label)), el("dd", "", ...values.map((at) => foreign(word(at), "div"))))));

  function tableNode(heads, lines, word) {
    const head = el("tr", "", ...heads.map((at) => {
      const th = el("th", "", word(at));
      th.scope = "col";
      return th;
    }));
    const body = lines.map((cells) => el("tr", "", ...cells.map((at) => el("td", "", foreign(word(at))))));
    return el("div", "scroll", el("table", "", el("thead", "", head), el("tbody", "", ...body)));
  }

  function listen() {
    let waiting = 0;
    $("controls").addEventListener("submit", (event) => event.preventDefault());
    $("q").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => change({ q: $("q").value }), 120);
    });
    $("reason").addEventListener("change", () => change({ reason: $("reason").value }));
    for (const button of document.querySelectorAll("#table .sort")) {
      const key = button.parentElement.dataset.key;
      button.addEventListener("click", () => change({ sort: state.sort === key ? "-" + key : key }));
    }
    $("rows").addEventListener("click", (event) => {
      const tr = event.target.closest("tr");
      if (!tr || String(getSelection())) return;
      tr.querySelector(".open").focus();
      change({ open: String(Number(tr.dataset.row) + 1), page: state.page }, true);
    });
    $("panel-close").onclick = () => $("panel").close();
    $("panel-previous").onclick = () => step(-1);
    $("panel-next").onclick = () => step(1);
    $("panel").addEventListener("click", (event) => {
      if (event.target === $("panel")) $("panel").close();
    });
    $("panel").addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    });
    $("panel").addEventListener("close", () => {
      const row = parseInt(state.open, 10) - 1;
      if (!state.open) return;
      state = { ...state, open: "" };
      writeAddress(false);
      const back = document.querySelector(`#rows tr[data-row="${row}"] .open`) ?? trigger;
      if (back && back.isConnected) back.focus();
    });
    addEventListener("hashchange", follow);
    addEventListener("popstate", follow);
    document.addEventListener("DOMContentLoaded", panel);
    let closed = [];
    addEventListener("beforeprint", () => {
      closed = [...document.querySelectorAll("details:not([open], .noted)")];
      closed.forEach((node) => { node.open = true; });
    });
    addEventListener("afterprint", () => closed.forEach((node) => { node.open = false; }));
  }

  function follow() {
    const next = readAddress();
    if (!next) return;
    if (Object.keys(next).every((key) => next[key] === state[key])) return;
    const opened = next.open && next.open !== state.open;
    /* A link to a message alone leaves the table as it is. */
    state = opened && location.hash.startsWith("#open=") && !location.hash.includes("&") ? { ...state, open: next.open } : next;
    show();
    if (!state.open) $("h-items").scrollIntoView();
  }

  function build() {
    const kinds = data.names.map((_, kind) => kind);
    const counts = kinds.map(() => 0);
    for (let row = 0; row < count; row += 1) counts[outcomeOf(row)] += 1;
    $("outcomes").append(...kinds.filter((kind) => counts[kind]).map((kind) => {
      const button = el("button", "", mark(kind), data.names[kind], el("span", "", number(counts[kind])));
      button.type = "button";
      button.dataset.key = data.keys[kind];
      button.onclick = () => {
        const chosen = new Set(state.outcome.split(",").filter(Boolean));
        if (!chosen.delete(data.keys[kind])) chosen.add(data.keys[kind]);
        change({ outcome: [...chosen].join(",") });
      };
      return button;
    }));
    const perSet = new Map();
    for (const set of data.reasons) perSet.set(set, (perSet.get(set) ?? 0) + 1);
    const perCode = new Map();
    for (const [set, items] of perSet) for (const code of data.sets[set].slice(1)) perCode.set(code, (perCode.get(code) ?? 0) + items);
    const sorted = [...perCode].sort((a, b) => b[1] - a[1] || (data.codes[a[0]] < data.codes[b[0]] ? -1 : 1));
    $("reason").append(...sorted.map(([code, items]) => {
      const option = el("option", "", `${plain(data.codes[code])} (${number(items)})`);
      option.value = plain(data.codes[code]);
      return option;
    }));
  }

  root.classList.add("scripted");
  build();
  listen();
  state = readAddress() ?? state;
  show();
  if (readAddress() && !state.open) $("h-items").scrollIntoView();
  root.dataset.ready = String(Math.round(performance.now()));
})();
