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

// What went wrong is read first.
document.querySelector("[data-focus]")?.focus();
