// Keeps a page current: fetches its live part again when a relevant event comes, and every few
// seconds for what has no event (traffic). Nothing here is needed to read a page or to act on it.
"use strict";

(function () {
  const THROTTLE_MS = 400;
  const POLL_MS = 5000;
  const BEHIND_AFTER_MS = 15000;

  let page = null;
  let lastFresh = Date.now();
  let timer = null;
  let isFetching = false;
  let isAskedAgain = false;
  let isOffline = false;

  function regions(root) {
    return root.querySelectorAll("[data-live-region]");
  }

  function isBusy(region) {
    // A form that somebody is filling in is never taken from under their hands, nor is an answer that
    // only they were given and that is stored nowhere.
    const kept = region.querySelector("form[data-dirty], [data-live-kept]");
    return Boolean(kept) || (region.contains(document.activeElement) &&
      document.activeElement.matches("input, textarea, select"));
  }

  function keepOpen(from, to) {
    from.querySelectorAll("details[id]").forEach((old) => {
      const fresh = to.querySelector("#" + CSS.escape(old.id));
      if (fresh) fresh.open = old.open;
    });
  }

  function replace(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    regions(fresh).forEach((next) => {
      const present = page.querySelector(
        '[data-live-region="' + CSS.escape(next.dataset.liveRegion) + '"]');
      if (!present || isBusy(present) || present.innerHTML === next.innerHTML) return;
      keepOpen(present, next);
      const focused = present.contains(document.activeElement) ? document.activeElement.id : "";
      present.replaceChildren(...next.childNodes);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    });
    document.dispatchEvent(new CustomEvent("vamp:refreshed"));
    tellTimes();
  }

  async function refresh() {
    if (isFetching) { isAskedAgain = true; return; }
    isFetching = true;
    const address = new URL(window.location.href);
    address.searchParams.set("fragment", "1");
    address.hash = "";
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      replace(await answer.text());
      lastFresh = Date.now();
      isOffline = false;
    } catch {
      isOffline = true;
    }
    isFetching = false;
    tellState();
    if (isAskedAgain) { isAskedAgain = false; soon(); }
  }

  function soon() {
    if (timer === null) timer = setTimeout(() => { timer = null; refresh(); }, THROTTLE_MS);
  }

  function tellState() {
    const dot = document.querySelector("[data-live-dot]");
    if (!dot) return;
    dot.hidden = false;
    const age = Date.now() - lastFresh;
    let state = "connected";
    let words = "Live";
    if (isOffline) {
      state = "offline";
      words = "Offline, shown as of " + Math.round(age / 1000) + " s ago";
    } else if (age > BEHIND_AFTER_MS) {
      state = "behind";
      words = "Behind by " + Math.round(age / 1000) + " s";
    }
    if (dot.dataset.state !== state || dot.textContent !== words) {
      dot.dataset.state = state;
      dot.textContent = words;
    }
    page.classList.toggle("is-stale", isOffline && age > BEHIND_AFTER_MS);
  }

  function listen() {
    const types = (page.dataset.liveEvents || "").split(" ").filter(Boolean);
    if (!page.dataset.liveStream || !types.length) return;
    const stream = new EventSource(page.dataset.liveStream);
    types.forEach((type) => stream.addEventListener(type, (message) => {
      let payload = {};
      try { payload = JSON.parse(message.data).payload || {}; } catch { /* then it is relevant */ }
      const wanted = page.dataset.liveGateway;
      if (!wanted || !payload.gateway || payload.gateway === wanted) soon();
    }));
    window.addEventListener("pagehide", () => stream.close());
  }

  function ago(seconds) {
    const spans = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
    for (const [length, word] of spans) {
      const count = Math.floor(Math.abs(seconds) / length);
      if (count) {
        const words = count + " " + word + (count === 1 ? "" : "s");
        return seconds >= 0 ? words + " ago" : "in " + words;
      }
    }
    return "just now";
  }

  function tellTimes() {
    document.querySelectorAll("time.v-time").forEach((time) => {
      const at = new Date(time.dateTime);
      const words = ago((Date.now() - at) / 1000);
      if (time.textContent !== words) time.textContent = words;
      // Hovering shows the exact time in the viewer's own zone.
      time.title = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
    });
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-live-region] form");
    if (form) form.dataset.dirty = "1";
  });
  document.addEventListener("reset", (event) => { delete event.target.dataset.dirty; });

  document.addEventListener("DOMContentLoaded", () => {
    tellTimes();
    setInterval(tellTimes, 1000);
    document.querySelectorAll("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const source = document.getElementById(button.dataset.copy);
        await navigator.clipboard?.writeText(source.textContent);
        button.textContent = "Copied";
      });
    });
    page = document.querySelector("[data-live-stream]");
    if (!page) return;
    listen();
    setInterval(() => { if (!document.hidden) refresh(); }, POLL_MS);
    setInterval(tellState, 1000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
    tellState();
  });
})();
