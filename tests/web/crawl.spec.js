// Every page: no complaint on the console (see site.js), nothing jumps while it
// loads, nothing sticks out at the side, every link of the site leads to something.
const fs = require("node:fs");
const path = require("node:path");
const {test, expect, open, directory, names} = require("./site");

for (const name of names) {
  test(`${name} stands still, and fits`, async ({page}, info) => {
    await page.addInitScript(() => {
      window.shifts = [];
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
          window.shifts.push([entry.value, ...entry.sources.map(source => source.node?.nodeName + "." + source.node?.className)].join(" "));
        }
      }).observe({type: "layout-shift", buffered: true});
    });
    await open(page, name);
    await page.waitForTimeout(100); // the last tick of what is observed
    expect(await page.evaluate(() => window.shifts), "layout shifts").toEqual([]);
    const widths = [page.viewportSize().width, ...(info.project.name === "desktop" ? [820, 320] : [])]; // 320: 1280 at 400 %
    for (const width of widths) {
      await page.setViewportSize({width, height: 800});
      const out = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(out, `pixels too wide at ${width}`).toBeLessThanOrEqual(0);
    }
  });
}

test("every link inside the site leads to something", async ({page}, info) => {
  test.skip(info.project.name !== "desktop", "the same links everywhere");
  const ids = {}, dead = [];
  const links = [];
  for (const name of names) {
    await page.goto(page.base + name);
    const [own, out] = await page.evaluate(() => [[...document.querySelectorAll("[id]")].map(node => node.id),
      [...document.querySelectorAll("a[href]")].map(node => node.getAttribute("href"))]);
    ids[name] = new Set(own);
    for (const link of new Set(out)) links.push([name, link]);
  }
  for (const [name, link] of links) {
    if (/^[a-z]+:/.test(link)) continue;
    const [file, id] = decodeURIComponent(link).split("#");
    const target = file || name;
    if (!fs.existsSync(path.join(directory, target)) || id && !ids[target]?.has(id)) dead.push(`${name}: ${link}`);
  }
  expect(dead).toEqual([]);
});
