// Figures that step through a small program; the reader says who runs next. The
// first half does what weave/stepper-run.lua does; the second moves the figure.
"use strict";
(() => {

const READY = 0, WAITS = 1, SLEEPS = 2, WOKEN = 3;

// Lists of a model count from 1; what stands at 0 is not used.
const rest = list => list.slice(1);

function firstState(model) {
  return {
    line: model.threads.map(thread => thread.start || 0),
    how: model.threads.map(() => READY),
    value: model.vars.map(variable => variable.value ?? null),
    owner: model.mutexes.map(() => 0),
    asleep: model.conditions.map(() => []),
    output: "",
  };
}

const key = s => [rest(s.line).join(" "), rest(s.how).join(" "),
  rest(s.value).map(v => v ?? "-").join(" "), rest(s.owner).join(" "),
  rest(s.asleep).map(queue => queue.join(",")).join(" "), s.output].join("|");

// Expressions: an unset variable has no value, nor has what is computed from it.
const compute = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "%": (a, b) => b ? a % b : 0,
  "==": (a, b) => +(a === b), "!=": (a, b) => +(a !== b),
  "<": (a, b) => +(a < b), "<=": (a, b) => +(a <= b), ">": (a, b) => +(a > b), ">=": (a, b) => +(a >= b),
};

// Change a variable, and have the value that it had.
function replace(change) {
  return (s, [, v, a], t) => {
    const old = s.value[v];
    s.value[v] = change(old, value(a, s, t));
    return old;
  };
}

const special = {
  "&&": (s, [, a, b], t) => +Boolean(value(a, s, t) && value(b, s, t)),
  "||": (s, [, a, b], t) => +Boolean(value(a, s, t) || value(b, s, t)),
  "!": (s, [, a], t) => +!value(a, s, t),
  trylock: (s, [, m], t) => s.owner[m] ? 0 : (s.owner[m] = t, 1),
  fetch_add: replace((old, a) => old + a),
  exchange: replace((old, a) => a),
  compare_exchange(s, [, v, a, b], t) {
    const expected = value(a, s, t), desired = value(b, s, t);
    if (s.value[v] !== expected) return 0;
    s.value[v] = desired;
    return 1;
  },
  line: (s, [, t]) => s.line[t],
  ended: s => +s.line.every(line => !line),
  stuck: s => +s.stuck,
  again: s => +s.again,
};

function value(expression, s, t) {
  if (typeof expression === "number") return expression;
  const [operator, a, b] = expression;
  if (typeof operator === "number") return s.value[operator];
  if (special[operator]) return special[operator](s, expression, t);
  const left = value(a, s, t), right = value(b, s, t);
  return left === null || right === null ? null : compute[operator](left, right);
}

const lineOf = (model, s, t) => model.threads[t].lines[s.line[t]];

// The mutex that a thread waits for, or 0.
const wanted = (model, s, t) => s.how[t] === WAITS ? lineOf(model, s, t).lock
  : s.how[t] === WOKEN ? lineOf(model, s, t).wait[1] : 0;

const canRun = (model, s, t) => s.line[t] > 0 && s.how[t] !== SLEEPS && !s.owner[wanted(model, s, t)];

const threadsOf = model => rest([...model.threads.keys()]);

const isStuck = (model, s) => !special.ended(s) && !threadsOf(model).some(t => canRun(model, s, t));

function standing(model, s, t) {
  if (!s.line[t]) return "has ended";
  if (s.how[t] === SLEEPS) return "sleeps at " + model.conditions[lineOf(model, s, t).wait[0]];
  const mutex = wanted(model, s, t), owner = s.owner[mutex];
  if (!mutex) return "at line " + s.line[t];
  const name = model.mutexes[mutex];
  if (!owner) return `can have ${name} now`;
  if (owner === t) return `waits for ${name}, which it holds itself`;
  return `waits for ${name}, which ${model.threads[owner].name} ${s.line[owner] ? "holds" : "held when it ended"}`;
}

const meanwhile = (model, s, t) => !s.line[t] || canRun(model, s, t) ? "" : s.how[t] === SLEEPS ? "sleeps" : "waits";

function shown(model, s, v) {
  const now = s.value[v];
  if (now === null) return "–";
  if (model.vars[v].bool) return now ? "true" : "false";
  return String(now).replace("-", "−");
}

function wake(model, s, condition, count) {
  const woken = s.asleep[condition].splice(0, count);
  for (const t of woken) s.how[t] = WOKEN;
  return woken.length ? "wakes " + woken.map(t => model.threads[t].name).join(", ") : "nobody sleeps";
}

const operations = {
  "="(model, s, t, [, v, expression, tell]) {
    s.value[v] = value(expression, s, t);
    return tell ? "→\u00a0" + shown(model, s, v) : "";
  },
  print: (model, s, t, [, text]) => { s.output += text; },
  unlock: (model, s, t, [, mutex]) => { s.owner[mutex] = 0; },
  signal: (model, s, t, [, condition]) => wake(model, s, condition, 1),
  broadcast: (model, s, t, [, condition]) => wake(model, s, condition, Infinity),
};

// Let a thread that can run make a step: the new state, and what came of it.
function step(model, before, t) {
  const line = lineOf(model, before, t), s = structuredClone(before), notes = [];
  const done = note => ({thread: t, state: s, text: line.text, note});
  if (s.how[t] === WOKEN) {
    s.owner[line.wait[1]] = t;
    s.how[t] = READY;
    s.line[t] = line.next;
    return done("returns");
  }
  if (line.lock) {
    if (s.owner[line.lock]) {
      s.how[t] = WAITS;
      return done("waits");
    }
    if (s.how[t] === WAITS) notes.push("has it now");
    s.owner[line.lock] = t;
    s.how[t] = READY;
  }
  for (const op of line.ops || []) notes.push(operations[op[0]](model, s, t, op));
  if (line.wait) {
    s.owner[line.wait[1]] = 0;
    s.how[t] = SLEEPS;
    s.asleep[line.wait[0]].push(t);
    notes.push("sleeps");
  } else if (line.test !== undefined) {
    const holds = value(line.test, s, t);
    s.line[t] = holds ? line.next : line.other;
    notes.push(holds ? "yes" : "no");
  } else {
    s.line[t] = line.next;
  }
  return done(notes.filter(Boolean).join(", "));
}

function messages(model, s, again) {
  s.again = again;
  s.stuck = isStuck(model, s);
  const found = rest(model.watches).filter(watch => value(watch.test, s));
  if (s.stuck) {
    const who = threadsOf(model).filter(t => s.line[t]).map(t => model.threads[t].name + " " + standing(model, s, t));
    const kind = found.some(watch => watch.kind === "good") ? "good" : "bad";
    found.unshift({kind, text: `Nobody can go on: ${who.join("; ")}.`});
  }
  return found;
}

// Has the last moment been there before, and has everyone run since who can end?
function comesAgain(moments) {
  const last = moments[moments.length - 1], ran = new Set();
  for (let i = moments.length - 2; i >= 0; i--) {
    ran.add(moments[i + 1].thread);
    if (key(moments[i].state) === key(last.state)) return last.state.line.every((line, t) => !line || ran.has(t));
  }
  return false;
}

const begin = model => {
  const state = firstState(model);
  return [{state, found: messages(model, state, false)}];
};

// Add a thread's step to the moments of a schedule.
function extend(model, moments, t) {
  const next = step(model, moments[moments.length - 1].state, t);
  moments.push(next);
  next.found = messages(model, next.state, comesAgain(moments));
}

if (typeof document === "undefined") {
  module.exports = {firstState, key, step, canRun, standing, meanwhile, shown, messages, begin, extend};
  return;
}

// The figure -----------------------------------------------------------------------
const all = (selector, within) => [...within.querySelectorAll(selector)];

function make(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function bringToLife(figure) {
  const model = JSON.parse(figure.querySelector("script").textContent);
  const threads = threadsOf(model), vars = [...model.vars.keys()];
  const panels = all(".thread", figure), runners = all(".pick button", figure);
  const [first, back, forward, book] = all(".controls button", figure);
  const [said, body, output] = [".said", "tbody", ".output"].map(part => figure.querySelector(part));
  let moments, at = 0;

  const name = t => model.threads[t].name;
  const holder = (s, mutex) => s.owner[mutex] ? name(s.owner[mutex]) : "free";

  // What the page lists below the threads, in that order.
  const sharedValues = s => [
    ...vars.filter(v => v && !model.vars[v].thread).map(v => shown(model, s, v)),
    ...rest(s.owner.map((owner, m) => holder(s, m) +
      threads.filter(t => owner && wanted(model, s, t) === m).map(t => `, ${name(t)} waits`).join(""))),
    ...rest(s.asleep).map(queue => queue.map(t => name(t) + " sleeps").join(", ") || "nobody sleeps"),
  ];
  const ownValues = (s, t) => vars.filter(v => model.vars[v].thread === t).map(v => shown(model, s, v));

  function setValues(places, now, old) {
    places.forEach((b, i) => {
      b.textContent = now[i];
      b.classList.toggle("new", now[i] !== old[i]);
    });
  }

  function cell(moment, t) {
    if (t !== moment.thread) return make("td", make("em", meanwhile(model, moment.state, t)));
    const {text, note} = moment;
    return make("td", make("code", text), " ", note[0] === "→" ? note : make("em", note));
  }

  function row(moment, i) {
    const columns = model.columns.map(c => make("td",
      model.vars[c] ? shown(model, moment.state, c) : holder(moment.state, c - vars.length + 1)));
    return make("tr", make("td", i), ...threads.map(t => cell(moment, t)), ...columns);
  }

  const setTable = () => body.replaceChildren(...rest(moments.map((moment, i) => i && row(moment, i))));

  const turnOff = (button, off) => button.setAttribute("aria-disabled", off);

  function showThread(t, s, old) {
    const panel = panels[t - 1], runs = canRun(model, s, t);
    panel.querySelector(".now").textContent = standing(model, s, t);
    turnOff(runners[t - 1], !runs);
    all("li", panel).forEach((item, i) => {
      const here = i + 1 === s.line[t];
      item.className = here ? runs ? "here" : "here held" : "";
      item.setAttribute("aria-current", here ? "step" : "false");
    });
    setValues(all(".own b", panel), ownValues(s, t), ownValues(old, t));
  }

  function go(to) {
    at = Math.min(Math.max(to, 0), moments.length - 1);
    const moment = moments[at], s = moment.state, old = (moments[at - 1] || moment).state;
    for (const t of threads) showThread(t, s, old);
    setValues(all(".shared b", figure), sharedValues(s), sharedValues(old));
    if (output) output.textContent = s.output || "nothing printed yet";
    [...body.rows].forEach((tr, i) => { tr.className = i + 1 === at ? "now" : i + 1 > at ? "later" : ""; });
    turnOff(first, !at);
    turnOff(back, !at);
    turnOff(forward, at === moments.length - 1);
    speak(moment);
  }

  function speak({thread, text, note, found}) {
    if (at) said.replaceChildren(`Step ${at}: ${name(thread)}, `, make("code", text), ` ${note}`);
    else said.textContent = "Nobody has run yet. Choose who runs first.";
    for (const {kind, text} of found) {
      const strong = make("strong", (kind === "bad" ? "⚠ " : "✓ ") + text);
      strong.className = kind;
      said.append(" ", strong);
    }
  }

  // As the plan says, or, from here on, as the reader says.
  function runNext(t) {
    const {state} = moments[at], next = moments[at + 1];
    if (!canRun(model, state, t)) {
      said.textContent = `${name(t)} cannot run: it ${standing(model, state, t)}.`;
      return;
    }
    if (!next || next.thread !== t) {
      moments.length = at + 1;
      extend(model, moments, t);
      setTable();
    }
    go(at + 1);
  }

  function asInTheBook() {
    moments = begin(model);
    for (const t of model.schedule) extend(model, moments, t);
    setTable();
    go(0);
  }

  const keys = {Home: () => go(0), ArrowLeft: () => go(at - 1), ArrowRight: () => go(at + 1), End: () => go(Infinity)};
  runners.forEach((button, i) => { button.onclick = keys[i + 1] = () => runNext(i + 1); });
  first.onclick = keys.Home;
  back.onclick = keys.ArrowLeft;
  forward.onclick = keys.ArrowRight;
  book.onclick = asInTheBook;
  figure.querySelector(".stage").addEventListener("keydown", event => {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation(); // the page's own keys turn pages
  });
  asInTheBook();
}

all("figure.stepper", document).forEach(bringToLife);
})();
