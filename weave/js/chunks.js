// Chunks open in place; a chunk is shown within its file; code is copied.

// The code of one chunk, without what scripts have put into it.
function codeOf(chunk) {
  const code = chunk.querySelector("pre code").cloneNode(true);
  all(".open, .opened", code).forEach(node => node.remove());
  all("mark", code).forEach(node => node.replaceWith(...node.childNodes));
  return code;
}

// All parts of a chunk in order, from any of them.
function partsOf(chunk) {
  const follow = (at, link) => byHash(at.querySelector(link)?.hash || "");
  for (let before; (before = follow(chunk, ".chunk-prev a"));) chunk = before;
  const parts = [];
  for (; chunk; chunk = follow(chunk, ".chunk-next a")) parts.push(chunk);
  return parts;
}

// The blanks before a node on its line of code, as many as there are characters.
function textBefore(node, code) {
  const range = document.createRange();
  range.setStart(code, 0);
  range.setEndBefore(node);
  return range.toString().split("\n").pop();
}

function indent(code, blanks) {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(/\n(?!\n)/g, "\n" + blanks);
}

// Opening in place ---------------------------------------------------------------

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
    const span = element("span", {className: "opened"});
    const blanks = textBefore(link, link.closest("code")).match(/^ */)[0];
    partsOf(byHash(link.hash)).forEach((part, i) => {
      if (i) span.append("\n");
      span.append(...codeOf(part).childNodes);
    });
    indent(span, blanks);
    span.prepend(blanks);
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
    if (!byHash(link.hash)) continue;
    const opener = button("open", "+", toggle);
    opener.setAttribute("aria-expanded", "false");
    opener.setAttribute("aria-label", "Open " + link.textContent + " here");
    link.after(opener);
  }
}

// The file that a chunk belongs to -------------------------------------------------

const nameOf = chunk => chunk.querySelector(".chunk-name").textContent.replace(/^⟨|⟩\+?≡$/g, "");

let stubs; // what stands in a hole at first, by the hole's name
function stubOf(hole) {
  stubs ||= new Map(all(".chunk").map(chunk => [nameOf(chunk), chunk]));
  return stubs.get(hole.dataset.code.replace(/^(\/\*)?⟨exercise: |⟩(\*\/)?$/g, "").replace(/^/, "stub: "));
}

// The files, by their root chunks, in which a chunk ends.
function filesOf(chunk) {
  const seen = new Set(), files = new Set();
  const climb = at => {
    if (!at || seen.has(at)) return;
    seen.add(at);
    if (at.matches(".root")) files.add(partsOf(at)[0]);
    else if (nameOf(at).startsWith("stub: ")) {
      const hole = nameOf(at).slice(6);
      all(".chunk-hole").filter(link => link.dataset.code.includes("⟨exercise: " + hole + "⟩"))
        .forEach(link => climb(link.closest(".chunk")));
    } else all(".chunk-uses a", at).forEach(link => climb(byHash(link.hash)));
  };
  climb(chunk);
  return [...files];
}

// A chunk's code with the code of the chunks that it uses, as the tangled file has
// it: the name of a chunk that stands alone on its line becomes a comment above it.
function expand(chunk, isShown, inC) {
  const code = document.createDocumentFragment();
  for (const part of partsOf(chunk).filter(isShown)) {
    const span = element("span", {className: "piece"});
    span.of = part;
    span.append(...codeOf(part).childNodes);
    for (const link of all(".chunk-ref, .chunk-hole", span)) {
      const target = link.matches(".chunk-hole") ? stubOf(link) : byHash(link.hash);
      if (!target || !partsOf(target).some(isShown)) continue;
      const before = textBefore(link, span), blanks = before.replace(/./g, " ");
      const inside = expand(target, isShown, inC);
      indent(inside, blanks);
      const name = link.dataset.code.replace(/^(\/\*)?⟨|⟩(\*\/)?$/g, "");
      const range = document.createRange();
      range.setStartAfter(link);
      range.setEndAfter(span.lastChild);
      if (inC && /^ *$/.test(before) && /^(\n|$)/.test(range.toString())) {
        link.before(element("span", {className: "co"}, `/* ${name} */`), "\n" + blanks);
      }
      link.replaceWith(inside);
    }
    if (code.hasChildNodes()) code.append("\n");
    code.append(span);
  }
  return code;
}

// The numbers of the lines that come from `chunk` itself, from 1 on.
function linesOf(chunk, code) {
  const lines = new Set(), texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  let line = 1;
  while (texts.nextNode()) {
    const text = texts.currentNode, mine = text.parentElement.closest(".piece")?.of === chunk;
    text.data.split("\n").forEach((part, i) => {
      if (i) line++;
      if (mine && /\S/.test(part)) lines.add(line);
    });
  }
  return {lines, count: line};
}

