-- What a stepper's model does: states, steps, and all that can be reached. The
-- first half is written once more in stepper.js; tests/web/stepper.unit.js
-- compares the two, state by state.
--
-- state = {line, how, value, owner, asleep, output}: by thread its line (0: it
-- has ended) and how it stands there; the variables (false: unset); by mutex its
-- holder (0: nobody); by condition those who sleep there, the first come first.
local READY, WAITS, SLEEPS, WOKEN = 0, 1, 2, 3

local function first_state(model)
    local state = {line = {}, how = {}, value = {}, owner = {}, asleep = {}, output = ""}
    for i, thread in ipairs(model.threads) do state.line[i], state.how[i] = thread.start, READY end
    for i, variable in ipairs(model.vars) do state.value[i] = variable.value or false end
    for i in ipairs(model.mutexes) do state.owner[i] = 0 end
    for i in ipairs(model.conditions) do state.asleep[i] = {} end
    return state
end

local function copy(value)
    if type(value) ~= "table" then return value end
    local result = {}
    for key, entry in pairs(value) do result[key] = copy(entry) end
    return result
end

-- Two states are the same if their keys are.
local function key(state)
    local value, asleep = {}, {}
    for i, entry in ipairs(state.value) do value[i] = entry or "-" end
    for i, queue in ipairs(state.asleep) do asleep[i] = table.concat(queue, ",") end
    return table.concat({table.concat(state.line, " "), table.concat(state.how, " "), table.concat(value, " "),
        table.concat(state.owner, " "), table.concat(asleep, " "), state.output}, "|")
end

-- Expressions: an unset variable has no value, nor has what is computed from it.

local function truth(value) return value and value ~= 0 end
local function number(holds) return holds and 1 or 0 end

local compute = {
    ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
    ["*"] = function(a, b) return a * b end, ["%"] = function(a, b) return b == 0 and 0 or math.fmod(a, b) end,
    ["=="] = function(a, b) return number(a == b) end, ["!="] = function(a, b) return number(a ~= b) end,
    ["<"] = function(a, b) return number(a < b) end, ["<="] = function(a, b) return number(a <= b) end,
    [">"] = function(a, b) return number(a > b) end, [">="] = function(a, b) return number(a >= b) end,
}

local special = {}

local function evaluate(expression, state, thread)
    if type(expression) == "number" then return expression end
    local operator, a, b = expression[1], expression[2], expression[3]
    if not a and type(operator) == "number" then
        if thread and state.value[operator] == false then error("a variable is read that has no value", 0) end
        return state.value[operator]
    end
    if special[operator] then return special[operator](state, expression, thread) end
    a, b = evaluate(a, state, thread), evaluate(b, state, thread)
    return a and b and compute[operator](a, b)
end

special["&&"] = function(state, expression, thread)
    return number(truth(evaluate(expression[2], state, thread)) and truth(evaluate(expression[3], state, thread)))
end
special["||"] = function(state, expression, thread)
    return number(truth(evaluate(expression[2], state, thread)) or truth(evaluate(expression[3], state, thread)))
end
special["!"] = function(state, expression, thread)
    return number(not truth(evaluate(expression[2], state, thread)))
end
function special.trylock(state, expression, thread)
    if state.owner[expression[2]] ~= 0 then return 0 end
    state.owner[expression[2]] = thread
    return 1
end
function special.fetch_add(state, expression, thread)
    local old = state.value[expression[2]]
    state.value[expression[2]] = old + evaluate(expression[3], state, thread)
    return old
end
function special.exchange(state, expression, thread)
    local old = state.value[expression[2]]
    state.value[expression[2]] = evaluate(expression[3], state, thread)
    return old
end
function special.compare_exchange(state, expression, thread)
    local expected, desired = evaluate(expression[3], state, thread), evaluate(expression[4], state, thread)
    if state.value[expression[2]] ~= expected then return 0 end
    state.value[expression[2]] = desired
    return 1
end
function special.line(state, expression) return state.line[expression[2]] end
function special.ended(state)
    for _, line in ipairs(state.line) do if line ~= 0 then return 0 end end
    return 1
end
function special.stuck(state) return number(state.stuck) end
function special.again(state) return number(state.again) end

-- Who can run ----------------------------------------------------------------------

local function line_of(model, state, thread)
    return model.threads[thread].lines[state.line[thread]]
end

-- The mutex that a thread waits for, or nil.
local function wanted(model, state, thread)
    local line = line_of(model, state, thread)
    if state.how[thread] == WAITS then return line.lock end
    if state.how[thread] == WOKEN then return line.wait[2] end
end

