// What readers do, step by step.
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const {test, expect, open, ready, here, chapters} = require("./site");

const narrow = page => page.viewportSize().width < 800;
const clipboard = page => page.evaluate(() => navigator.clipboard.readText());

test("find a word and land on it, marked", async ({page}) => {
  await open(page, "index.html");
  expect(await page.evaluate(() => typeof lunr)).toBe("undefined"); // loaded on first use only
  if (narrow(page)) await page.getByRole("button", {name: "Search"}).click();
  else await page.keyboard.press("/");
  const field = page.getByRole("searchbox");
  await expect(field).toBeFocused();
  await field.fill("lost updates");
  const results = page.locator(".results");
  await expect(results.locator("h3").first()).toBeVisible();
  await expect(results.locator("mark").first()).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(results.locator("a").first()).toBeFocused();
  await results.getByRole("link", {name: /6\.1 Ten million/}).first().click();
  await page.waitForURL(/06-sharing\.html\?mark=.*#sec-lost-update/);
  await ready(page);
  await expect(page.locator("main mark", {hasText: /^updates?$/i}).first()).toBeAttached();
  await page.keyboard.press("Escape");
  await expect(page.locator("main mark")).toHaveCount(0);
});

for (const [kind, words, title] of [["chunk", "count up with some work", /count up, with some work in between/],
  ["identifier", "executor_map", /./], ["file", "lost_update.c", /lost_update\.c/], ["code", "pthread_cond_signal", /./]]) {
  test(`search finds a ${kind}`, async ({page}) => {
    await open(page, "02-processes.html");
    await page.getByRole("button", {name: "Search"}).click();
    await page.getByRole("searchbox").fill(words);
    await expect(page.locator(".results a", {hasText: title}).first()).toBeVisible();
  });
}

test("search says so when there is nothing, and follows the typing", async ({page}) => {
  await open(page, "index.html");
  await page.getByRole("button", {name: "Search"}).click();
  await page.getByRole("searchbox").fill("zyzzyva");
  await expect(page.getByText("Nothing found")).toBeVisible();
  for (const typed of ["de", "dead", "deadlo", "deadlock"]) {
    await page.getByRole("searchbox").fill(typed);
    await expect(page.locator(".results a").first()).toBeVisible();
  }
  await page.keyboard.press("Escape");
  await expect(page.getByRole("searchbox")).toBeHidden();
});

// Three references, each in the code of the one before.
const threeDeep = () => {
  const target = link => document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const uses = chunk => [...chunk?.querySelectorAll("a.chunk-ref") || []];
  for (const first of document.querySelectorAll(".root a.chunk-ref"))
    for (const second of uses(target(first)))
      for (const third of uses(target(second))) return [first, second, third].map(link => link.textContent);
  return null;
};

test("open a chunk three levels deep, and close it", async ({page}) => {
  await open(page, "13-pools-that-scale.html");
  const names = await page.evaluate(threeDeep);
  expect(names).not.toBeNull();
  let within = page.locator(".root", {has: page.locator("a.chunk-ref", {hasText: names[0]})}).first();
  const before = await within.locator("pre").first().textContent();
  for (const [depth, name] of names.entries()) {
    const opener = within.getByRole("button", {name: `Open ${name} here`}).first();
    await opener.press("Enter");
    await expect(opener).toHaveAttribute("aria-expanded", "true");
    within = within.locator(".opened").first();
    await expect(within).toBeVisible();
    expect((await within.textContent()).length).toBeGreaterThan(depth);
  }
  const root = page.locator(".root", {has: page.locator("a.chunk-ref", {hasText: names[0]})}).first();
  const opener = root.getByRole("button", {name: `Open ${names[0]} here`}).first();
  await opener.press("Enter");
  await expect(root.locator(".opened")).toHaveCount(0);
  expect(await root.locator("pre").first().textContent()).toBe(before);
});

test("copy a whole file, compile it, run it", async ({page}) => {
  await open(page, "00-preface.html");
  const chunk = page.locator("#chunk-greet-each-name-on-the-command-line");
  await chunk.hover();
  await chunk.getByRole("button", {name: "In its file"}).click();
  const window = page.getByRole("dialog");
  await expect(window.locator(".of")).toHaveText(/^2 of \d+ lines are of this chunk/);
  await expect(window.locator(".current")).toContainText('printf("Hello');
  await window.getByRole("button", {name: "Copy"}).click();
  await expect(window.getByRole("button", {name: "Copied"})).toBeVisible();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "many-hands-"));
  try {
    fs.writeFileSync(path.join(folder, "greet.c"), await clipboard(page));
    execFileSync("cc", ["-std=gnu11", "-Wall", "-Werror", "-o", "greet", "greet.c"], {cwd: folder});
    expect(execFileSync("./greet", ["Ada"], {cwd: folder}).toString()).toBe("Hello, Ada\n");
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
});