// What the file begins and ends with is as the file has it: one newline at its end.
function fileText(file, isShown = () => true) {
  return expand(file, isShown, /\.[ch]$/.test(nameOf(file)));
}

function showFile(dialog, chunk, file, whole) {
  const isShown = part => whole || part === chunk ||
    Boolean(part.compareDocumentPosition(chunk) & Node.DOCUMENT_POSITION_FOLLOWING);
  const code = element("code");
  code.append(fileText(file, isShown));
  const {lines, count} = linesOf(chunk, code);
  const numbers = element("code", {className: "numbers"});
  numbers.setAttribute("aria-hidden", "true");
  for (let i = 1; i <= count; i++) {
    numbers.append(element("span", {className: lines.has(i) ? "marked" : ""}, (lines.has(i) ? "▸" : " ") + i), "\n");
  }
  for (const piece of all(".piece", code)) if (piece.of === chunk) piece.classList.add("current");
  const pre = dialog.querySelector("pre");
  pre.replaceChildren(numbers, code);
  const sorted = [...lines];
  dialog.querySelector(".of").textContent = sorted.length
    ? `${sorted.length} of ${count} lines are of this chunk, from line ${sorted[0]} on.` : `${count} lines.`;
  const marked = numbers.querySelector(".marked");
  pre.scrollTop = marked ? marked.offsetTop - pre.clientHeight / 3 : 0;
}

let fileWindow;
function openFile(chunk) {
  const files = filesOf(chunk);
  if (!files.length) return;
  fileWindow?.remove();
  const choice = element("select", {}, ...files.map((file, i) => element("option", {value: i}, nameOf(file))));
  choice.setAttribute("aria-label", "File");
  const pre = element("pre", {tabIndex: 0});
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", "Code of the file");
  const extent = [["so far", "The file so far"], ["whole", "The whole file"]].map(([value, label]) => {
    const radio = element("input", {type: "radio", name: "extent", value, checked: value === "whole"});
    radio.addEventListener("change", show);
    return element("label", {}, radio, " " + label);
  });
  const copier = button("copy", "Copy", () => copy(pre, copier));
  const download = element("a", {download: ""}, "Download");
  function show() {
    const file = files[choice.value];
    const link = partsOf(file)[0].querySelector(".get > a");
    download.hidden = !link;
    if (link) download.href = link.href;
    showFile(fileWindow, chunk, file, fileWindow.querySelector("[value=whole]").checked);
  }
  choice.addEventListener("change", show);
  const title = chunk.matches(".root") ? nameOf(chunk) : "⟨" + nameOf(chunk) + "⟩ in its file";
  fileWindow = makeWindow("file", title,
    element("p", {className: "choices"}, files.length > 1 ? choice : "", ...extent, download, copier),
    element("p", {className: "of", role: "status"}), pre);
  document.body.append(fileWindow);
  fileWindow.showModal();
  show();
}

// Copying: the code as it is written; of a session, its commands ------------------

function textOf(pre) {
  const copy = pre.querySelector("code:not(.numbers)").cloneNode(true);
  all(".open, .opened", copy).forEach(node => node.remove());
  if (pre.closest(".console")) {
    all(".prompt", copy).forEach(node => node.remove());
    return all(".command", copy).map(node => node.textContent).join("\n");
  }
  all("[data-code]", copy).forEach(node => { node.textContent = node.dataset.code; });
  return copy.textContent;
}

async function copy(pre, done) {
  const text = textOf(pre) + "\n";
  try {
    await navigator.clipboard.writeText(text);
  } catch (e) {
    const area = element("textarea", {value: text});
    done.after(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    done.focus();
  }
  done.textContent = "Copied";
  say("Copied");
  setTimeout(() => { done.textContent = "Copy"; }, 1500);
}

// What a piece of code can do.
function equip(pre) {
  const place = pre.closest(".chunk, .console") || pre.parentElement;
  const head = pre.parentElement.matches(".chunk") && place.querySelector(".chunk-head");
  addOpeners(pre);
  const copier = button("copy", "Copy", () => copy(pre, copier));
  if (head) {
    head.append(element("span", {className: "tools"},
      button("within", "In its file", () => openFile(place)), copier));
  } else pre.after(copier);
}

// What is wider than its place can be scrolled by keys, and needs the focus for it.
function focusable(wide) {
  if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
}

inSlices(all("main pre"), equip)
  .then(() => inSlices(all("main pre, main .table, main figure"), focusable))
  .then(() => { root.dataset.ready = ""; });
