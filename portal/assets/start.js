// The start page's script: opens a message whose link carries it, and takes a file that is dropped anywhere.
"use strict";

// What follows the "#" never leaves the browser by itself; it is sent as a form field, and taken out of the address.
function openLink() {
  const fragment = location.hash.slice(1);
  if (fragment.length < 100) return;
  const form = document.getElementById("link");
  form.elements.link.value = fragment;
  history.replaceState(null, "", location.pathname);
  form.submit();
}

function takeDrops() {
  const input = document.getElementById("file");
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length !== 1) return;
    input.files = event.dataTransfer.files;
    input.focus();
  });
}

takeDrops();
openLink();
addEventListener("hashchange", openLink);
