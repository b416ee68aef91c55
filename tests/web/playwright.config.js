// Debian's browser; the site as files and over http, on a desk and on a phone.
const {existsSync} = require("node:fs");
const path = require("node:path");

process.env.PORT ||= String(20000 + Math.floor(Math.random() * 20000)); // workers inherit it
const site = path.resolve(__dirname, "../../book/html");
const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

module.exports = {
  testDir: __dirname,
  testMatch: "*.spec.js",
  outputDir: path.resolve(__dirname, "../../build/web"),
  timeout: 120000, // the machine may be busy; no test waits by the clock
  expect: {timeout: 30000},
  workers: 2,
  fullyParallel: true,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: {executablePath: browser, args: ["--no-sandbox", "--disable-background-networking"]},
    permissions: ["clipboard-read", "clipboard-write"],
    actionTimeout: 20000,
    reducedMotion: "reduce",
  },
  webServer: {
    command: `python3 -m http.server --bind 127.0.0.1 --directory ${site} ${process.env.PORT}`,
    url: `http://127.0.0.1:${process.env.PORT}/index.html`,
    stderr: "ignore",
  },
  projects: [
    {name: "desktop", use: {base: `file://${site}/`, viewport: {width: 1440, height: 900}}},
    {name: "phone", use: {base: `file://${site}/`, viewport: {width: 390, height: 844}, hasTouch: true, isMobile: true, colorScheme: "dark"}},
    {name: "http", use: {base: `http://127.0.0.1:${process.env.PORT}/`, viewport: {width: 1440, height: 900}, colorScheme: "dark"}},
  ],
};
