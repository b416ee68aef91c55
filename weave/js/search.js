// Search: lunr's index, made with the site, is loaded when it is first asked.

let index = null;

// Words that must all occur, each as the beginning of a word. The stemmer makes
// "threads" and "thread" one; the index has gone through the same.
function search(words) {
  const stems = words.map(word => lunr.stemmer(new lunr.Token(word.toLowerCase(), {})).toString());
  const found = index.query(query => {
    for (const stem of stems) {
      const common = !lunr.stopWordFilter(new lunr.Token(stem, {})); // left out of the prose in the index
      query.term(stem, {wildcard: lunr.Query.wildcard.TRAILING,
        presence: common ? lunr.Query.presence.OPTIONAL : lunr.Query.presence.REQUIRED});
      query.term(stem, {boost: 4});
    }
  });
  return {stems, found: found.slice(0, 60)};
}

// The piece of a text around the first of the words, with the words marked.
function excerpt(text, stems) {
  const pattern = wordsPattern(stems);
  const at = text.search(pattern), from = at < 60 ? 0 : text.indexOf(" ", at - 60) + 1;
  const cut = (from ? "… " : "") + text.slice(from, from + 160) + (text.length > from + 160 ? " …" : "");
  return cut.split(pattern).map((part, i) => i % 2 ? element("mark", {}, part) : part);
}

// Words that begin with a stem; the final y of a word is i in its stem.
function wordsPattern(stems) {
  const escaped = stems.map(stem => stem.replace(/[^\w\s]/g, "\\$&").replace(/i$/, "[iy]"));
  return new RegExp(`(?<![\\w])((?:${escaped.join("|")})\\w*)`, "i");
}

async function loadIndex() {
  await Promise.all([load("lunr.js"), load("search-index.js")]);
  index ||= lunr.Index.load(data.search.index);
}

windows.search = () => {
  const field = element("input", {type: "search", autocomplete: "off", spellcheck: false});
  field.setAttribute("aria-label", "Words to search for");
  const told = element("p", {className: "told", role: "status"});
  const results = element("div", {className: "results"});
  const dialog = makeWindow("search", "Search", field, told, results);

  const show = () => {
    const words = field.value.split(/[^\p{L}\p{N}_.]+/u).map(word => word.replace(/^\.|\.$/g, "")).filter(word => word.length > 1);
    results.replaceChildren();
    told.textContent = "";
    if (!words.length || !index) return;
    const {stems, found} = search(words);
    told.textContent = found.length ? `${found.length === 60 ? "The best 60" : found.length} found` : "Nothing found";
    const groups = new Map(); // chapters, the one with the best result first
    for (const {ref} of found) {
      const [chapter, address, title, kind, text] = data.search.places[ref];
      if (!groups.has(chapter)) groups.set(chapter, element("ul"));
      const [file, hash] = address.split("#");
      const link = element("a", {href: `${file}?mark=${encodeURIComponent(stems.join(" "))}#${hash}`},
        element("span", {className: "title of-" + kind}, title), " ",
        element("span", {className: "excerpt"}, ...excerpt(text, stems)));
      groups.get(chapter).append(element("li", {}, link));
    }
    for (const [chapter, list] of groups) {
      results.append(element("h3", {}, data.search.chapters[chapter]), list);
    }
  };

  field.addEventListener("input", show);
  dialog.addEventListener("keydown", event => {
    const places = [field, ...all("a", results)], at = places.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      places[Math.max(0, Math.min(places.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
    } else if (event.key === "Enter" && at === 0) {
      places[1]?.click();
    } else if (event.key === "Escape") { // which would empty the field first
      event.preventDefault();
      dialog.close();
    }
  });
  results.addEventListener("click", event => { if (event.target.closest("a")) dialog.close(); });
  dialog.addEventListener("opened", async () => {
    field.focus();
    field.select();
    if (index) return;
    told.textContent = "Loading …";
    try {
      await loadIndex();
      told.textContent = "";
      show();
    } catch (e) {
      told.textContent = "The index could not be loaded.";
    }
  });
  return dialog;
};

// The words that were searched for are marked where the reader lands; Escape, and
// another search, take the marks away.
function unmark() {
  all("main mark").forEach(mark => {
    const parent = mark.parentNode;
    mark.replaceWith(...mark.childNodes);
    parent.normalize();
  });
}

function mark() {
  const words = new URLSearchParams(location.search).get("mark");
  if (!words) return;
  const pattern = wordsPattern(words.split(" "));
  const texts = document.createTreeWalker(document.getElementById("main"), NodeFilter.SHOW_TEXT, node =>
    pattern.test(node.data) && !node.parentElement.closest("svg, math, script, button") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
  const nodes = [];
  while (texts.nextNode()) nodes.push(texts.currentNode);
  inSlices(nodes, text => {
    text.replaceWith(...text.data.split(pattern).map((part, i) => i % 2 ? element("mark", {}, part) : part));
  });
}
mark();
document.addEventListener("keydown", event => { if (event.key === "Escape" && !document.querySelector("dialog[open]")) unmark(); });
