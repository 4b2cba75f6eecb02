// Keeps the message in the browser while its reader is away to sign in, and opens it when he is back. What is kept is the
// sealed envelope, which lies in his mailbox anyway; it is removed as soon as it is taken out. Needs kept.js.
"use strict";

// Which envelope belongs to this tab. IndexedDB is shared by all tabs, but holds more than the tab's own storage.
const TAB = "sealpost-envelope";

async function keep(envelope) {
  const id = crypto.randomUUID();
  await inStore(async (store) => {
    await removeOld(store);
    await finished(store.put({ id, at: Date.now(), envelope: new Blob([envelope]) }));
  });
  sessionStorage.setItem(TAB, id);
}

async function takeOut() {
  const id = sessionStorage.getItem(TAB);
  sessionStorage.removeItem(TAB);
  const kept = await inStore(async (store) => {
    const kept = id && (await finished(store.get(id)));
    if (kept) await finished(store.delete(id));
    await removeOld(store);
    return kept;
  });
  return kept && kept.envelope.text();
}

// The page before: keeps the envelope, then goes on as the button would have done. Where nothing can be kept, the page
// after says what to do.
function leave(event) {
  const form = event.target;
  event.preventDefault();
  const pressed = document.createElement("input");
  pressed.type = "hidden";
  pressed.name = event.submitter.name;
  pressed.value = event.submitter.value;
  form.append(pressed);
  const envelope = document.querySelector("#carry textarea").value;
  keep(envelope).catch(() => {}).then(() => {
    form.submit();
    pressed.remove();
  });
}

// The page after: opens what was kept.
async function comeBack(form) {
  const envelope = await takeOut().catch(() => null);
  if (!envelope) return;
  document.getElementById("again").hidden = true;
  document.getElementById("opening").hidden = false;
  form.elements.envelope.value = envelope;
  form.submit();
}

document.getElementById("providers")?.addEventListener("submit", leave);
const restore = document.getElementById("restore");
if (restore) comeBack(restore);
