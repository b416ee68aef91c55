// axe on every page: all rules of WCAG 2.2 AA in light, colours in the other themes.
// Code looks the same in all chunks; the other themes are tried on a dozen of a page.
// The thousands of lines of an index are alike too.
const {test, expect, open, names} = require("./site");
const axe = require.resolve("axe-core/axe.min.js");

for (const name of names) {
  test(`${name} is accessible in every theme`, async ({page}, info) => {
    test.skip(info.project.name === "http", "the same pages as from files");
    test.setTimeout(600000); // thousands of elements, one by one
    await open(page, name);
    await page.evaluate(() => all("main .index li").slice(200).forEach(node => node.remove()));
    await page.addScriptTag({path: axe});
    const look = (theme, options) => page.evaluate(async ([theme, options]) => {
      document.documentElement.dataset.theme = theme;
      const {violations} = await axe.run(document, {preload: false, ...options}); // files may not be fetched
      return violations.map(rule => `${rule.id}: ${rule.nodes.slice(0, 3).map(node => node.target + " " + node.html.slice(0, 120)).join(" | ")}`);
    }, [theme, options]);
    expect(await look("light", {resultTypes: ["violations"],
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}), "light").toEqual([]);
    if (info.project.name === "phone") return; // colours are the same there
    await page.evaluate(() => all("main :is(.chunk, .console, .code)").slice(12).forEach(node => node.remove()));
    for (const theme of ["dark", "sepia", "contrast"]) {
      expect(await look(theme, {resultTypes: ["violations"], runOnly: {type: "rule", values: ["color-contrast"]}}), theme).toEqual([]);
    }
  });
}

for (const name of ["search", "settings", "help"]) {
  test(`the window "${name}" is accessible in every theme`, async ({page}, info) => {
    test.skip(info.project.name === "http", "the same pages as from files");
    await open(page, "00-preface.html");
    await page.evaluate(name => openWindow(name), name);
    if (name === "search") {
      await page.getByRole("searchbox").fill("thread");
      await expect(page.locator(".results a").first()).toBeVisible();
    }
    await page.addScriptTag({path: axe});
    for (const theme of ["light", "dark", "sepia", "contrast"]) {
      expect(await page.evaluate(async theme => {
        document.documentElement.dataset.theme = theme;
        const {violations} = await axe.run("dialog[open]", {preload: false});
        return violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.html.slice(0, 120)).join(" | ")}`);
      }, theme), theme).toEqual([]);
    }
  });
}
