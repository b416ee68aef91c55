// What a link stands for, shown beside it: chunks, definitions, figures, sections,
// terms, notes. It comes on hover and on focus, stays while the pointer is on it,
// and goes with Escape.

const previewed = "main a[href*='#']:not(.anchor, .kind, .label, .chunk-name, .footnote-back)";
let preview = null, previewTimer = 0;

// What is shown of a place in this page.
function excerptOf(target) {
  let shown;
  if (target.matches("h1, h2, h3, h4")) {
    shown = element("div");
    shown.append(target.cloneNode(true));
    let next = target.nextElementSibling;
    while (next && !next.matches("p:not(.times), h2, h3")) next = next.nextElementSibling;
    if (next?.matches("p")) shown.append(next.cloneNode(true));
  } else if (target.closest("dt")) {
    shown = target.closest("dt").nextElementSibling.cloneNode(true);
  } else {
    shown = target.cloneNode(true);
  }
  return shown;
}

// The excerpt is looked at, not worked with: it has no links and no buttons.
function cleaned(shown) {
  all(".chunk-foot, .get, .copy, .tools, .open, .opened, .tick, .anchor, .footnote-back, details, .start", shown)
    .forEach(node => node.remove());
  for (const link of all("a", shown)) link.replaceWith(...link.childNodes);
  return shown;
}

async function contentOf(link) {
  const [address, id] = link.getAttribute("href").split("#");
  const slug = address.replace(/\.html$/, "") || page;
  if (slug === page) {
    const target = byHash(link.hash);
    if (!target) return null;
    const shown = excerptOf(target);
    for (const node of [shown, ...all("[id]", shown)]) node.removeAttribute("id"); // they are this page's
    return cleaned(shown);
  }
  if (!/^[\w-]+$/.test(slug)) return null;
  try { await load(`previews/${slug}.js`); } catch (e) { return null; }
  const html = data.previews[slug]?.[id];
  return html && cleaned(element("div", {innerHTML: html}));
}

function place(link) {
  const box = link.getClientRects()[0] || link.getBoundingClientRect();
  const {offsetWidth: width, offsetHeight: height} = preview;
  const below = innerHeight - box.bottom;
  preview.style.left = Math.max(8, Math.min(box.left, innerWidth - width - 8)) + "px";
  preview.style.top = (below > height + 12 || below > box.top ? box.bottom + 6 : box.top - height - 6) + "px";
  preview.style.maxHeight = Math.max(below, box.top) - 16 + "px";
}

async function showPreview(link) {
  const content = await contentOf(link);
  if (!content || !(link.matches(":hover") || link === document.activeElement)) return;
  hidePreview();
  preview = element("div", {className: "preview", id: "preview"}, content);
  preview.setAttribute("role", "tooltip");
  preview.addEventListener("pointerleave", hidePreview);
  document.body.append(preview);
  preview.of = link;
  place(link);
  // A term's definition is read out; a chunk would be too long for that.
  if (link.matches(".term, .footnote-ref")) link.setAttribute("aria-describedby", "preview");
}

function hidePreview() {
  preview?.of?.removeAttribute("aria-describedby");
  preview?.remove();
  preview = null;
}

function linkAt(event) {
  const link = event.target.closest?.(previewed);
  return link?.closest(".preview") ? null : link;
}

// Only a pointer that moves points: not one under which the page is scrolled.
let pointer = "";
const placeOf = event => event.clientX + " " + event.clientY;
document.addEventListener("pointermove", event => { pointer = placeOf(event); }, {passive: true});
document.addEventListener("pointerover", event => {
  const link = linkAt(event);
  if (!link || event.pointerType !== "mouse" || placeOf(event) === pointer) return;
  clearTimeout(previewTimer);
  previewTimer = setTimeout(showPreview, 250, link);
});
document.addEventListener("focusin", event => {
  const link = event.target.matches(":focus-visible") && linkAt(event);
  if (!link) return;
  clearTimeout(previewTimer);
  showPreview(link);
});
document.addEventListener("focusout", hidePreview);
document.addEventListener("pointerout", event => {
  if (!event.target.closest?.("a")) return;
  clearTimeout(previewTimer);
  if (preview && event.relatedTarget && !preview.contains(event.relatedTarget) && event.relatedTarget !== preview.of) {
    previewTimer = setTimeout(() => { if (preview && !preview.matches(":hover")) hidePreview(); }, 200);
  }
});
addEventListener("scroll", () => {
  const box = preview?.of?.getBoundingClientRect();
  if (box && (box.bottom < 0 || box.top > innerHeight)) hidePreview();
  else if (box) place(preview.of);
}, {passive: true});
document.addEventListener("keydown", event => { if (event.key === "Escape") { clearTimeout(previewTimer); hidePreview(); } });
