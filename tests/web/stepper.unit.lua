-- For stepper.unit.js: what the Lua side makes of the models in a document. A
-- filter; it writes lines to standard output:
--   MODEL id json        a stepper's model, as the page gets it
--   COUNT all bad        its schedules, and those that go wrong ("-": endless)
--   STEP …               each step from each state that can be reached
--   WALK …               each step of some long schedules, with what is said
--   REFUSED line: text   a model without a stepper around it, which is wrong
book = {directory = "weave/"}
local model_of = dofile("weave/stepper-model.lua")
local run = dofile("weave/stepper-run.lua")

local WALKS, LONGEST = 100, 60

local function out(...)
    io.stdout:write((table.concat({...}, "\t"):gsub("\n", "\\n")), "\n")
end

local function said(found)
    local texts = {}
    for i, message in ipairs(found) do texts[i] = message.kind .. " " .. message.text end
    return table.concat(texts, " / ")
end

-- All that a figure shows of a state.
local function view(model, state)
    local parts = {}
    for thread in ipairs(model.threads) do
        parts[#parts + 1] = run.standing(model, state, thread) .. ";" .. run.meanwhile(model, state, thread)
    end
    for i in ipairs(model.vars) do parts[#parts + 1] = run.shown(model, state, i) end
    return table.concat(parts, ",")
end

local function walk(model, number)
    local luck, schedule = number, {}
    for _ = 1, LONGEST do
        local moments = run.play(model, schedule)
        local state, ready = moments[#moments].state, {}
        for thread in ipairs(model.threads) do
            if run.can_run(model, state, thread) then ready[#ready + 1] = thread end
        end
        if #ready == 0 then break end
        luck = (luck * 75 + 74) % 65537
        schedule[#schedule + 1] = ready[luck % #ready + 1]
    end
    local moments = run.play(model, schedule)
    for i = 2, #moments do out("WALK", moments[i].thread, moments[i].key, said(moments[i].found)) end
end

local function dump(id, code)
    local model = model_of.read(code)
    run.check(model, model_of.refuse)
    model.columns = {}
    out("MODEL", id, model_of.json(model))
    local all, bad = run.count(model)
    out("COUNT", all or "-", bad or "-")
    run.explore(model, model_of.refuse, function(from, thread, to, text, note)
        out("STEP", run.key(from), thread, run.key(to), text, note, said(run.messages(model, to, false)), view(model, to))
    end)
    for number = 1, WALKS do walk(model, number) end
end

local function refused(code)
    local right, message = pcall(function() run.check(model_of.read(code), model_of.refuse) end)
    if right then return "nothing" end
    return type(message) == "table" and message.line .. ": " .. message.message or message
end

function Pandoc(document)
    local inside = {}
    document:walk {Div = function(div)
        if not div.classes:includes("stepper") then return end
        div:walk {CodeBlock = function(code)
            if not code.classes:includes("model") then return end
            inside[code.text] = true
            dump(div.identifier, code.text)
        end}
    end}
    document:walk {CodeBlock = function(code)
        if code.classes:includes("model") and not inside[code.text] then out("REFUSED", refused(code.text)) end
    end}
    return pandoc.Pandoc {}
end
