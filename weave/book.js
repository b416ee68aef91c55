// What the pages gain with JavaScript: the switch between light and dark,
// chunks that open in place, code to copy. Without it everything can be read.
"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function button(name, label, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.textContent = label;
  made.addEventListener("click", () => action(made));
  return made;
}

// Light and dark ---------------------------------------------------------------
const root = document.documentElement;
const darkly = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : darkly.matches;

const theme = button("theme", "", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch (e) { /* not kept */ }
  nameTheme();
});
function nameTheme() { theme.textContent = isDark() ? "Light" : "Dark"; }
theme.title = "Switch between light and dark";
document.querySelector(".home").after(theme);
darkly.addEventListener("change", nameTheme);
nameTheme();

// The contents stand open beside the text, and fold on narrow screens ----------
const contents = document.querySelector(".contents");
const wide = matchMedia("(min-width: 66rem)");
const arrange = () => { contents.open = wide.matches; };
wide.addEventListener("change", arrange);
arrange();
contents.addEventListener("click", event => {
  if (!wide.matches && event.target.closest("a")) contents.open = false;
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !wide.matches) contents.open = false;
});
const here = document.querySelector(".contents .here");
if (here) here.setAttribute("aria-current", "page");
if (here && wide.matches) here.scrollIntoView({block: "nearest"});

// Chunks open in place -----------------------------------------------------------
// The chunk's code, all its parts in order, as nodes.
function codeOf(id) {
  const code = document.createDocumentFragment();
  for (let chunk = document.getElementById(id); chunk;) {
    const part = chunk.querySelector("pre code").cloneNode(true);
    all(".open, .opened", part).forEach(node => node.remove());
    if (code.hasChildNodes()) code.append("\n");
    code.append(...part.childNodes);
    const next = chunk.querySelector(".chunk-next a, a.chunk-next");
    chunk = next && document.getElementById(next.getAttribute("href").slice(1));
  }
  return code;
}

// The blanks before a node on its line.
function indentation(node) {
  const range = document.createRange();
  range.setStart(node.closest("pre").querySelector("code"), 0);
  range.setEndBefore(node);
  return range.toString().split("\n").pop().match(/^ */)[0];
}

function indent(code, blanks) {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(/\n(?!\n)/g, "\n" + blanks);
  code.prepend(blanks);
}

// What follows the line that holds `node`, in the same parent.
function nextLine(node) {
  for (let at = node.nextSibling; at; at = at.nextSibling) {
    const end = at.nodeType === Node.TEXT_NODE ? at.data.indexOf("\n") : -1;
    if (end >= 0) return at.splitText(end + 1);
  }
  return null;
}

function toggle(opener) {
  const opened = opener.opened;
  if (opened) {
    opened.remove();
    opener.opened = null;
  } else {
    const link = opener.previousSibling;
    const span = document.createElement("span");
    span.className = "opened";
    const code = codeOf(link.hash.slice(1));
    indent(code, indentation(link));
    span.append(code);
    addOpeners(span);
    const next = nextLine(opener);
    if (next) span.append("\n");
    opener.parentNode.insertBefore(span, next);
    opener.opened = span;
  }
  opener.setAttribute("aria-expanded", String(!opened));
  opener.textContent = opened ? "+" : "−";
}

function addOpeners(within) {
  for (const link of all(".chunk-ref", within)) {
    if (!document.getElementById(link.hash.slice(1))) continue;
    const opener = button("open", "+", toggle);
    opener.setAttribute("aria-expanded", "false");
    opener.setAttribute("aria-label", "Open " + link.textContent + " here");
    link.after(opener);
  }
}
addOpeners(document);

// Copying: the code as it is written; of a session, its commands ------------------
function textOf(pre) {
  const copy = pre.querySelector("code").cloneNode(true);
  all(".open, .opened", copy).forEach(node => node.remove());
  const commands = all(".command", copy);
  if (pre.closest(".console")) {
    all(".prompt", copy).forEach(node => node.remove());
    return commands.map(node => node.textContent).join("\n");
  }
  all("[data-code]", copy).forEach(node => { node.textContent = node.dataset.code; });
  return copy.textContent;
}

async function copy(pre, done) {
  try {
    await navigator.clipboard.writeText(textOf(pre));
  } catch (e) {
    const area = document.createElement("textarea");
    area.value = textOf(pre);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    done.focus();
  }
  done.textContent = "Copied";
  setTimeout(() => { done.textContent = "Copy"; }, 1500);
}

for (const pre of all("pre")) {
  const place = pre.closest(".chunk, .console") || pre;
  if (place === pre) {
    const frame = document.createElement("div");
    frame.className = "code";
    pre.replaceWith(frame);
    frame.append(pre);
  }
  const head = place.querySelector(".chunk-head");
  const made = button("copy", "Copy", () => copy(pre, made));
  if (head) head.append(made); else pre.after(made);
  if (pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0;
}

// A link to something folded away unfolds it.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) for (let at = target; at; at = at.parentElement) if (at.matches("details:not(.contents)")) at.open = true;
}
addEventListener("hashchange", unfold);
unfold();
