/* One question at a time; while it is open, only the latest wish is kept. */
(function () {
  "use strict";
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const own = (window.isacplan = window.isacplan || {});
  dash.explorer = dash.explorer || {};

  const RETRY = 1000; // ms until a question that was lost is asked again
  const LONGEST = 120000; // ms until a question counts as lost
  let seq = 0;
  let wish = "auto";
  let renewed = 0;
  let offline = false;
  own.asked = null;
  own.answered = null;

  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  own.theme = () => (wish === "auto" ? (prefersDark.matches ? "dark" : "light") : wish);
  const dress = () => { document.documentElement.dataset.theme = own.theme(); };
  dress();
  prefersDark.addEventListener("change", () => { dress(); own.drawMap(); own.ask(); });

  dash.explorer.theme = (value) => {
    wish = value || "auto";
    dress();
    own.drawMap();
    own.ask();
    return dash.no_update;
  };

  const open = () => own.asked !== null && !own.asked.done;
  const wanted = () => [own.stated.n, own.theme(), renewed].join(" ");
  own.settled = () => !open() && own.asked !== null && own.asked.want === wanted();

  const lost = (words) => {
    if (offline === Boolean(words)) return;
    offline = Boolean(words);
    own.set("connection", { children: words });
  };

  /* An answer to a question; null when the explorer is out of reach or failed. */
  own.fetched = async (where, question) => {
    try {
      const answer = await fetch(where, { method: "POST", body: JSON.stringify(question),
        headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(LONGEST) });
      if (!answer.ok) throw new Error("status " + answer.status);
      lost("");
      return await answer.json();
    } catch (error) {
      lost(error instanceof TypeError
        ? "No connection to the explorer. What you set is kept; it goes on when it is back."
        : "The explorer could not answer (" + error.message + "). It is asked again.");
      return null;
    }
  };

  own.ask = async () => {
    if (!own.stated.values || open()) return;
    if (own.asked !== null && own.asked.want === wanted()) return;
    const asked = { seq: ++seq, want: wanted(), values: own.stated.values };
    own.asked = asked;
    const question = { seq: asked.seq, values: asked.values, theme: own.theme() };
    const answer = await own.fetched("answer", question);
    asked.done = true;
    if (answer === null) {
      asked.want = "";
      setTimeout(own.ask, RETRY);
      return;
    }
    own.answered = answer;
    own.show(answer);
    own.after(answer);
    own.ask();
  };

  /* Ask for the same again: a plan that was worked out in the background is ready. */
  own.renew = () => { renewed += 1; own.ask(); };
})();
