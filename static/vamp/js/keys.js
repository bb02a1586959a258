// Security keys: says which of allauth's forms is on the page, and shows what went wrong.
"use strict";
(function () {
  const forms = window.allauth.webauthn.forms;
  const add = document.querySelector("[data-key-add]");
  const ask = document.querySelector("[data-key-ask]");
  if (add) {
    forms.addForm({ ids: { add: add.id, credential: "id_credential", data: "js_data" } });
  }
  if (ask) {
    forms.authenticateForm({ ids: { authenticate: ask.id, credential: "id_credential", data: "js_data" } });
  }
  document.addEventListener("allauth.error", function (event) {
    const fault = document.getElementById("key-fault");
    if (!fault) {
      return;
    }
    event.preventDefault();
    const error = event.detail.exception;
    fault.hidden = false;
    fault.textContent = error && error.name === "NotAllowedError"
      ? "The security key did not answer, or the request was cancelled. Try again."
      : error && error.name === "InvalidStateError"
        ? "This security key is set up already."
        : "The security key cannot be used here: the page must be reached by https and a host name.";
  });
})();
