// What a page weighs on its way to the reader, compressed, figures apart. Style and
// scripts come once for the whole site, and are reported beside it.
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const {gzipSync} = require("node:zlib");

const site = path.resolve(__dirname, "../../book/html");
const packed = text => gzipSync(text, {level: 9}).length;
const read = name => fs.readFileSync(path.join(site, name), "utf8");
const shared = packed(read("book.css")) + packed(read("book.js"));

for (const name of fs.readdirSync(site).filter(name => /^[0-9A-Z]+-.*\.html$/.test(name))) {
  test(`${name} is under 150 KB`, context => {
    const html = read(name).replace(/<svg.*?<\/svg>/gs, "");
    const stepper = html.includes('src="stepper.js"') ? packed(read("stepper.js")) : 0;
    const weight = packed(html);
    context.diagnostic(`${(weight / 1000).toFixed(1)} KB, and ${((shared + stepper) / 1000).toFixed(1)} KB of style and scripts`);
    assert.ok(weight < 150000, `${weight} bytes`);
  });
}
