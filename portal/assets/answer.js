// Keeps what a reader writes while he writes it, in this tab of his browser and nowhere else, so that a reload loses nothing.
// It is removed once it has been sent, and when the reader signs out.
"use strict";

const PREFIX = "sealpost-draft:";
const FIELDS = "[name='to'], [name='subject'], [name='text']";

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

// What there is to keep of a field: its text, or of one of several choices whether it is chosen.
function entry(field) {
  const isChoice = field.type === "checkbox";
  return { field, name: isChoice ? `${field.name} ${field.value}` : field.name, property: isChoice ? "checked" : "value" };
}

function keepDraft(page) {
  const key = PREFIX + page.dataset.draft;
  const entries = Array.from(page.querySelectorAll(FIELDS), entry);
  const written = () => Object.fromEntries(entries.map(({ field, name, property }) => [name, field[property]]));
  const save = () => attempt(() => sessionStorage.setItem(key, JSON.stringify(written())));
  const kept = attempt(() => JSON.parse(sessionStorage.getItem(key)));
  if (!("fresh" in page.dataset)) save();
  else if (kept)
    for (const { field, name, property } of entries) if (typeof kept[name] === typeof field[property]) field[property] = kept[name];
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
