/* What takes longer than an answer: maps of winners, sampled plans, simulations, sweeps, files. */
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const own = (window.isacplan = window.isacplan || {});
  dash.explorer = dash.explorer || {};
  own.clicked = own.clicked || {};
  let mapping = false;
  let planning = null;

  /* The map of the latest state, one at a time. */
  async function askForMap() {
    if (mapping) return;
    mapping = true;
    const asked = own.asked;
    const answer = await own.fetched("map", { values: asked.values, theme: own.theme() });
    mapping = false;
    if (answer !== null) own.showMap(answer.figure);
    const now = own.answered;
    if (own.asked !== asked && now && now.kind === "split" && now.state === "planned") askForMap();
  }

  /* What an answer leaves to do in the background. */
  own.after = (answer) => {
    if (answer.kind === "split" && answer.state === "planned") askForMap();
    const later = answer.state === "sketched" || answer.state === "pending";
    const wish = later ? JSON.stringify(own.asked.values) : null;
    if (wish === planning) return;
    planning = wish;
    own.set("plan-request", { data: later
      ? { kind: "plan", values: own.asked.values, seq: answer.seq } : { cancel: true, seq: answer.seq } });
  };

  dash.explorer.planned = (status) => {
    if (!status || planning === null) return dash.no_update;
    if (!status.done) return dash.no_update;
    planning = null;
    if (status.words) own.problem(status.words, status.fixes || []);
    else own.renew();
    return dash.no_update;
  };

  // ---- simulations and sweeps

  let n = 0;
  const request = (more) => {
    own.set("task-request", { data: { values: own.stated.values, n: ++n, theme: own.theme(), ...more } });
    document.getElementById("task-result").replaceChildren();
    document.getElementById("task-figure").hidden = true;
    progress(true, 0, "starting");
  };
  function progress(running, part, words) {
    document.getElementById("task-progress").hidden = !running;
    document.getElementById("task-part").value = part;
    document.getElementById("task-words").textContent = words;
  }
  const number = (id) => {
    const text = document.getElementById(id).value;
    return text === "" ? null : Number(text);
  };
  own.clicked.simulate = () => request({ kind: "simulate" });
  dash.explorer.swept = (key) => { own.over = key; return dash.no_update; };
  own.clicked.sweep = () => request({ kind: "sweep", over: own.over, start: number("sweep-start"),
    stop: number("sweep-stop"), count: number("sweep-count"),
    whole: Boolean((own.keys[own.stated.values.kind][own.over] || {}).whole) });
  own.clicked["task-cancel"] = () => {
    own.set("task-request", { data: { cancel: true, n: ++n } });
    progress(false, 0, "cancelled");
  };

  dash.explorer.worked = (status) => {
    if (!status) return dash.no_update;
    if (!status.done) {
      progress(true, status.part, status.words);
      return dash.no_update;
    }
    progress(false, 1, "done");
    const place = document.getElementById("task-result");
    if (status.words) place.replaceChildren(own.element("p", status.words, { role: "alert" }));
    else {
      place.replaceChildren(...status.tables.map(own.table));
      document.getElementById("task-figure").hidden = !status.figure;
      if (status.figure) own.draw("task-graph", status.figure);
    }
    return dash.no_update;
  };

  // ---- files; what is too large the toolkit drops without a word

  const refused = (files) => {
    for (const file of files || [])
      if (file.size > own.largest) own.say(
        `${file.name}: ${file.size} bytes; at most ${own.largest} are read: is it the right file?`);
  };
  document.addEventListener("change", (event) => refused(event.target.files), true);
  document.addEventListener("drop", (event) => refused(event.dataTransfer.files), true);

  for (const ending of ["toml", "svg", "png", "csv"])
    own.clicked["save-" + ending] = () =>
      own.set("export-request", { data: { ending: ending, values: own.stated.values, n: ++n } });
})();
