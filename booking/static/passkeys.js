// The browser's part of passkeys. The server's pages work without this file, and without passkeys.
"use strict";

async function answered(form) {
  const reply = await fetch(form.dataset.passkey);
  if (!reply.ok || reply.redirected) {
    location.assign(reply.url); // signed in too long ago: the page says so
    return null;
  }
  const options = await reply.json();
  return "user" in options
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.parentElement.hidden = !globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector("[data-problem]");
    problem.textContent = "";
    try {
      const credential = await answered(form);
      if (credential) {
        form.elements.answer.value = JSON.stringify(credential);
        form.submit();
      }
    } catch {
      problem.textContent = form.dataset.failed;
    }
  });
}