test("the file so far leaves later chunks as names", async ({page}) => {
  await open(page, "06-sharing.html");
  const root = page.locator("#chunk-lost-update-c");
  await root.hover();
  await root.getByRole("button", {name: "In its file"}).first().click();
  const window = page.getByRole("dialog");
  await expect(window.locator("pre")).toContainText("static void count_up(");
  await window.getByRole("radio", {name: "The file so far"}).check();
  await expect(window.locator("pre")).not.toContainText("static void count_up(");
  await expect(window.locator("pre")).toContainText("⟨count up, with some work in between⟩");
  await page.keyboard.press("Escape");
  await expect(window).toBeHidden();
});

test("a session is copied without prompts and output", async ({page}) => {
  await open(page, "00-preface.html");
  const session = page.locator(".console", {hasText: "./greet Ada Edsger"});
  await session.hover();
  await session.getByRole("button", {name: "Copy"}).click();
  await expect(session.getByRole("button", {name: "Copied"})).toBeVisible();
  expect(await clipboard(page)).toBe("./greet Ada Edsger\n");
});

test("a program to download builds with the commands beside it", async ({page}) => {
  await open(page, "06-sharing.html");
  const get = page.locator("#chunk-bank-locked-c .get");
  await get.getByText("Build and run").click();
  const archive = await get.locator("p a").getAttribute("href");
  const commands = await get.locator(".command").allTextContents();
  expect(fs.readFileSync(path.join(here, "book/html", await get.locator("a").first().getAttribute("href")), "utf8"))
    .toBe(fs.readFileSync(path.join(here, "tangled/06-sharing/bank_locked.c"), "utf8"));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "many-hands-"));
  try {
    fs.copyFileSync(path.join(here, "book/html", archive), path.join(folder, path.basename(archive)));
    const script = commands.map(command => command.replace(/^\$ /, "")).join(" && ");
    expect(execFileSync("bash", ["-c", script], {cwd: folder, env: {PATH: process.env.PATH}}).toString()).not.toBe("");
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
});

test("do a quiz; take hints one at a time", async ({page}) => {
  await open(page, "06-sharing.html");
  const quiz = page.locator("#quiz-smallest");
  await expect(quiz.locator(".answer p").first()).toBeHidden();
  await quiz.getByText("Answer", {exact: true}).press("Enter");
  await expect(quiz.locator(".answer p").first()).toBeVisible();
  await open(page, "A-weave.html#ex-slug");
  const hints = page.locator("#ex-slug details.hint");
  await expect(hints).toHaveCount(2);
  await expect(hints.nth(1)).toBeHidden();
  await hints.nth(0).locator("summary").press("Enter");
  await expect(hints.nth(1)).toBeVisible();
});

test("a link to what is folded away unfolds it", async ({page}) => {
  await open(page, "06-sharing.html");
  const id = await page.evaluate(() => {
    const inside = document.querySelector("details.answer p");
    inside.id = "inside-an-answer";
    location.hash = "#inside-an-answer";
    return inside.id;
  });
  await expect(page.locator("#" + id)).toBeVisible();
});

test("previews: a chunk's name, a figure of another page, a term", async ({page}) => {
  test.skip(narrow(page), "previews come with a pointer or the keyboard");
  await open(page, "06-sharing.html");
  await page.locator("#chunk-lost-update-c .chunk-ref").first().hover();
  await expect(page.getByRole("tooltip")).toContainText("static void count_up(");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("tooltip")).toHaveCount(0);
  await page.locator("a.term", {hasText: "lost update"}).focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("tooltip")).toContainText("An update");
  await expect(page.locator("a.term", {hasText: "lost update"})).toHaveAttribute("aria-describedby", "preview");
  const elsewhere = page.locator("main p a.ref[href*='.html#fig-'], main p a.ref[href*='.html#sec-'], main p a.ident[href*='.html#chunk-']").first();
  await elsewhere.hover();
  await expect(page.getByRole("tooltip")).toBeVisible();
  expect((await page.getByRole("tooltip").textContent()).trim().length).toBeGreaterThan(20);
});

