/* The scenario that the page states, and the controls that change it. */
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const own = (window.isacplan = window.isacplan || {});
  dash.explorer = dash.explorer || {};
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  /* `values` is the scenario as plain values, `n` counts its changes. */
  own.stated = { values: null, n: 0 };
  own.set = (id, props) => dash.set_props(id, props);
  own.say = (words) => { own.set("message", { children: words }); };

  // ---- values by the path of their key

  const at = (values, path) =>
    path.split(".").reduce((here, step) => (here == null ? undefined : here[step]), values);

  function changed(values, path, value) {
    const [step, ...rest] = path.split(".");
    const copy = Array.isArray(values) ? values.slice() : { ...values };
    if (rest.length) {
      copy[step] = changed(copy[step] == null ? {} : copy[step], rest.join("."), value);
      if (!Array.isArray(copy) && Object.keys(copy[step]).length === 0) delete copy[step];
    } else if (value === null || value === undefined) delete copy[step];
    else copy[step] = value;
    return copy;
  }

  own.key = (path) => own.keys[own.stated.values.kind][path.replace(/\.\d+\./, ".")] || {};

  function parsed(value, key) {
    if (value === undefined || value === null || value === "") return null;
    if (typeof value !== "string" || key.text) return value;
    try {
      return JSON.parse(value);
    } catch (_) {
      return value; // Words, such as "beam"; the server says whether they are right.
    }
  }

  function put(values) {
    own.stated = { values: values, n: own.stated.n + 1 };
    own.link();
    own.drawMap();
    own.ask();
  }

  // ---- sliders and fields; positions and values that we set ourselves are nobody's wish

  const position = (value, key) => (key.by_ratio ? Math.log10(value) : value);

  function slid(place, key) {
    if (!key.by_ratio) return key.whole ? Math.round(place) : Number(place.toPrecision(10));
    return Number((10 ** place).toPrecision(4));
  }

  const echoes = {};

  function setSlider(path, value, key) {
    if (typeof value !== "number" || !own.has("slide", path)) return;
    echoes[path] = position(value, key);
    own.set({ type: "slide", path: path }, { value: echoes[path] });
  }

  own.has = (type, path) => document.querySelector(`[data-path="${path}"] ` +
    (type === "slide" ? '[role="slider"]' : "*")) !== null;

  dash.explorer.slide = (place, id) => {
    const path = id.path;
    if (own.stated.values && place != null && echoes[path] !== place) {
      const key = own.key(path);
      const before = at(own.stated.values, path);
      const still = typeof before === "number" && Math.abs(position(before, key) - place) < 1e-12;
      const value = slid(place, key);
      if (!still && !same(before, value)) {
        delete echoes[path];
        own.set({ type: "key", path: path }, { value: value });
        put(changed(own.stated.values, path, value));
      }
    }
    return dash.no_update;
  };

  dash.explorer.key = (given, id) => {
    const path = id.path;
    if (!own.stated.values) return dash.no_update;
    const key = own.key(path);
    const before = at(own.stated.values, path);
    const value = parsed(given, key);
    const nothing = before === undefined && value === null;
    if (same(before, value) || nothing || (value === null && key.required)) return dash.no_update;
    const values = changed(own.stated.values, path, value);
    if (path === "channel.angular_density") own.load(withSpread(values, value));
    else {
      setSlider(path, value, key);
      put(values);
    }
    return dash.no_update;
  };

  /* Several keys at once: a drag on the map, a way out of what is infeasible. */
  own.change = (pairs) => {
    let values = own.stated.values;
    for (const [path, value] of pairs) {
      values = changed(values, path, value);
      if (!own.has("key", path)) continue;
      own.set({ type: "key", path: path }, { value: value });
      setSlider(path, value, own.key(path));
    }
    put(values);
  };

  // A density has a half width or a deviation: of the uniform one the latter is half / sqrt(3).
  function withSpread(values, density) {
    const { half_width_deg: half, std_deg: std, ...rest } = values.channel;
    const root = Math.sqrt(3);
    const spread = density === "uniform"
      ? { half_width_deg: half === undefined ? Number((std * root).toPrecision(4)) : half }
      : { std_deg: std === undefined ? Number((half / root).toPrecision(4)) : std };
    return { ...values, channel: { ...rest, ...spread } };
  }

  // ---- scenarios from elsewhere, and a link that brings the state back

  /* Take another scenario and lay out its controls anew. */
  own.load = (values, user) =>
    own.set("loaded", { data: { values: values, user: user === undefined ? own.user : user } });
  own.user = 0;

  /* Show another user's fields. */
  dash.explorer.user = (user) => {
    if (own.stated.values && user !== null && user !== undefined && user !== own.user) {
      own.user = user;
      own.load(own.stated.values, user);
    }
    return dash.no_update;
  };

  dash.explorer.loaded = (loaded) => {
    if (!loaded) return dash.no_update;
    for (const path of Object.keys(echoes)) delete echoes[path];
    own.reach = null;
    own.user = Math.min(loaded.user || 0, ((loaded.values.users || [0]).length || 1) - 1);
    document.documentElement.dataset.kind = loaded.values.kind;
    put(loaded.values);
    return dash.no_update;
  };

  dash.explorer.open = (hash, initial, keys) => {
    own.keys = keys;
    own.largest = keys.largest;
    if (!hash || hash.length < 2) {
      if (!own.stated.values) own.load(initial);
      return dash.no_update;
    }
    try {
      const text = atob(hash.slice(1).replace(/-/g, "+").replace(/_/g, "/"));
      const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
      const values = JSON.parse(new TextDecoder().decode(bytes));
      if (values.kind !== "frame" && values.kind !== "split") throw new Error("kind");
      own.load(values);
    } catch (_) {
      own.say("The link holds no scenario; here is the one that the explorer began with.");
      own.load(initial);
    }
    return dash.no_update;
  };

  function encoded(values) {
    let text = "";
    for (const byte of new TextEncoder().encode(JSON.stringify(values)))
      text += String.fromCharCode(byte);
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  let linking = 0;
  own.link = () => {
    clearTimeout(linking);
    // Browsers refuse a history that changes with every move of the mouse.
    linking = setTimeout(() => {
      const url = window.location.href.split("#")[0] + "#" + encoded(own.stated.values);
      window.history.replaceState(null, "", url);
      document.getElementById("link").textContent = url;
    }, 250);
  };

  // ---- users come and go

  own.clicked = own.clicked || {};
  own.clicked["add-user"] = () => {
    const users = own.stated.values.users;
    if (!users) return own.say("This scenario does not list its users.");
    const last = users[users.length - 1];
    const angle = (last.angle_deg || 0) + 10;
    const next = { ...last, angle_deg: angle > 80 ? -80 : angle };
    return own.load({ ...own.stated.values, users: [...users, next] }, users.length);
  };
  own.clicked["drop-user"] = () => {
    const users = own.stated.values.users || [];
    if (users.length < 2) return own.say("A scenario has at least one user.");
    return own.load({ ...own.stated.values, users: users.slice(0, -1) });
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && own.clicked[button.id] && own.stated.values) own.clicked[button.id](button);
  });
})();
