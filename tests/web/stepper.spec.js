// The steppers, as readers use them: the lost update, the deadlock and the lost
// wake-up are caused by hand. (That the simulation is right: stepper.unit.js.)
const {test, expect, open} = require("./site");
const axe = require.resolve("axe-core/axe.min.js");

const pages = ["05-start-and-join.html", "06-sharing.html", "07-locks.html", "08-waiting.html", "09-deadlock.html"];

async function openStepper(page, address) {
  await open(page, address);
  return page.locator("#" + address.split("#")[1]);
}

const run = (figure, thread) => figure.getByRole("button", {name: "Run " + thread});
const said = figure => figure.getByRole("status");
const rows = figure => figure.locator("tbody tr");
const thread = (figure, name) => figure.getByRole("group", {name, exact: true});

test("an update gets lost by hand, and is found again", async ({page}) => {
  const figure = await openStepper(page, "06-sharing.html#fig-lost-steps");
  await expect(said(figure)).toContainText("Nobody has run yet");
  for (const name of ["thread 1", "thread 0", "thread 0", "thread 0", "thread 1", "thread 1"]) await run(figure, name).click();
  await expect(said(figure)).toContainText("⚠ One addition is lost");
  await expect(figure.locator(".shared")).toContainText("counter 101");
  await expect(rows(figure)).toHaveCount(6);
  await expect(rows(figure).nth(0)).toHaveText("1rax = counter → 100100");
  await expect(thread(figure, "thread 0")).toContainText("has ended");

  const back = figure.getByRole("button", {name: "Back"});
  for (let i = 0; i < 5; i++) await back.click();
  await expect(figure.locator("tr.later")).toHaveCount(5); // what was done can be done again
  for (const name of ["thread 1", "thread 1", "thread 0", "thread 0", "thread 0"]) await run(figure, name).click();
  await expect(said(figure)).toContainText("✓ Both additions are in the counter");

  await figure.getByRole("button", {name: "To the start"}).click();
  await expect(said(figure)).toContainText("Nobody has run yet");
  await expect(back).toHaveAttribute("aria-disabled", "true");
  await figure.getByRole("button", {name: "The book’s order"}).click();
  const forward = figure.getByRole("button", {name: "Forward"});
  for (let i = 0; i < 6; i++) await forward.click();
  await expect(forward).toHaveAttribute("aria-disabled", "true");
  await expect(figure.locator(".shared")).toContainText("counter 101");
});

test("two threads are led into their deadlock, which says who waits for whom", async ({page}) => {
  const figure = await openStepper(page, "09-deadlock.html#fig-two-locks-steps");
  for (const name of ["Bob", "Ann", "Ann"]) await run(figure, name).click();
  await expect(thread(figure, "Ann")).toContainText("waits for bob_lock, which Bob holds");
  await expect(figure.locator(".shared")).toContainText("bob_lock Bob, Ann waits");
  await expect(run(figure, "Ann")).toHaveAttribute("aria-disabled", "true");
  await run(figure, "Ann").click({force: true}); // it may be asked for, and says why not
  await expect(said(figure)).toHaveText("Ann cannot run: it waits for bob_lock, which Bob holds.");
  await expect(rows(figure)).toHaveCount(3);
  await run(figure, "Bob").click();
  await expect(said(figure)).toContainText(
    "⚠ Nobody can go on: Ann waits for bob_lock, which Bob holds; Bob waits for ann_lock, which Ann holds.");

  await figure.getByRole("button", {name: "To the start"}).click();
  for (const name of [...Array(5).fill("Ann"), ...Array(5).fill("Bob")]) await run(figure, name).click();
  await expect(said(figure)).toContainText("✓ Both have paid");
});

test("a wake-up is lost by keys alone, and the page stays", async ({page}) => {
  const figure = await openStepper(page, "08-waiting.html#fig-lost-wakeup-steps");
  await run(figure, "consumer").focus();
  for (const key of ["1", "1", "2", "2", "1"]) await page.keyboard.press(key);
  await expect(said(figure)).toContainText("consumer sleeps at changed");
  await expect(said(figure)).toContainText("The signal came when nobody slept");
  await page.keyboard.press("ArrowLeft");
  await expect(said(figure)).toContainText("Step 4: producer, signal(changed) nobody sleeps");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await expect(said(figure)).toContainText("Nobody has run yet");
  for (const key of ["1", "1", "1", "2", "2", "1", "1", "1", "1"]) await page.keyboard.press(key);
  await expect(said(figure)).toContainText("✓ The consumer has its number");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/08-waiting\.html/);
  await expect(run(figure, "consumer")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(run(figure, "producer")).toBeFocused();
});

