// Keeps what a reader writes while he writes it, in this tab of his browser and nowhere else, so that a reload loses nothing.
// It is removed once it has been sent, and when the reader signs out.
"use strict";

const PREFIX = "sealpost-draft:";
const FIELDS = ["to", "subject", "text"];

function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}

// Storage may be full or switched off; writing goes on without it.
function attempt(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

function keepDraft(page) {
  const key = PREFIX + page.dataset.draft;
  const fields = FIELDS.map((id) => document.getElementById(id)).filter((field) => field);
  const save = () =>
    attempt(() => sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(fields.map((field) => [field.id, field.value])))));
  const kept = attempt(() => JSON.parse(sessionStorage.getItem(key)));
  if (!("fresh" in page.dataset)) save();
  else if (kept) for (const field of fields) if (typeof kept[field.id] === "string") field.value = kept[field.id];
  page.addEventListener("input", save);
}

// Says before it is sent that it is too much, as sending it would take long for nothing.
function boundFiles(page) {
  const files = document.getElementById("files");
  const said = document.getElementById("too-large");
  files.addEventListener("change", () => {
    const size = Array.from(files.files).reduce((sum, file) => sum + file.size, 0);
    said.hidden = size <= Number(page.dataset.most);
  });
  document.getElementById("carry").addEventListener("submit", (event) => {
    if (said.hidden || !event.submitter?.formAction.endsWith("/answer/send")) return;
    event.preventDefault();
    files.focus();
  });
}

const page = document.getElementById("answer");
if (page) {
  keepDraft(page);
  boundFiles(page);
}
const sent = document.querySelector("[data-sent]");
if (sent) attempt(() => sessionStorage.removeItem(PREFIX + sent.dataset.sent));
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => attempt(forgetDrafts));
