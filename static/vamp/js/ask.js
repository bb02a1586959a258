// Sends forms marked data-ask without leaving the page, and shows their answer in place. Without
// this script the same forms load the page anew.
"use strict";

(function () {
  async function ask(form, submitter) {
    const button = submitter || form.querySelector("button[type=submit]");
    const label = button.innerHTML;
    // Read first: a button that is disabled is not sent.
    const sent = new FormData(form, submitter);
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.asking;
    try {
      const answer = await fetch(form.getAttribute("action") || window.location.href, {
        method: "POST",
        body: sent,
        credentials: "same-origin",
        headers: { Accept: "text/html" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      form.removeAttribute("data-ask");
      form.submit();
      return;
    }
    if (button.isConnected) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
      button.innerHTML = label;
    }
  }

  function show(page) {
    page.querySelectorAll("[data-live-region]").forEach((fresh) => {
      const name = CSS.escape(fresh.dataset.liveRegion);
      const present = document.querySelector('[data-live-region="' + name + '"]');
      if (!present) return;
      fresh.querySelectorAll("details[id]").forEach((each) => {
        each.open = Boolean(present.querySelector("#" + CSS.escape(each.id))?.open);
      });
      present.replaceChildren(...fresh.childNodes);
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-ask")) return;
    event.preventDefault();
    ask(form, event.submitter);
  });
})();
