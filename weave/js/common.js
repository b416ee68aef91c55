// What the scripts of the site share. They are joined into book.js, one after
// another, and add to pages that are whole without them.
"use strict";

const root = document.documentElement;
const page = document.body.dataset.slug;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const byHash = hash => hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(className, label, action) {
  const made = element("button", {type: "button", className}, label);
  made.addEventListener("click", () => action(made));
  return made;
}

// What the reader's browser keeps for this book. It may refuse; then nothing is kept.
const kept = {
  read(name) {
    try { return JSON.parse(localStorage.getItem("many-hands." + name)) || {}; } catch (e) { return {}; }
  },
  write(name, value) {
    try { localStorage.setItem("many-hands." + name, JSON.stringify(value)); } catch (e) { /* not kept */ }
  },
};

// Data are scripts, for a page from a file may not fetch; each is loaded once.
const data = {previews: {}};
const loading = {};
function load(source) {
  loading[source] ||= new Promise((resolve, reject) => {
    document.head.append(element("script", {src: source, onload: resolve, onerror: reject}));
  });
  return loading[source];
}

// Work on many things without holding up the reader: a few milliseconds at a time.
const whenIdle = window.requestIdleCallback || (action => setTimeout(action, 1));
function inSlices(items, action) {
  return new Promise(resolve => {
    let at = 0;
    const slice = () => {
      const end = performance.now() + 8;
      while (at < items.length && performance.now() < end) action(items[at++]);
      if (at < items.length) whenIdle(slice); else resolve();
    };
    whenIdle(slice);
  });
}

// Say something to those who do not see the page change.
const status = element("p", {className: "unseen", role: "status"});
document.body.append(status);
function say(text) { status.textContent = text; }

// A window over the page, made when it is first opened.
const windows = {}; // name: what makes it
function openWindow(name) {
  const maker = windows[name];
  if (!maker) return;
  maker.made ||= document.body.appendChild(maker());
  if (!maker.made.open) maker.made.showModal();
  maker.made.dispatchEvent(new Event("opened"));
}

function makeWindow(name, title, ...children) {
  const made = element("dialog", {className: name}, element("h2", {id: "window-" + name}, title), ...children);
  made.setAttribute("aria-labelledby", "window-" + name);
  made.firstChild.after(button("close", "Close", () => made.close()));
  made.addEventListener("click", event => { if (event.target === made) made.close(); });
  return made;
}

for (const tool of all("[data-opens]")) tool.addEventListener("click", () => openWindow(tool.dataset.opens));
