// Where the sealed envelope waits in the browser while its reader is away to sign in; carry.js puts it there and takes it out. Every page
// of the portal with a script removes what has waited for more than an hour, as its reader has not come back.
"use strict";

const DATABASE = "sealpost";
const STORE = "envelopes";
const HOUR = 3600 * 1000;

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function openStore() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  return finished(request);
}

async function inStore(work) {
  const database = await openStore();
  try {
    return await work(database.transaction(STORE, "readwrite").objectStore(STORE));
  } finally {
    database.close();
  }
}

async function removeOld(store) {
  const old = Date.now() - HOUR;
  for (const { id, at } of await finished(store.getAll())) {
    if (at < old) await finished(store.delete(id));
  }
}

// Makes no database in a browser that can tell that it has none.
async function forgetOld() {
  const known = await indexedDB.databases?.();
  if (!known || known.some(({ name }) => name === DATABASE)) await inStore(removeOld);
}

forgetOld().catch(() => {});
