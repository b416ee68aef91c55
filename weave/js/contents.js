// The contents panel, where you are in it, and where you were.

// It stands open beside the text, and folds away on narrow screens.
const contents = document.querySelector(".contents");
const hereInContents = contents.querySelector(".here");
const wide = matchMedia("(min-width: 66em)");
const arrange = () => { contents.open = wide.matches; };
wide.addEventListener("change", arrange);
arrange();
contents.addEventListener("toggle", () => {
  const list = contents.querySelector("nav");
  if (!wide.matches && hereInContents) list.scrollTop = hereInContents.offsetTop - list.clientHeight / 3;
});
contents.addEventListener("click", event => {
  if (!wide.matches && event.target.closest("a")) contents.open = false;
});
contents.addEventListener("keydown", event => {
  if (event.key === "Escape" && !wide.matches) {
    contents.open = false;
    contents.firstElementChild.focus();
  }
});
if (hereInContents && wide.matches) contents.scrollTop = hereInContents.offsetTop - innerHeight / 3;

// The section in view is marked, and kept for the next visit.
const sections = all("main h2[id]").map(heading => ({
  heading, id: heading.id, link: contents.querySelector(`.page-toc a[href="#${CSS.escape(heading.id)}"]`),
}));
const positions = kept.read("positions");
let section = null;

function whereAmI() {
  let found = null;
  for (const each of sections) if (each.heading.getBoundingClientRect().top < innerHeight / 3) found = each;
  if (found !== section) {
    if (section?.link) section.link.removeAttribute("aria-current");
    if (found?.link) found.link.setAttribute("aria-current", "location");
    section = found;
  }
}

function titleOf(heading) {
  const copy = heading.cloneNode(true);
  all(".anchor, button", copy).forEach(node => node.remove());
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function keepPosition() {
  if (!sections.length || document.body.matches(".landing")) return;
  if (section) {
    positions[page] = {id: section.id, title: titleOf(section.heading), when: Date.now()};
  } else delete positions[page];
  kept.write("positions", positions);
}

let looking = false, keeping = 0;
addEventListener("scroll", () => {
  if (!looking) {
    looking = true;
    requestAnimationFrame(() => { looking = false; whereAmI(); });
  }
  clearTimeout(keeping);
  keeping = setTimeout(keepPosition, 400);
}, {passive: true});
requestAnimationFrame(whereAmI);

// Coming back: an offer over the page, which moves nothing in it. The first page
// offers the chapter that was read last.
function offerToGoOn() {
  if (location.hash || location.search || scrollY > 0) return;
  let from = page;
  if (document.body.matches(".landing")) from = Object.keys(positions).sort((a, b) => positions[b].when - positions[a].when)[0];
  const last = positions[from];
  if (!last || !last.title) return;
  const link = element("a", {href: (from === page ? "" : from + ".html") + "#" + last.id}, last.title);
  const offer = element("aside", {className: "offer"}, "You were at ", link, " ");
  offer.setAttribute("aria-label", "Where you were");
  const close = button("", "×", () => offer.remove());
  close.setAttribute("aria-label", "Stay here");
  offer.append(close);
  link.addEventListener("click", () => offer.remove());
  addEventListener("scroll", () => { if (scrollY > innerHeight) offer.remove(); }, {passive: true});
  document.querySelector(".skip").after(offer);
}
offerToGoOn();

// A link to what is folded away unfolds it; to what has moved, goes there.
function arrive() {
  const target = byHash(location.hash);
  if (!target) return;
  if (target.matches(".moved")) location.replace(target.querySelector("a").href);
  for (let at = target; at; at = at.parentElement) if (at.matches("details:not(.contents)")) at.open = true;
}
addEventListener("hashchange", arrive);
arrive();
