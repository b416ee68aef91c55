-- The language of the steppers: a model's text, as it stands in a chapter,
-- becomes the tables that stepper-run.lua and stepper.js carry out. One line of
-- a thread is one step; CONTRIBUTING.md describes the language.
--
-- model = {vars, mutexes, conditions, threads, schedule, watches}; all are
-- counted from 1, and a thread's line 0 is its end. vars holds the shared
-- variables and after them the threads' own. A line of a thread is
--   {text, depth, at, lock, ops, wait, test, next, other, shared}
-- in the order in which its parts happen: take `lock`; do `ops`; sleep at
-- `wait` = {condition, mutex}; go to `next`, or to `other` if `test` is 0.
-- An expression is a number, {variable}, or {operator, operands…}.

-- Refuse the model, at a line of its text.
local function refuse(line, message, ...)
    error({line = line, message = message:format(...)}, 0)
end

-- Tokens -------------------------------------------------------------------------

local shapes = {'^"[^"]*"', "^[%a_][%w_]*", "^%d+", "^[=!<>+-]=", "^&&", "^||", "^%+%+", "^%-%-",
    "^[-+*%%!<>=().,;]"}

local function token_at(text, at)
    for _, shape in ipairs(shapes) do
        local token = text:match(shape, at)
        if token then return token end
    end
end

