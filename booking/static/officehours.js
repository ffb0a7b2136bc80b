// Comfort only: every page works without this file.
"use strict";

// Show times in the visitor's own zone: once, and only where the address names none.
const { body } = document;
if ("detectZone" in body.dataset) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && zone !== body.dataset.detectZone) {
    const here = new URL(location.href);
    here.searchParams.set("tz", zone);
    location.replace(here);
  }
}

// A wish that could not be met is noted with the visitor's zone.
for (const field of document.querySelectorAll("input[data-own-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

// How long the chosen time is still held, in words; when it is over, what to do.
const held = document.querySelector("[data-held-until]");
if (held) {
  const until = Date.parse(held.dataset.heldUntil);
  const left = document.querySelector("[data-held-left]");
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const tell = () => {
    const minutes = Math.ceil((until - Date.now()) / 60000);
    if (minutes > 0) {
      left.textContent = `(${words.format(minutes, "minute")})`;
    } else {
      const over = document.querySelector("[data-held-over]");
      held.hidden = true;
      left.textContent = over.textContent;
      clearInterval(timer);
    }
  };
  const timer = setInterval(tell, 20000);
}

// The address is shown once more beside the last button.
const echo = document.querySelector("[data-echo]");
if (echo) {
  const field = document.getElementById(echo.dataset.echo);
  const show = () => {
    echo.lastElementChild.textContent = field.value.trim();
    echo.hidden = !field.value.trim();
  };
  field.addEventListener("input", show);
  show();
}

// In a frame: tell the pages that may show it how high this is, and no others.
if (body.dataset.tellHeight && parent !== window) {
  new ResizeObserver(() => {
    const height = Math.ceil(body.getBoundingClientRect().height);
    for (const origin of body.dataset.tellHeight.split(" ")) parent.postMessage({ officehours: { height } }, origin);
  }).observe(body);
}

// What went wrong is read first.
document.querySelector("[data-focus]")?.focus();
