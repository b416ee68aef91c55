// One model, two implementations: weave/stepper-run.lua makes a stepper's table
// when the book is built, weave/stepper.js steps through it on the page. This
// test lets both go through every schedule of every stepper of the book, and
// compares each step and each word. It needs the book woven, in build/md:
//   node --test tests/web/stepper.unit.js
"use strict";
const assert = require("node:assert");
const {execFileSync} = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const stepper = require("../../weave/stepper.js");

const WALKS = 100, LONGEST = 60; // as in stepper.unit.lua

process.chdir(path.join(__dirname, "../.."));

const fromLua = file => execFileSync("pandoc",
  ["-f", "markdown", "--lua-filter", "tests/web/stepper.unit.lua", "-t", "plain", "-o", "/dev/null", file], {maxBuffer: 1 << 28})
  .toString().split("\n").filter(line => line.includes("\t")).map(line => line.split("\t"));

const said = found => found.map(({kind, text}) => `${kind} ${text}`).join(" / ");
const threadsOf = model => model.threads.map((thread, t) => t).slice(1);
const written = cells => cells.map(cell => String(cell).replaceAll("\n", "\\n"));

function view(model, state) {
  return [...threadsOf(model).map(t => `${stepper.standing(model, state, t)};${stepper.meanwhile(model, state, t)}`),
    ...model.vars.map((v, i) => i && stepper.shown(model, state, i)).slice(1)].join(",");
}

// Each step from each state that can be reached, the nearest states first.
function allSteps(model) {
  const steps = [], states = [stepper.firstState(model)], known = new Set([stepper.key(states[0])]);
  for (const from of states) {
    for (const t of threadsOf(model).filter(t => stepper.canRun(model, from, t))) {
      const {state: to, text, note} = stepper.step(model, from, t);
      steps.push(["STEP", stepper.key(from), t, stepper.key(to), text, note,
        said(stepper.messages(model, to, false)), view(model, to)]);
      if (known.has(stepper.key(to))) continue;
      known.add(stepper.key(to));
      states.push(to);
    }
  }
  return {steps: steps.map(written), states: states.length};
}

// Long schedules, for what depends on the way and not only on the state.
function allWalks(model) {
  const lines = [];
  for (let number = 1; number <= WALKS; number++) {
    const moments = stepper.begin(model);
    for (let i = 0, luck = number; i < LONGEST; i++) {
      const {state} = moments[moments.length - 1];
      const ready = threadsOf(model).filter(t => stepper.canRun(model, state, t));
      if (!ready.length) break;
      luck = (luck * 75 + 74) % 65537;
      stepper.extend(model, moments, ready[luck % ready.length]);
    }
    for (const {thread, state, found} of moments.slice(1)) lines.push(["WALK", thread, stepper.key(state), said(found)]);
  }
  return lines.map(written);
}

// The lines of Lua's dump, a list for each model.
function modelsOf(lines) {
  const models = [];
  for (const line of lines) {
    if (line[0] === "MODEL") models.push({id: line[1], model: JSON.parse(line[2]), STEP: [], WALK: []});
    else if (line[0] === "COUNT") models[models.length - 1].count = line.slice(1).map(Number);
    else if (line[0] !== "REFUSED") models[models.length - 1][line[0]].push(line);
  }
  return models;
}

function compare({id, model, STEP, WALK}) {
  const {steps, states} = allSteps(model);
  assert.deepStrictEqual(steps, STEP, `${id}: a step`);
  assert.deepStrictEqual(allWalks(model), WALK, `${id}: a long schedule`);
  return states;
}

const chapters = fs.readdirSync("build/md").filter(name => /^\d.*\.md$/.test(name)).map(name => `build/md/${name}`);
const models = chapters.filter(file => /^:::.*\.stepper/m.test(fs.readFileSync(file, "utf8")))
  .flatMap(file => modelsOf(fromLua(file)));

test("the script weighs less than 12 KB", () => assert.ok(fs.statSync("weave/stepper.js").size < 12 * 1024));

test("there are eight steppers or more in the book", () => assert.ok(models.length >= 8));

