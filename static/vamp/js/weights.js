// Sliders beside the weights' number fields. They always total 100 %: what one gives or takes, the
// others take or give in proportion. The fields alone do as well; the server checks in any case.
"use strict";

(function () {
  const WHOLE = 10000;

  function fields(form) {
    return Array.from(form.querySelectorAll("input[data-weight]"));
  }

  function read(input) {
    const value = Math.round(parseFloat(input.value.replace(",", ".")) * 100);
    return Number.isFinite(value) ? Math.min(WHOLE, Math.max(0, value)) : 0;
  }

  function write(input, hundredths) {
    input.value = String(hundredths / 100);
    const slider = document.getElementById(input.id + "-slider");
    if (slider) slider.value = String(hundredths);
  }

  function share(form, moved, wanted) {
    const others = fields(form).filter((input) => input !== moved);
    if (!others.length) { write(moved, WHOLE); return; }
    const rest = WHOLE - wanted;
    const held = others.map(read);
    const sum = held.reduce((a, b) => a + b, 0);
    let left = rest;
    others.forEach((input, at) => {
      const last = at === others.length - 1;
      const part = last ? left : Math.floor(sum ? rest * held[at] / sum : rest / others.length);
      left -= part;
      write(input, part);
    });
    write(moved, wanted);
  }

  function tell(form) {
    const total = fields(form).reduce((sum, input) => sum + read(input), 0);
    const output = form.querySelector("[data-total]");
    output.textContent = total / 100 + "%";
    output.classList.toggle("is-off", total !== WHOLE);
    form.querySelector("button[name=preview]").disabled = total !== WHOLE;
  }

  function enhance(form) {
    if (form.dataset.enhanced) return;
    form.dataset.enhanced = "1";
    fields(form).forEach((input) => {
      const slider = document.createElement("input");
      slider.type = "range";
      slider.min = "0";
      slider.max = String(WHOLE);
      slider.step = "100";
      slider.id = input.id + "-slider";
      slider.value = String(read(input));
      slider.setAttribute("aria-label", "Weight of " + input.dataset.weight);
      input.closest(".v-slide").append(slider);
      slider.addEventListener("input", () => {
        share(form, input, Number(slider.value));
        tell(form);
      });
      input.addEventListener("input", () => {
        slider.value = String(read(input));
        tell(form);
      });
    });
    form.addEventListener("reset", () => setTimeout(() => {
      fields(form).forEach((input) => write(input, read(input)));
      tell(form);
    }));
    tell(form);
  }

  function all() {
    document.querySelectorAll("form[data-weights]").forEach(enhance);
  }

  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("vamp:refreshed", all);
})();