test("a livelock comes back to where it was", async ({page}) => {
  const figure = await openStepper(page, "09-deadlock.html#fig-polite-steps");
  for (let i = 0; i < 8; i++) {
    await expect(said(figure)).not.toContainText("⚠");
    await figure.getByRole("button", {name: "Forward"}).click();
  }
  await expect(said(figure)).toContainText("⚠ Everybody has acted, and all is as it was.");
});

test("what is printed shows as printed", async ({page}) => {
  const figure = await openStepper(page, "05-start-and-join.html#fig-torn-steps");
  for (const name of ["cube", "square", "cube", "square"]) await run(figure, name).click();
  expect(await figure.locator(".output").textContent()).toBe("the cube of 2 is the square of 2 is 8\n4\n");
});

// What a page shows of its steppers, the parts that need the script apart.
const shown = page => page.evaluate(() => [...document.querySelectorAll("figure.stepper")].map(figure => [
  ...[...figure.querySelectorAll(".thread")].map(panel => [panel.querySelector(".now"), ...panel.querySelectorAll("li, .own")]),
  [...figure.querySelectorAll(".shared > span, .output, .said")],
  [...figure.querySelectorAll("th, td")],
].map(part => part.map(node => node.textContent.trim().replace(/\s+/g, " ")))));

test.describe("without JavaScript", () => {
  test.use({javaScriptEnabled: false});
  test("a stepper is its table, with nothing that does nothing", async ({page}) => {
    for (const name of pages) {
      await page.goto(page.base + name);
      for (const figure of await page.locator("figure.stepper").all()) {
        await expect(figure.locator("table")).toBeVisible();
        await expect(figure.locator(".thread li").first()).toBeVisible();
        await expect(figure.getByText("Try it")).toBeVisible();
        await expect(figure.getByRole("button")).toHaveCount(0);
      }
    }
  });
});

test("the script begins with what the page has without it", async ({browser, page}) => {
  const context = await browser.newContext({javaScriptEnabled: false});
  const still = await context.newPage();
  for (const name of pages) {
    await still.goto(page.base + name);
    await open(page, name);
    const before = await shown(still);
    expect(before.length).toBeGreaterThan(0);
    expect(await shown(page), name).toEqual(before);
  }
  await context.close();
});

test("nothing shifts when the script comes", async ({page}) => {
  const sizes = () => page.evaluate(() => [...document.querySelectorAll("figure.stepper")].map(figure => [figure.id, figure.offsetHeight]));
  for (const name of pages) {
    await open(page, name);
    const after = await sizes();
    await page.route(/stepper\.js$/, route => route.fulfill({contentType: "text/javascript", body: ""}));
    await open(page, name);
    expect(after, name).toEqual(await sizes());
    await page.unroute(/stepper\.js$/);
  }
});

test("it fits a phone, and every target is large enough", async ({page}) => {
  for (const name of pages) {
    await open(page, name);
    const wrong = await page.evaluate(() => [
      ...[...document.querySelectorAll(".stepper .stage")].filter(stage => stage.scrollWidth > stage.clientWidth).map(stage => stage.parentNode.id),
      ...[...document.querySelectorAll(".stepper button")].filter(button => button.offsetHeight < 24 || button.offsetWidth < 24).map(button => button.textContent),
    ]);
    expect(wrong, name).toEqual([]);
  }
});

test("in the middle of a deadlock it is accessible in every theme", async ({page}) => {
  const figure = await openStepper(page, "09-deadlock.html#fig-three-philosophers");
  for (let i = 0; i < 6; i++) await figure.getByRole("button", {name: "Forward"}).click();
  await figure.getByRole("button", {name: "Back"}).click();
  await page.addScriptTag({path: axe});
  for (const theme of ["light", "dark", "sepia", "contrast"]) {
    expect(await page.evaluate(async theme => {
      document.documentElement.dataset.theme = theme;
      const {violations} = await axe.run("#fig-three-philosophers", {preload: false});
      return violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.html.slice(0, 120)).join(" | ")}`);
    }, theme), theme).toEqual([]);
  }
});
