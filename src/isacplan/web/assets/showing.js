/* What an answer looks like: figures by Plotly, tables and words as plain elements. */
(function () {
  "use strict";
  const own = (window.isacplan = window.isacplan || {});

  own.plot = (name) => document.querySelector(`#${name} .js-plotly-plot`);

  /* Draw once the toolkit has its graph ready; of several figures the last. */
  const due = {};
  const drawn = {};
  own.draw = (name, figure) => {
    const plot = own.plot(name);
    due[name] = figure;
    if (!plot || !plot._fullLayout || !window.Plotly) {
      setTimeout(() => { if (due[name] === figure) own.draw(name, figure); }, 50);
      return;
    }
    const text = JSON.stringify(figure);
    if (drawn[name] === text) return;
    drawn[name] = text;
    window.Plotly.react(plot, figure.data, figure.layout);
  };

  own.element = (tag, children, attributes) => {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    for (const child of Array.isArray(children) ? children : [children]) made.append(child);
    return made;
  };
  const element = own.element;

  const written = {};
  own.write = (id, source, build) => {
    const text = JSON.stringify(source);
    if (written[id] === text) return;
    written[id] = text;
    document.getElementById(id).replaceChildren(...build(source));
  };

  own.table = (table) => element("table", [
    element("caption", table.caption),
    element("thead", element("tr", table.head.map((t) => element("th", t, { scope: "col" })))),
    element("tbody", table.rows.map((row) => element("tr",
      row.map((t, i) => (i ? element("td", t) : element("th", t, { scope: "row" })))))),
  ]);

  const facts = (pairs) => [element("dl", pairs.map(([name, value]) =>
    element("div", [element("dt", name), element("dd", value)])))];

  own.problem = (words, fixes) => {
    own.write("alert", { words, fixes }, () => (words ? [
      element("p", words),
      ...fixes.map((fix, i) => {
        const button = element("button", fix.label, { type: "button", id: "fix-" + i });
        button.addEventListener("click", () => own.change(fix.changes));
        return button;
      }),
    ] : []));
  };

  // ---- the pinned design beside the present one

  let pinned = null;
  let shown = null;
  own.clicked = own.clicked || {};
  own.clicked.pin = () => { pinned = shown; redraw(); };
  own.clicked.unpin = () => { pinned = null; redraw(); };

  function withPinned(name, figure) {
    if (!pinned || !shown || pinned.kind !== shown.kind || !pinned.figures[name]) return figure;
    const old = pinned.figures[name].data;
    const tag = (trace, more) =>
      ({ ...trace, opacity: 0.5, name: "pinned: " + trace.name, ...(more || {}) });
    if (name === "time-line") {
      const above = old.map((t) => tag(t, { y: t.y.map(() => 1), showlegend: false }));
      const y = { ...figure.layout.yaxis, range: [-0.5, 1.5], visible: true, showgrid: false,
        tickvals: [0, 1], ticktext: ["now", "pinned"] };
      return { data: [...figure.data, ...above], layout: { ...figure.layout, yaxis: y } };
    }
    if (name === "over-sensing" || name === "over-updates")
      return { ...figure, data: [...figure.data, tag(old[0]), tag(old[old.length - 1])] };
    if (name === "trade-off")
      return { ...figure, data: [...figure.data, ...old.map((t) => tag(t, { showlegend: false }))] };
    if (name === "accuracy")
      return { data: [...figure.data, tag(old[0])], layout: { ...figure.layout, barmode: "group" } };
    return figure;
  }

  function compared() {
    if (!pinned || !shown || pinned.kind !== shown.kind) return [];
    const before = Object.fromEntries(pinned.facts);
    const rows = shown.facts.map(([name, value]) => [name, before[name], value]);
    return [{ caption: "Pinned and now", head: ["", "pinned", "now"], rows: rows }];
  }

  function redraw() {
    if (!shown) return;
    for (const [name, figure] of Object.entries(shown.figures)) own.draw(name, withPinned(name, figure));
    own.write("compare", compared(), (tables) => tables.map(own.table));
  }

  // ---- answers

  own.show = (answer) => {
    const page = document.documentElement;
    page.dataset.state = answer.state;
    if (answer.state !== "planned" && answer.state !== "sketched") {
      own.problem(answer.words, answer.fixes || []);
      own.write("summary", answer.words, (words) => [words]);
      return;
    }
    page.dataset.kind = answer.kind;
    const map = answer.figures["winner-map"];
    // Until the map of this state is worked out, the one before is better than none.
    if (map && shown && shown.kind === answer.kind && !map.data.length)
      answer.figures["winner-map"] = shown.figures["winner-map"];
    shown = answer;
    own.shown = answer;
    redraw();
    own.problem("", []);
    own.write("headline", answer.facts, facts);
    own.write("tables", answer.tables, (tables) => tables.map(own.table));
    own.write("notes", answer.notes, (notes) => notes.map((note) => element("li", note)));
    own.write("summary", answer.summary, (words) => [words]);
    own.write("command", answer.command, (words) => [words]);
    own.write("python", answer.python, (words) => [words]);
    if (answer.users) own.drawMap();
  };

  own.showMap = (figure) => {
    if (!figure || !shown || shown.kind !== "split") return;
    shown.figures["winner-map"] = figure;
    own.draw("winner-map", figure);
  };
})();
