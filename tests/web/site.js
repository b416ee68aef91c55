// What all tests of the site share: pages are opened below the project's base, and
// a test fails if a page has complained on the console or asked the network.
const {test: plain, expect} = require("@playwright/test");
const fs = require("node:fs");
const path = require("node:path");

const here = path.resolve(__dirname, "../..");
const directory = path.join(here, "book/html");
const names = fs.readdirSync(directory).filter(name => name.endsWith(".html")).sort();
const chapters = names.filter(name => /^[0-9A-Z]+-/.test(name));

const test = plain.extend({
  base: ["", {option: true}],
  page: async ({page, base}, use) => {
    const complaints = [];
    page.on("console", message => {
      if (["error", "warning"].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", error => complaints.push(`${page.url()}: ${error.stack}`));
    await page.route(/^https?:/, route => {
      if (base.startsWith("http") && route.request().url().startsWith(base)) return route.continue();
      complaints.push("asks the network for " + route.request().url());
      return route.abort();
    });
    page.base = base;
    await use(page);
    expect(complaints).toEqual([]);
  },
});

// Open a page of the site and wait until its scripts have equipped it.
async function open(page, address) {
  await page.goto(page.base + address);
  await ready(page);
}

async function ready(page) {
  await page.waitForFunction(() => "ready" in document.documentElement.dataset);
}

module.exports = {test, expect, open, ready, here, directory, names, chapters};
