// A link from elsewhere goes on leading to what it meant: every address that an
// edition had (addresses.txt) is still there, or weave/renamed.tsv says where it
// leads now. `make addresses` adds those of a new edition to the list.
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");

const site = path.resolve(__dirname, "../../book/html");
const list = path.join(__dirname, "addresses.txt");
const lines = file => fs.readFileSync(file, "utf8").split("\n").filter(line => line && !line.startsWith("# "));

const there = new Set();
for (const name of fs.readdirSync(site).filter(name => /^[0-9A-Z]+-.*\.html$/.test(name))) {
  there.add(name);
  const main = fs.readFileSync(path.join(site, name), "utf8").replace(/<p class="moved".*?<\/p>|<svg.*?<\/svg>/gs, "");
  for (const [, id] of main.matchAll(/\sid="((?:ch|sec|fig|quiz|ex|q|term)-[\w-]+)"/g)) there.add(`${name}#${id}`);
}
const renamed = new Map(lines(path.resolve(__dirname, "../../weave/renamed.tsv")).map(line => line.split("\t")));

if (process.env.PUBLISH) {
  const published = new Set([...fs.existsSync(list) ? lines(list) : [], ...there]);
  fs.writeFileSync(list, "# What readers may have linked to; see addresses.unit.js.\n" + [...published].sort().join("\n") + "\n");
} else {
  test("what was published is still there, or its new address is known", () => {
    assert.deepEqual(lines(list).filter(address => !there.has(address) && !renamed.has(address)), []);
  });
  test("new addresses exist, and old ones are not in use again", () => {
    assert.deepEqual([...renamed].filter(([from, to]) => there.has(from) || !there.has(to)), []);
  });
}