local function read_tokens(text, line)
    local tokens, at, reader = {}, text:find("%S"), {line = line}
    while at do
        local token = token_at(text, at)
        if not token then refuse(line, "cannot read “%s”", text:sub(at)) end
        tokens[#tokens + 1] = token
        at = text:find("%S", at + #token)
    end
    local place = 1
    function reader.peek() return tokens[place] end
    function reader.take()
        place = place + 1
        return tokens[place - 1]
    end
    function reader.accept(token)
        if tokens[place] ~= token then return false end
        place = place + 1
        return true
    end
    function reader.expect(token)
        if not reader.accept(token) then
            refuse(line, "“%s” expected, and “%s” found", token, tokens[place] or "the end of the line")
        end
    end
    function reader.name()
        local name = reader.take()
        if not name or not name:match("^[%a_]") then
            refuse(line, "a name expected, and “%s” found", name or "the end of the line")
        end
        return name
    end
    return reader
end

-- Expressions --------------------------------------------------------------------
-- What a name means depends on where it stands: `scope` tells.

local levels = {
    {["||"] = true}, {["&&"] = true}, {["=="] = true, ["!="] = true},
    {["<"] = true, ["<="] = true, [">"] = true, [">="] = true},
    {["+"] = true, ["-"] = true}, {["*"] = true, ["%"] = true},
}
local expression

local function operand(reader, scope)
    local token = reader.take()
    if token == "!" then return {"!", operand(reader, scope)} end
    if token == "-" then return {"-", 0, operand(reader, scope)} end
    if token == "(" then
        local inner = expression(reader, scope)
        reader.expect(")")
        return inner
    end
    if token == "true" then return 1 end
    if token == "false" then return 0 end
    if token and token:match("^%d") then return math.tointeger(token) end
    if token and token:match("^[%a_]") then return scope.operand(token, reader) end
    refuse(reader.line, "a value expected, and “%s” found", token or "the end of the line")
end

function expression(reader, scope, level)
    level = level or 1
    if not levels[level] then return operand(reader, scope) end
    local left = expression(reader, scope, level + 1)
    while levels[level][reader.peek()] do
        local operator = reader.take()
        left = {operator, left, expression(reader, scope, level + 1)}
    end
    return left
end

-- Names --------------------------------------------------------------------------

local function find(list, name)
    for i, entry in ipairs(list) do
        if entry.name == name then return i, entry end
    end
end

local words = {}
for word in ([[int bool atomic mutex condition if else while goto lock unlock wait signal broadcast print
    trylock fetch_add exchange compare_exchange true false schedule bad good ended stuck again line]]):gmatch("%S+") do
    words[word] = true
end

local function new_name(model, name, line)
    if words[name] then refuse(line, "“%s” is a word of the language", name) end
    for _, list in ipairs {model.vars, model.mutexes, model.conditions, model.threads} do
        if find(list, name) then refuse(line, "there is a “%s” already", name) end
    end
    return name
end

local function shared_variable(model, name)
    local index, variable = find(model.vars, name)
    if index and not variable.thread then return index, variable end
end

local function own_variable(model, thread, name)
    for i, variable in ipairs(model.vars) do
        if variable.thread == thread and variable.name == name then return i end
    end
end

local function argument(reader, list, what)
    local name = reader.name()
    return find(list, name) or refuse(reader.line, "there is no %s “%s”", what, name)
end

-- A thread's lines ---------------------------------------------------------------

-- Functions in expressions; each counts as one access to what it changes.
local calls = {}

function calls.trylock(reader, scope)
    return {"trylock", argument(reader, scope.model.mutexes, "mutex")}
end

local function atomic_call(operator, operands)
    calls[operator] = function(reader, scope)
        local name = reader.name()
        local index, variable = shared_variable(scope.model, name)
        if not index or not variable.atomic then
            refuse(reader.line, "%s needs an atomic variable, and “%s” is none", operator, name)
        end
        scope.shared = scope.shared + 1
        local call = {operator, index}
        for _ = 1, operands do
            reader.expect(",")
            call[#call + 1] = expression(reader, scope)
        end
        return call
    end
end
atomic_call("fetch_add", 1)
atomic_call("exchange", 1)
atomic_call("compare_exchange", 2)

local function thread_scope(model, thread)
    local scope = {model = model, thread = thread, shared = 0}
    function scope.operand(name, reader)
        if reader.peek() == "(" then
            if not calls[name] then refuse(reader.line, "%s() has no value", name) end
            reader.take()
            local call = calls[name](reader, scope)
            reader.expect(")")
            return call
        end
        local index = shared_variable(model, name)
        if index then scope.shared = scope.shared + 1 end
        index = index or own_variable(model, thread, name)
        return index and {index} or refuse(reader.line, "there is no variable “%s”", name)
    end
    return scope
end

-- What a line may call; each adds its part to the line.
local statements = {}

function statements.lock(reader, scope, line)
    if line.lock or #line.ops > 0 then refuse(reader.line, "lock() must come first in its line") end
    line.lock = argument(reader, scope.model.mutexes, "mutex")
end

function statements.unlock(reader, scope, line)
    line.ops[#line.ops + 1] = {"unlock", argument(reader, scope.model.mutexes, "mutex")}
end

function statements.wait(reader, scope, line)
    local condition = argument(reader, scope.model.conditions, "condition")
    reader.expect(",")
    line.wait = {condition, argument(reader, scope.model.mutexes, "mutex")}
end

function statements.signal(reader, scope, line)
    line.ops[#line.ops + 1] = {"signal", argument(reader, scope.model.conditions, "condition")}
end

function statements.broadcast(reader, scope, line)
    line.ops[#line.ops + 1] = {"broadcast", argument(reader, scope.model.conditions, "condition")}
end

function statements.print(reader, scope, line)
    local text = reader.take() or ""
    if not text:match('^"') then refuse(reader.line, "print() wants a text in quotation marks") end
    scope.model.prints = true
    scope.shared = scope.shared + 1
    line.ops[#line.ops + 1] = {"print", (text:sub(2, -2):gsub("\\n", "\n"))}
end

local truths = {}
for operator in ("== != < <= > >= && || ! trylock compare_exchange"):gmatch("%S+") do truths[operator] = true end

-- Whether an expression is true or false rather than a number.
local function is_truth(model, value)
    return type(value) == "table" and (truths[value[1]] or not value[2] and model.vars[value[1]].bool)
end

-- The operation ends in 1 if its value is worth telling: the line does not say it.
local function assignment(reader, scope, line, name)
    local index, variable = shared_variable(scope.model, name)
    if index then scope.shared = scope.shared + 1 end
    index = index or own_variable(scope.model, scope.thread, name)
    local sign = reader.take()
    local value
    if sign == "=" then
        value = expression(reader, scope)
        if not variable then scope.model.vars[index].bool = is_truth(scope.model, value) end
    else
        if variable and not variable.atomic then scope.shared = scope.shared + 1 end
        value = {sign:sub(1, 1), {index}, (sign == "++" or sign == "--") and 1 or expression(reader, scope)}
    end
    line.ops[#line.ops + 1] = {"=", index, value, type(value) == "table" and 1 or 0}
end

local assigns = {["="] = true, ["+="] = true, ["-="] = true, ["++"] = true, ["--"] = true}

local function statement(reader, scope, line)
    if line.wait then refuse(reader.line, "wait() must come last in its line") end
    local name = reader.name()
    if assigns[reader.peek()] then
        assignment(reader, scope, line, name)
        return
    end
    reader.expect("(")
    if statements[name] then
        statements[name](reader, scope, line)
    elseif words[name] or reader.peek() ~= ")" then
        refuse(reader.line, "“%s” is not a statement", line.text)
    end -- a function of the chapter's: a step that changes nothing here
    reader.expect(")")
end

local function read_line(line, scope)
    local reader = read_tokens(line.text, line.at)
    scope.shared = 0
    line.ops = {}
    if reader.accept("else") then
        line.is_else = true
    elseif reader.accept("goto") then
        line.jump = math.tointeger(reader.take()) or refuse(line.at, "goto wants the number of a line")
    elseif reader.peek() == "if" or reader.peek() == "while" then
        line.loops = reader.take() == "while"
        reader.expect("(")
        line.test = expression(reader, scope)
        reader.expect(")")
    else
        while reader.peek() do
            statement(reader, scope, line)
            if reader.peek() then reader.expect(";") end
        end
    end
    if reader.peek() then refuse(line.at, "“%s” is too much", reader.peek()) end
    line.shared = scope.shared
end

-- Where each line leads to. A block is lines of one depth, each with its body.

local function end_of_body(lines, i)
    local last = i
    while lines[last + 1] and lines[last + 1].indent > lines[i].indent do last = last + 1 end
    return last
end

local function link_block(lines, first, last, after, depth)
    local i = first
    while i <= last do
        local line, body_end = lines[i], end_of_body(lines, i)
        if line.indent ~= lines[first].indent then refuse(line.at, "indented like no line before it") end
        if line.is_else then refuse(line.at, "else without its if") end
        line.depth = depth
        local otherwise = lines[body_end + 1]
        if otherwise and not (otherwise.is_else and otherwise.indent == line.indent) then otherwise = nil end
        local final = otherwise and end_of_body(lines, body_end + 1) or body_end
        local following = final < last and final + 1 or after
        if line.test then
            if body_end == i then refuse(line.at, "a body expected, indented, after this line") end
            line.next, line.other = i + 1, following
            link_block(lines, i + 1, body_end, line.loops and i or following, depth + 1)
        elseif body_end > i then
            refuse(lines[i + 1].at, "indented, and the line before it takes no body")
        else
            line.next = following
        end
        if otherwise then
            if not line.test or line.loops then refuse(otherwise.at, "else without its if") end
            if final == body_end + 1 then refuse(otherwise.at, "a body expected, indented, after this line") end
            otherwise.depth, line.other = depth, body_end + 2
            link_block(lines, body_end + 2, final, following, depth + 1)
        end
        i = final + 1
    end
end

-- `goto` and `while (true)` are no steps: what leads to them leads on.
local function settle(lines, number)
    local met = {}
    while lines[number] and (lines[number].jump or lines[number].loops and lines[number].test == 1) do
        local line = lines[number]
        if met[number] then refuse(line.at, "goes round without a step") end
        met[number] = true
        number = line.jump or line.next
        if number > #lines or line.jump and (number < 1 or lines[number].is_else) then
            refuse(line.at, "goto leads to no line")
        end
    end
    return number
end

local function read_thread(model, index, source)
    local thread = model.threads[index]
    for _, line in ipairs(source) do
        for part in line.text:gmatch("[^;]+") do
            local name, sign = part:match("^%s*([%a_][%w_]*)%s*([=+-]=?)")
            if sign and sign ~= "==" and not shared_variable(model, name) and not own_variable(model, index, name) then
                new_name({vars = {}, mutexes = model.mutexes, conditions = model.conditions, threads = model.threads},
                    name, line.at)
                model.vars[#model.vars + 1] = {name = name, thread = index}
            end
        end
    end
    local scope = thread_scope(model, index)
    for i, line in ipairs(source) do
        thread.lines[i] = {text = line.text, at = line.at, indent = line.indent}
        read_line(thread.lines[i], scope)
    end
    local lines = thread.lines
    link_block(lines, 1, #lines, 0, 0)
    for _, line in ipairs(lines) do
        if line.next then line.next = settle(lines, line.next) end
        if line.other then line.other = settle(lines, line.other) end
    end
    thread.start = settle(lines, 1)
end

-- What stands around the threads --------------------------------------------------

local function declare(model, text, at)
    local plain, atomic = text:gsub("^atomic%s+", "")
    local kind, name, value = plain:match("^(%l+)%s+([%a_][%w_]*)%s*=%s*(%w+)$")
    if kind == "int" or kind == "bool" then
        local number = kind == "int" and math.tointeger(value) or ({["false"] = 0, ["true"] = 1})[value]
        if not number then refuse(at, "“%s” is no value for %s", value, kind) end
        model.vars[#model.vars + 1] = {name = new_name(model, name, at), value = number,
            bool = kind == "bool", atomic = atomic > 0}
        return true
    end
    local what, names = text:match("^(%l+)%s+([%w_, ]+)$")
    local list = what == "mutex" and model.mutexes or what == "condition" and model.conditions
    if not list then return false end
    for new in names:gmatch("[%a_][%w_]*") do list[#list + 1] = {name = new_name(model, new, at)} end
    return true
end

local function read_schedule(model, text, at)
    for word in text:gmatch("%S+") do
        local index = find(model.threads, word) or math.tointeger(word) and math.tointeger(word) + 1
        if not model.threads[index] then refuse(at, "there is no thread “%s”", word) end
        model.schedule[#model.schedule + 1] = index
    end
end

-- In a condition that is watched for, `ended`, `stuck` and `again` speak of the
-- whole program, thread.variable and thread.line of one thread.
local function watch_scope(model)
    local scope = {}
    function scope.operand(name, reader)
        if name == "ended" or name == "stuck" or name == "again" then return {name} end
        local thread = find(model.threads, name)
        local index
        if thread then
            reader.expect(".")
            name = reader.name()
            if name == "line" then return {"line", thread} end
            index = own_variable(model, thread, name)
        else
            index = shared_variable(model, name)
        end
        return index and {index} or refuse(reader.line, "there is no variable “%s”", name)
    end
    return scope
end

local function read_watch(model, kind, text, at)
    local condition, message = text:match("^([^:]+):%s*(.+)$")
    if not condition then refuse(at, "“%s condition: what it means” expected", kind) end
    local reader = read_tokens(condition, at)
    local watch = {kind = kind, test = expression(reader, watch_scope(model)), text = message, at = at}
    if reader.peek() then refuse(at, "“%s” is too much", reader.peek()) end
    model.watches[#model.watches + 1] = watch
end

-- The model of a text; `error` is raised with a table {line, message} if it is wrong.
local function read(text)
    local model = {vars = {}, mutexes = {}, conditions = {}, threads = {}, schedule = {}, watches = {}}
    local sources, rest, open, at = {}, {}, nil, 0
    for written in (text .. "\n"):gmatch("(.-)\n") do
        at = at + 1
        local indent, line = written:match("^( *)(.-)%s*$")
        if line == "" then
            -- between the parts
        elseif #indent > 0 then
            if not open then refuse(at, "indented, and nothing to belong to") end
            if open.text then open.text = open.text .. " " .. line
            else open[#open + 1] = {text = line, at = at, indent = #indent} end
        elseif line:match("^schedule:") or line:match("^bad ") or line:match("^good ") then
            open = {at = at, kind = line:match("^%l+"), text = line:match("^%l+:?%s*(.*)$")}
            rest[#rest + 1] = open
        elseif line:match("^[%w_, ]+:$") then
            open = {names = line, at = at}
            sources[#sources + 1] = open
            for name in line:gmatch("[%a_][%w_]*") do
                model.threads[#model.threads + 1] = {name = new_name(model, name, at),
                    shown = name:gsub("_", " "), lines = {}, source = open}
            end
        elseif not declare(model, line, at) then
            refuse(at, "a declaration, “name:” of a thread, “schedule:”, “bad …:” or “good …:” expected")
        else
            open = nil
        end
    end
    if #model.threads < 2 then refuse(1, "a stepper needs two threads") end
    for i, thread in ipairs(model.threads) do
        if #thread.source == 0 then refuse(thread.source.at, "a thread without a line") end
        read_thread(model, i, thread.source)
    end
    for _, part in ipairs(rest) do
        if part.kind == "schedule" then
            read_schedule(model, part.text, part.at)
            model.schedule_at = part.at
        else
            read_watch(model, part.kind, part.text, part.at)
        end
    end
    if #model.schedule == 0 then refuse(1, "a stepper needs a schedule") end
    if #model.watches == 0 then refuse(1, "a stepper needs something to watch for: “bad …:” or “good …:”") end
    return model
end

-- For stepper.js ------------------------------------------------------------------

local function quote(text)
    return '"' .. text:gsub('[%c"\\<]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function encode(value)
    if type(value) == "number" then return tostring(value) end
    if type(value) == "string" then return quote(value) end
    local parts = {}
    if value[1] ~= nil or next(value) == nil then
        for i, entry in ipairs(value) do parts[i] = encode(entry) end
        return "[" .. table.concat(parts, ",") .. "]"
    end
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    for i, key in ipairs(keys) do parts[i] = quote(key) .. ":" .. encode(value[key]) end
    return "{" .. table.concat(parts, ",") .. "}"
end

-- A list that JavaScript, too, counts from 1.
local function from_one(list, change)
    local result = {0}
    for i, entry in ipairs(list) do result[i + 1] = change(entry) end
    return result
end

local function json(model)
    local function name(entry) return entry.name end
    return encode {
        vars = from_one(model.vars, function(variable)
            return {name = variable.name, value = variable.value, bool = variable.bool and 1 or nil,
                thread = variable.thread}
        end),
        mutexes = from_one(model.mutexes, name),
        conditions = from_one(model.conditions, name),
        threads = from_one(model.threads, function(thread)
            return {name = thread.shown, start = thread.start, lines = from_one(thread.lines, function(line)
                return {text = line.text, lock = line.lock, ops = #line.ops > 0 and line.ops or nil, wait = line.wait,
                    test = line.test, next = line.next, other = line.other}
            end)}
        end),
        schedule = model.schedule,
        columns = model.columns,
        watches = from_one(model.watches, function(watch)
            return {kind = watch.kind, test = watch.test, text = watch.text}
        end),
    }
end

return {read = read, json = json, refuse = refuse}
