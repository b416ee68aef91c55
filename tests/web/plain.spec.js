// Without JavaScript a page is whole.
const {test, expect, open, chapters} = require("./site");

test.use({javaScriptEnabled: false});

test("a chapter can be read, unfolded and left", async ({page}) => {
  await page.goto(page.base + "06-sharing.html");
  await expect(page.getByRole("heading", {level: 1})).toHaveText(/Sharing/);
  await expect(page.getByRole("button", {name: "Search"})).toBeHidden();
  const answer = page.locator("#quiz-smallest .answer");
  await answer.locator("summary").click();
  await expect(answer.locator("p").first()).toBeVisible();
  const contents = page.locator(".contents");
  if (!await contents.getByRole("link", {name: "7 Locks"}).isVisible()) await contents.locator("summary").first().click();
  await contents.getByRole("link", {name: "7 Locks"}).click();
  await expect(page).toHaveURL(/07-locks\.html/);
  await page.getByRole("navigation", {name: "Previous and next"}).getByRole("link", {name: /Next/}).click();
  await expect(page).toHaveURL(/08-waiting\.html/);
});

test("every chapter shows its text, figures and code", async ({page}) => {
  for (const name of chapters) {
    await page.goto(page.base + name);
    await expect(page.locator("main p").first()).toBeVisible();
    for (const kind of ["figure", ".chunk pre"]) {
      const some = page.locator("main " + kind).first();
      if (await some.count()) expect((await some.boundingBox()).height, name + " " + kind).toBeGreaterThan(10);
    }
  }
});