test("theme, text size and progress are kept", async ({page}) => {
  await open(page, "06-sharing.html");
  await page.getByRole("button", {name: "Theme, text size and progress"}).click();
  await page.getByRole("radio", {name: "Sepia"}).check();
  const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
  const before = await size();
  await page.getByRole("button", {name: "Larger"}).click();
  expect(await size()).toBeGreaterThan(before);
  await page.keyboard.press("Escape");
  const tick = page.locator("#sec-lost-update .tick");
  await tick.click();
  await expect(tick).toHaveAttribute("aria-pressed", "true");
  await page.reload();
  await ready(page);
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("sepia");
  expect(await size()).toBeGreaterThan(before);
  await expect(tick).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", {name: "Theme, text size and progress"}).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", {name: "Save as a file"}).click();
  const file = await (await download).path();
  expect(JSON.parse(fs.readFileSync(file, "utf8")).ticks["06-sharing"].done).toEqual(["sec-lost-update"]);
  await page.getByRole("button", {name: "Forget all"}).click();
  await expect(tick).toHaveAttribute("aria-pressed", "false");
  await page.getByLabel("Add from a file").setInputFiles(file);
  await expect(tick).toHaveAttribute("aria-pressed", "true");
});

test("the place where one stopped is offered again", async ({page}) => {
  await open(page, "06-sharing.html");
  await page.locator("#sec-bank").scrollIntoViewIfNeeded();
  await page.evaluate(() => document.getElementById("sec-bank").scrollIntoView());
  await page.waitForFunction(() => localStorage.getItem("many-hands.positions")?.includes("sec-bank"));
  await open(page, "index.html");
  const offer = page.locator(".offer a");
  await expect(offer).toHaveText(/The bank/);
  await offer.click();
  await page.waitForURL(/06-sharing\.html#sec-bank$/);
});

test("where you are shows in the contents", async ({page}) => {
  test.skip(narrow(page), "the contents are folded there");
  await open(page, "06-sharing.html#sec-bank");
  await expect(page.locator(".contents [aria-current=page]")).toHaveText(/6 Sharing/);
  await expect(page.locator(".contents [aria-current=location]")).toHaveText(/The bank/);
});

test("by keys alone", async ({page}) => {
  test.skip(narrow(page), "a phone has none");
  await open(page, "06-sharing.html");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", {name: "Skip to the text"})).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", {name: "Keys"})).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await expect(page.locator("#sec-lost-update")).toBeInViewport();
  await page.keyboard.press("n");
  await expect(page.locator("#sec-lost-update ~ h2").first()).toBeInViewport();
  await page.keyboard.press("t");
  await expect(page.locator(".contents .here")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/07-locks\.html/);
  await ready(page);
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/06-sharing\.html/);
  await ready(page);
  await page.keyboard.press("s");
  await page.getByRole("checkbox", {name: /Single letters/}).press("Space");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", {name: "Keys"})).toBeHidden();
});

test("what has moved is found by its old address", async ({page}) => {
  const moved = fs.readFileSync(path.join(here, "weave/renamed.tsv"), "utf8").split("\n")
    .filter(line => line.includes("\t")).map(line => line.split("\t"));
  for (const [from, to] of moved) {
    await page.goto(page.base + from);
    await page.waitForURL(address => address.href.endsWith(to));
    expect(await page.evaluate(() => Boolean(document.getElementById(location.hash.slice(1)) || !location.hash))).toBe(true);
  }
});

test("the whole file is the tangled file, for every program", async ({page}, info) => {
  test.skip(info.project.name !== "desktop", "the same code everywhere");
  let compared = 0;
  for (const name of chapters) {
    await open(page, name);
    const files = await page.evaluate(() => Object.fromEntries(
      all("main .root").filter(chunk => partsOf(chunk)[0] === chunk).map(chunk => [nameOf(chunk), fileText(chunk).textContent])));
    const folder = path.join(here, "tangled");
    for (const [file, text] of Object.entries(files)) {
      const tangled = path.join(folder, file.startsWith("lib/") ? file : path.join(path.basename(name, ".html"), file));
      expect.soft(text.trimEnd(), tangled).toBe(fs.readFileSync(tangled, "utf8").trimEnd());
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(200);
});
