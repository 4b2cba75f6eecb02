// The message page's script: says moments in the reader's own zone and language. It never looks into the message.
"use strict";

for (const element of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) continue;
  const parts = { weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  element.title = element.textContent;
  element.textContent = new Intl.DateTimeFormat(document.documentElement.lang || undefined, parts).format(moment);
  element.nextElementSibling?.matches(".utc") && element.nextElementSibling.remove();
}

// What was being written in answer goes with the sign-in.
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("sealpost-draft:")) sessionStorage.removeItem(key);
});