local function can_run(model, state, thread)
    if state.line[thread] == 0 or state.how[thread] == SLEEPS then return false end
    local mutex = wanted(model, state, thread)
    return not mutex or state.owner[mutex] == 0
end

local function is_stuck(model, state)
    for thread in ipairs(model.threads) do
        if can_run(model, state, thread) then return false end
    end
    return special.ended(state) == 0
end

-- Where a thread is, in words.
local function standing(model, state, thread)
    if state.line[thread] == 0 then return "has ended" end
    local mutex = wanted(model, state, thread)
    if state.how[thread] == SLEEPS then
        return "sleeps at " .. model.conditions[line_of(model, state, thread).wait[1]].name
    elseif not mutex then
        return "at line " .. state.line[thread]
    end
    local name, owner = model.mutexes[mutex].name, state.owner[mutex]
    if owner == 0 then return "can have " .. name .. " now" end
    if owner == thread then return "waits for " .. name .. ", which it holds itself" end
    return ("waits for %s, which %s %s"):format(name, model.threads[owner].shown,
        state.line[owner] == 0 and "held when it ended" or "holds")
end

-- Of a thread that does not run: what it does meanwhile.
local function meanwhile(model, state, thread)
    if state.line[thread] == 0 or can_run(model, state, thread) then return "" end
    return state.how[thread] == SLEEPS and "sleeps" or "waits"
end

-- A step ---------------------------------------------------------------------------

local function shown(model, state, index)
    local value = state.value[index]
    if value == false then return "–" end
    if model.vars[index].bool then return value == 0 and "false" or "true" end
    return (tostring(value):gsub("-", "−"))
end

