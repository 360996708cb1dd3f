/* The users around the station, to be dragged. */
(function () {
  "use strict";
  const own = (window.isacplan = window.isacplan || {});

  const TOP_DB = 45; // of the data SNR, at the station
  const NEAR = 28; // pixels from which a user is taken hold of
  const rad = Math.PI / 180;
  const radius = (snr) => Math.min(Math.max(TOP_DB - snr, 2), 120);
  let users = [];
  let dragged = null;
  own.reach = null;

  function placed(values) {
    if (values.kind === "split") {
      const s = values.split || {};
      return (values.users || [{}]).map((u, i) => ({ label: String(i), draggable: true,
        angle: u.angle_deg === undefined ? s.angle_deg || 0 : u.angle_deg,
        r: u.distance_m === undefined ? s.distance_m || 1 : u.distance_m }));
    }
    if (values.users)
      return values.users.map((u, i) =>
        ({ label: String(i), draggable: true, angle: u.angle_deg, r: radius(u.snr_db) }));
    const found = (own.shown && own.shown.kind === "frame" && own.shown.users) || [];
    return found.map((u) => ({ label: u[0], draggable: false, angle: u[1], r: 40 }));
  }

  const x = (u) => u.r * Math.cos(u.angle * rad);
  const y = (u) => u.r * Math.sin(u.angle * rad);

  function rings(reach, colour) {
    const turn = Array.from({ length: 37 }, (_, i) => (i * 5 - 90) * rad);
    return [0.25, 0.5, 0.75, 1].map((part) => ({ type: "scatter", mode: "lines",
      x: turn.map((t) => part * reach * Math.cos(t)), y: turn.map((t) => part * reach * Math.sin(t)),
      line: { color: colour, width: 1 } }));
  }

  own.drawMap = () => {
    const values = own.stated.values;
    if (!values) return;
    users = placed(values);
    const split = values.kind === "split";
    const farthest = Math.max(1e-9, ...users.map((u) => u.r));
    // The scale stays while a user is dragged, or the user would run from the pointer.
    if (dragged === null || own.reach === null)
      own.reach = split ? 1.3 * farthest : Math.max(60, farthest + 5);
    const reach = own.reach;
    const dark = own.theme() === "dark";
    const points = { type: "scatter", mode: "markers+text", x: users.map(x), y: users.map(y),
      text: users.map((u) => u.label), textposition: "middle center",
      textfont: { color: dark ? "#0d1117" : "#ffffff", size: 12 },
      marker: { size: 24, color: dark ? "#56b4e9" : "#0072b2" } };
    const station = { type: "scatter", mode: "markers", x: [0], y: [0],
      marker: { size: 16, symbol: "triangle-right", color: dark ? "#ff9d4d" : "#c04d00" } };
    const hidden = { visible: false, fixedrange: true };
    own.draw("map", { data: [...rings(reach, dark ? "#30363d" : "#d0d7de"), station, points], layout: {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
      margin: { l: 4, r: 4, t: 4, b: 4 }, font: { color: dark ? "#e6edf3" : "#1b1f24" },
      xaxis: { ...hidden, range: [-0.12 * reach, 1.12 * reach] },
      yaxis: { ...hidden, range: [-1.08 * reach, 1.08 * reach], scaleanchor: "x" },
      annotations: split ? [{ x: -0.1 * reach, y: -reach, xanchor: "left", showarrow: false,
        text: "outer ring: " + Number(reach.toPrecision(3)) + " m" }] : [] } });
  };

  /* Where a pointer is on the map, in its coordinates. */
  function pointed(event) {
    const plot = own.plot("map");
    if (!plot || !plot._fullLayout) return null;
    const { xaxis, yaxis } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    return { x: xaxis.p2d(event.clientX - box.left - xaxis._offset),
      y: yaxis.p2d(event.clientY - box.top - yaxis._offset),
      scale: xaxis._length / (xaxis.range[1] - xaxis.range[0]) };
  }

  function held(event) {
    const graph = document.getElementById("map");
    const point = graph && graph.contains(event.target) ? pointed(event) : null;
    if (!point || !users.length) return null;
    const away = users.map((u) => point.scale * Math.hypot(x(u) - point.x, y(u) - point.y));
    const nearest = away.indexOf(Math.min(...away));
    return away[nearest] <= NEAR && users[nearest].draggable ? nearest : null;
  }

  const within = (value, low, high) => Math.min(Math.max(value, low), high);

  /* Keys that change when user k is let go at a point. */
  function moves(k, point) {
    const values = own.stated.values;
    const r = Math.hypot(point.x, point.y);
    const angle = Number(within(Math.atan2(point.y, point.x) / rad, -85, 85).toFixed(1));
    if (values.kind === "split") {
      const place = values.users ? `users.${k}.` : "split.";
      const distance = Number(Math.max(r, own.reach / 500).toPrecision(4));
      return [[place + "angle_deg", angle], [place + "distance_m", distance]];
    }
    const found = [[`users.${k}.angle_deg`, angle]];
    const box = document.querySelector("#radial input");
    if (!box || box.checked) {
      const user = values.users[k];
      const more = Number((TOP_DB - within(r, 2, 120) - user.snr_db).toFixed(1));
      for (const [name, times] of [["snr_db", 1], ["pilot_snr_db", 1], ["sensing_snr_db", 2]])
        found.push([`users.${k}.${name}`, Number((user[name] + times * more).toFixed(4))]);
    }
    return found;
  }

  let latest = null;
  document.addEventListener("pointerdown", (event) => {
    dragged = held(event);
    if (dragged !== null) event.preventDefault();
  });
  document.addEventListener("pointermove", (event) => {
    if (dragged === null) return;
    event.preventDefault();
    const first = latest === null;
    latest = pointed(event);
    if (first) requestAnimationFrame(() => {
      const point = latest;
      latest = null;
      if (point !== null && dragged !== null) own.change(moves(dragged, point));
    });
  }, { passive: false });
  const release = () => {
    if (dragged === null) return;
    dragged = null;
    own.drawMap();
  };
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);
})();
