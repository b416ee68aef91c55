// Ten views, saved to be looked at, not compared: build/views/. With SCREENSHOTS
// set, the README's picture too.
const path = require("node:path");
const {test, expect, open, here} = require("./site");

const folder = path.join(here, "build/views");
const views = [
  ["landing", "index.html", 1440, "light"],
  ["landing-phone", "index.html", 390, "dark"],
  ["chapter", "06-sharing.html", 1440, "light"],
  ["chapter-tablet", "06-sharing.html#sec-bank", 820, "sepia"],
  ["chunks", "06-sharing.html#chunk-lost-update-c", 1440, "dark"],
  ["chunks-phone", "06-sharing.html#chunk-lost-update-c", 390, "light"],
  ["figure", "09-deadlock.html", 1440, "contrast", "figure"],
  ["exercises", "08-waiting.html", 1440, "sepia", ".exercise"],
  ["search", "index.html", 820, "light"],
  ["glossary", "D-glossary.html", 390, "dark"],
];

for (const [name, address, width, theme, at] of views) {
  test(`view ${name}`, async ({page}, info) => {
    test.skip(info.project.name !== "desktop", "sizes are its own");
    await page.setViewportSize({width, height: width === 390 ? 844 : 900});
    await page.addInitScript(theme => localStorage.setItem("many-hands.settings", JSON.stringify({theme})), theme);
    await open(page, address);
    if (at) await page.locator(at).first().scrollIntoViewIfNeeded();
    if (name === "search") {
      await page.getByRole("button", {name: "Search"}).click();
      await page.getByRole("searchbox").fill("lost wake");
      await expect(page.locator(".results a").first()).toBeVisible();
    }
    await page.screenshot({path: path.join(folder, name + ".png")});
  });
}

test("the README's picture", async ({page}, info) => {
  test.skip(!process.env.SCREENSHOTS || info.project.name !== "desktop", "make screenshots takes it");
  await page.setViewportSize({width: 1280, height: 860});
  await open(page, "06-sharing.html#chunk-count-in-two-threads-and-compare");
  await page.screenshot({path: path.join(here, "figures/readme-page.png")});
});
