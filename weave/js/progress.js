// Ticks: sections read, exercises done. They stay in the reader's browser, and
// can be taken elsewhere as a file.
const ticks = kept.read("ticks"); // page: {done: [id, …], of: how many there are}
const tickButtons = all(".tick");

function showTicks() {
  const done = new Set(ticks[page]?.done);
  for (const tick of tickButtons) tick.setAttribute("aria-pressed", String(done.has(tick.dataset.id)));
  for (const {id, link} of sections) link?.classList.toggle("done", done.has(id));
  for (const item of all("[data-slug]", contents)) {
    const {done: some = [], of = 0} = ticks[item.dataset.slug] || {};
    item.classList.toggle("done", of > 0 && some.length >= of);
  }
  if (!document.body.matches(".landing")) return;
  for (const link of all("main li > a")) {
    const {done: some = [], of = 0} = ticks[link.getAttribute("href").replace(/\.html$/, "")] || {};
    const minutes = link.parentElement.querySelector(".minutes");
    if (minutes) minutes.dataset.done = of ? `${some.length} of ${of} ✓` : "";
  }
}

for (const tick of tickButtons) {
  tick.addEventListener("click", () => {
    const done = new Set(ticks[page]?.done);
    if (!done.delete(tick.dataset.id)) done.add(tick.dataset.id);
    ticks[page] = {done: [...done], of: tickButtons.length};
    kept.write("ticks", ticks);
    showTicks();
  });
}
showTicks();

function saveProgress() {
  const text = JSON.stringify({book: "many-hands", ticks, positions}, null, 1);
  const link = element("a", {download: "many-hands-progress.json",
    href: URL.createObjectURL(new Blob([text], {type: "application/json"}))});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// What was done there counts in addition to what was done here.
function addProgress(text) {
  const other = JSON.parse(text);
  if (other.book !== "many-hands") throw new Error("another file");
  for (const [name, {done, of}] of Object.entries(other.ticks)) {
    ticks[name] = {done: [...new Set([...(ticks[name]?.done || []), ...done])], of};
  }
  for (const [name, position] of Object.entries(other.positions || {})) {
    if (!positions[name] || positions[name].when < position.when) positions[name] = position;
  }
  kept.write("ticks", ticks);
  kept.write("positions", positions);
  showTicks();
}

function progressField() {
  const told = element("p", {role: "status"});
  const file = element("input", {type: "file", accept: "application/json,.json"});
  file.addEventListener("change", async () => {
    try {
      addProgress(await file.files[0].text());
      told.textContent = "Added.";
    } catch (e) {
      told.textContent = "That is not a file of this book's progress.";
    }
  });
  const forget = button("", "Forget all", () => {
    for (const name of Object.keys(ticks)) delete ticks[name];
    for (const name of Object.keys(positions)) delete positions[name];
    kept.write("ticks", ticks);
    kept.write("positions", positions);
    showTicks();
    told.textContent = "Forgotten.";
  });
  return element("fieldset", {}, element("legend", {}, "Progress"),
    element("p", {}, "What you tick and where you were stay in this browser."),
    button("", "Save as a file", saveProgress), " ", forget,
    element("label", {}, "Add from a file ", file), told);
}