local function wake(model, state, condition, count)
    local queue, names = state.asleep[condition], {}
    while #queue > 0 and #names < count do
        local thread = table.remove(queue, 1)
        state.how[thread] = WOKEN
        names[#names + 1] = model.threads[thread].shown
    end
    return #names > 0 and "wakes " .. table.concat(names, ", ") or "nobody sleeps"
end

local operations = {}
operations["="] = function(model, state, thread, op)
    state.value[op[2]] = evaluate(op[3], state, thread)
    return op[4] == 1 and "→\u{a0}" .. shown(model, state, op[2])
end
function operations.print(_, state, _, op)
    state.output = state.output .. op[2]
end
function operations.unlock(_, state, thread, op)
    if state.owner[op[2]] ~= thread then error("a mutex is unlocked that the thread does not hold", 0) end
    state.owner[op[2]] = 0
end
function operations.signal(model, state, _, op) return wake(model, state, op[2], 1) end
function operations.broadcast(model, state, _, op) return wake(model, state, op[2], #model.threads) end

-- Let a thread that can run make a step; its line's text, and what came of it.
local function step(model, state, thread)
    local line, notes = line_of(model, state, thread), {}
    state = copy(state)
    if state.how[thread] == WOKEN then
        state.owner[line.wait[2]], state.how[thread], state.line[thread] = thread, READY, line.next
        return state, line.text, "returns"
    end
    if line.lock then
        if state.owner[line.lock] ~= 0 then
            state.how[thread] = WAITS
            return state, line.text, "waits"
        end
        if state.how[thread] == WAITS then notes[1] = "has it now" end
        state.owner[line.lock], state.how[thread] = thread, READY
    end
    for _, op in ipairs(line.ops) do
        notes[#notes + 1] = operations[op[1]](model, state, thread, op) or nil
    end
    if line.wait then
        if state.owner[line.wait[2]] ~= thread then error("wait() without its mutex", 0) end
        state.owner[line.wait[2]], state.how[thread] = 0, SLEEPS
        table.insert(state.asleep[line.wait[1]], thread)
        notes[#notes + 1] = "sleeps"
    elseif line.test then
        local holds = truth(evaluate(line.test, state, thread))
        state.line[thread] = holds and line.next or line.other
        notes[#notes + 1] = holds and "yes" or "no"
    else
        state.line[thread] = line.next
    end
    return state, line.text, table.concat(notes, ", ")
end

local function who_waits(model, state)
    local who = {}
    for thread, entry in ipairs(model.threads) do
        if state.line[thread] ~= 0 then who[#who + 1] = entry.shown .. " " .. standing(model, state, thread) end
    end
    return "Nobody can go on: " .. table.concat(who, "; ") .. "."
end

-- What there is to say about a state: {{kind, text}…}. That nobody can go on is
-- bad, unless the model finds such an end good.
local function messages(model, state, again)
    local found, good = {}, false
    state.again, state.stuck = again, is_stuck(model, state)
    for i, watch in ipairs(model.watches) do
        if truth(evaluate(watch.test, state)) then
            found[#found + 1] = {kind = watch.kind, text = watch.text, watch = i}
            good = good or watch.kind == "good"
        end
    end
    if state.stuck then
        table.insert(found, 1, {kind = good and "good" or "bad", text = who_waits(model, state)})
    end
    return found
end

-- A schedule ------------------------------------------------------------------------

-- Has the last moment been there before, and has everyone run since who can end?
local function comes_again(moments)
    local last, ran = moments[#moments], {}
    for i = #moments - 1, 1, -1 do
        ran[moments[i + 1].thread] = true
        if moments[i].key == last.key then
            for thread, line in ipairs(last.state.line) do
                if line ~= 0 and not ran[thread] then return false end
            end
            return true
        end
    end
    return false
end

-- The moments of a schedule; the first is the one before any step. It ends where
-- a thread cannot run.
local function play(model, schedule)
    local state = first_state(model)
    local moments = {{state = state, key = key(state), found = messages(model, state, false)}}
    for _, thread in ipairs(schedule) do
        if not can_run(model, state, thread) then return moments, thread end
        local text, note
        state, text, note = step(model, state, thread)
        moments[#moments + 1] = {thread = thread, state = state, key = key(state), text = text, note = note}
        moments[#moments].found = messages(model, state, comes_again(moments))
    end
    return moments
end

-- Everything ------------------------------------------------------------------------
-- Only here, not in stepper.js: the model is right if every schedule is.

local MOST = 20000

local function holds_any(state, thread)
    for _, owner in ipairs(state.owner) do if owner == thread then return true end end
end

-- Visit each state that can be reached, and each step from it; visit(from, thread,
-- to, text, note). `refuse(line, message)` is called for a step that no C program
-- makes: two accesses in one, without a lock or an atomic operation.
local function explore(model, refuse, visit)
    local first = first_state(model)
    local states, known = {first}, {[key(first)] = true}
    local reached = {}
    local i = 0
    while i < #states do
        i = i + 1
        local from = states[i]
        for _, found in ipairs(messages(model, from, false)) do
            if found.watch then reached[found.watch] = true end
        end
        for thread in ipairs(model.threads) do
            if can_run(model, from, thread) then
                local line = line_of(model, from, thread)
                local right, to, text, note = pcall(step, model, from, thread)
                if not right then refuse(line.at, to) end
                if line.shared > 1 and note ~= "waits" and note ~= "returns" and not line.lock and not holds_any(from, thread) then
                    refuse(line.at, "uses shared variables twice in one step, with no lock held and no atomic operation")
                end
                if not known[key(to)] then
                    known[key(to)] = true
                    states[#states + 1] = to
                    if #states > MOST then refuse(1, "more than %d states; make it smaller", MOST) end
                end
                if visit then visit(from, thread, to, text, note) end
            end
        end
    end
    return #states, reached
end

-- How many schedules there are from beginning to end, and how many of them meet
-- something bad; nil if some never end.
local function count(model)
    local known, open = {}, {}
    local function from(state)
        local name = key(state)
        if open[name] then error("endless", 0) end
        if known[name] then return known[name][1], known[name][2] end
        open[name] = true
        local all, bad, last = 0, 0, true
        for thread in ipairs(model.threads) do
            if can_run(model, state, thread) then
                last = false
                local more, worse = from((step(model, state, thread)))
                all, bad = all + more, bad + worse
            end
        end
        if last then all = 1 end
        for _, found in ipairs(messages(model, state, false)) do
            if found.kind == "bad" then bad = all end
        end
        open[name], known[name] = nil, {all, bad}
        return all, bad
    end
    local right, all, bad = pcall(from, first_state(model))
    if right then return all, bad end
    if all ~= "endless" then error(all, 0) end
end

-- The model in full: its schedule runs, all it watches for can happen. Returns the
-- moments of its schedule.
local function check(model, refuse)
    local _, reached = explore(model, refuse)
    local moments, blocked = play(model, model.schedule)
    if blocked then
        refuse(model.schedule_at, "step %d of the schedule: %s cannot run, it %s", #moments,
            model.threads[blocked].shown, standing(model, moments[#moments].state, blocked))
    end
    for _, moment in ipairs(moments) do
        for _, found in ipairs(moment.found) do
            if found.watch then reached[found.watch] = true end
        end
    end
    for i, watch in ipairs(model.watches) do
        if not reached[i] then refuse(watch.at, "no schedule reaches this") end
    end
    return moments
end

return {first_state = first_state, key = key, step = step, can_run = can_run, standing = standing,
    meanwhile = meanwhile, shown = shown, messages = messages, play = play, explore = explore, count = count,
    check = check}
