// What the site costs in the browser, as figures: make bench-web prints them. No
// test judges by them, for a busy machine is not a bad page.
const {chromium} = require("@playwright/test");
const {use: {launchOptions}} = require("./playwright.config.js");
const {directory, chapters, ready} = require("./site");

async function main() {
  const browser = await chromium.launch(launchOptions);
  const page = await browser.newPage({viewport: {width: 1440, height: 900}});
  const open = async name => { await page.goto(`file://${directory}/${name}`); await ready(page); };

  await open("06-sharing.html");
  const index = await page.evaluate(async () => {
    const start = performance.now();
    await loadIndex();
    return performance.now() - start;
  });
  const results = [];
  for (const words of ["th", "lost update", "deadlock", "pthread_mutex_lock", "pool of threads", "executor", "mem", "false sharing"]) {
    results.push(await page.evaluate(words => {
      openWindow("search");
      const field = document.querySelector("dialog.search input");
      field.value = words;
      return Math.min(...[1, 2, 3, 4, 5].map(() => { // the least: the others were kept waiting
        const start = performance.now();
        field.dispatchEvent(new Event("input"));
        document.querySelector(".results").getBoundingClientRect(); // laid out
        return performance.now() - start;
      }));
    }, words));
  }
  console.log(`search: index loaded in ${index.toFixed(0)} ms; results of ${results.length} questions in ` +
    `${results.map(result => result.toFixed(0)).join(", ")} ms`);

  // The processor's time of the longest task, as the browser's own trace has it.
  const longest = async action => {
    await browser.startTracing(page, {categories: ["toplevel", "devtools.timeline"]});
    await page.evaluate(action);
    const {traceEvents} = JSON.parse(await browser.stopTracing());
    return Math.max(...traceEvents.filter(event => /RunTask$/.test(event.name) && event.tdur)
      .map(event => event.tdur / 1000)).toFixed(0);
  };
  console.log("page\tlongest task in ms: scrolling to the end\topening 20 chunks");
  for (const name of chapters) {
    await open(name);
    await page.evaluate(() => {
      window.frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 0)));
    });
    const scrolling = await longest(async () => {
      for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) { scrollTo(0, y); await frame(); }
    });
    const opening = await longest(async () => {
      for (const opener of [...document.querySelectorAll("main .open")].slice(0, 20)) { opener.click(); await frame(); }
    });
    console.log(`${name}\t${scrolling}\t${opening}`);
  }
  await browser.close();
}

main();