for (const entry of [...models, ...modelsOf(fromLua("tests/web/stepper-language.md"))]) {
  test(`${entry.id}: both make the same of every schedule`, context => {
    const states = compare(entry);
    context.diagnostic(`${states} states, ${entry.STEP.length} steps, ${entry.WALK.length} in long schedules`);
  });
}

test("the comparison notices a signal that wakes all", () => {
  const changed = models.find(({id}) => id === "fig-one-condition-steps");
  const model = JSON.parse(JSON.stringify(changed.model).replaceAll('["signal",', '["broadcast",'));
  assert.throws(() => compare({...changed, model}), assert.AssertionError);
});

test("the numbers of schedules that the chapters name", () => {
  const counted = id => models.find(entry => entry.id === id).count;
  assert.deepStrictEqual(counted("fig-lost-steps"), [20, 18]);
  assert.deepStrictEqual(counted("fig-torn-steps"), [6, 4]);
});

// The task that each stepper sets can be done: a schedule, by the threads' numbers
// in the figure, and what the figure then says or shows.
const tasks = [
  ["fig-torn-steps", "2121", {output: "the cube of 2 is the square of 2 is 8\n4\n"}],
  ["fig-torn-steps", "1122", {output: "the square of 2 is 4\nthe cube of 2 is 8\n"}],
  ["fig-lost-steps", "111222", {counter: "102"}],
  ["fig-lost-steps", "222111", {counter: "102"}],
  ["fig-hoisted-steps", "3122", {said: "All have ended"}],
  ["fig-overdraft-steps", "1212", {balance: "−60"}],
  ["fig-audit-steps", "2112", {sum: "2100"}],
  ["fig-oversold-steps", "11122", {said: "once"}],
  ["fig-double-checked", "111122", {use: "0", ready: "true"}],
  ["fig-lost-wakeup-steps", "221111", {said: "The consumer has its number"}],
  ["fig-lost-wakeup-steps", "111221111", {said: "The consumer has its number"}],
  ["fig-if-steps", "1112223311", {taken: "1", said: "second consumer sleeps at changed"}],
  ["fig-if-steps", "2223311122", {taken: "2"}],
  ["fig-one-condition-steps", "3333111333222", {said: "Two numbers"}],
  ["fig-one-condition-steps", "2221113333222111", {said: "The last signal"}],
  ["fig-three-philosophers", "1212221113333", {said: "All three have eaten"}],
  ["fig-two-locks-steps", "1111122222", {said: "Both have paid"}],
  ["fig-polite-steps", "11112222", {said: "Both have passed"}],
];
for (const [id, schedule, wanted] of tasks) {
  test(`${id}: the task is done by ${schedule}`, () => {
    const {model} = models.find(entry => entry.id === id);
    const moments = stepper.begin(model);
    for (const t of schedule) {
      const {state} = moments[moments.length - 1];
      assert.ok(stepper.canRun(model, state, +t), `step ${moments.length}: ${t} ${stepper.standing(model, state, +t)}`);
      stepper.extend(model, moments, +t);
    }
    const {state, found} = moments[moments.length - 1];
    const values = {said: said(found), output: state.output};
    for (const [what, value] of Object.entries(wanted)) {
      const now = what in values ? [values[what]] : model.vars.map((v, i) => v.name === what && stepper.shown(model, state, i)).filter(Boolean);
      assert.ok(now.some(text => what === "said" ? text.includes(value) : text === value), `${what}: ${now}`);
    }
  });
}

test("every stepper's task has been tried", () => {
  assert.deepStrictEqual(models.map(({id}) => id).filter(id => !tasks.some(task => task[0] === id)), []);
});

test("a wrong model is refused, with the line and the reason", () => {
  const cases = fs.readFileSync("tests/web/stepper-refused.md", "utf8");
  const expected = [...cases.matchAll(/``` \{\.refusal\}\n(.*)\n```/g)].map(match => match[1]);
  assert.ok(expected.length > 20);
  assert.deepStrictEqual(fromLua("tests/web/stepper-refused.md").map(line => line[1]), expected);
});
