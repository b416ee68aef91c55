// Keys. Single letters can be turned off, for they get in the way of speech input.

function turn(rel) {
  const link = document.querySelector(`link[rel="${rel}"]`);
  if (link) location.href = link.href;
}

function toSection(step) {
  const at = sections.indexOf(section) + step;
  if (at < 0) scrollTo(0, 0);
  else if (sections[at]) {
    sections[at].heading.scrollIntoView();
    const anchor = sections[at].heading.querySelector(".anchor");
    if (anchor) anchor.focus({preventScroll: true});
  }
}

function toContents() {
  contents.open = true;
  (contents.querySelector(".here") || contents.querySelector("nav a")).focus();
}

const keys = [
  ["/", "Search", () => openWindow("search")],
  ["←", "Previous page", () => turn("prev"), "ArrowLeft"],
  ["→", "Next page", () => turn("next"), "ArrowRight"],
  ["n", "Next section", () => toSection(1)],
  ["p", "Previous section", () => toSection(-1)],
  ["t", "Table of contents", toContents],
  ["h", "First page of the site", () => { location.href = "index.html"; }],
  ["l", "Look: the next theme", nextTheme],
  ["s", "Settings: theme, text size, progress", () => openWindow("settings")],
  ["?", "This list", () => openWindow("help")],
];

windows.help = () => {
  const rows = keys.map(([key, what]) => element("tr", {}, element("td", {}, element("kbd", {}, key)), element("td", {}, what)));
  rows.push(element("tr", {}, element("td", {}, element("kbd", {}, "Esc")), element("td", {}, "Close a window or a preview, take away the marks of a search")));
  return makeWindow("help", "Keys", element("table", {}, element("tbody", {}, ...rows)));
};

document.addEventListener("keydown", event => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !settings.keys) return;
  if (event.target.closest("input, select, textarea, dialog, .stepper, [contenteditable]")) return;
  const arrow = event.key.startsWith("Arrow");
  if (arrow && event.target.matches("pre, .table, summary, figure")) return; // these scroll by arrows
  const [, , action] = keys.find(([key, , , other]) => (other || key) === event.key) || [];
  if (!action) return;
  event.preventDefault();
  action();
});
