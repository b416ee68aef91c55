-- The instructor's edition: what stands around solutions and mutants, and the list of
-- all exercises. Runs before book.lua. It reads the list that the weaver wrote, the
-- exercises' tests, and the logs of these tests on each variant.

-- How long to talk about an exercise in class, by its level: the idea at the board,
-- the commonest mutant, and questions.
local minutes_to_teach = {["1"] = 5, ["2"] = 10, ["3"] = 20}

local exercises, ids = {}, {}
do
    local names
    for line in io.lines("build/exercises.tsv") do
        local row, n = {}, 0
        for value in (line .. "\t"):gmatch("([^\t]*)\t") do
            n = n + 1
            row[names and names[n] or n] = value
        end
        if names then
            ids[#ids + 1] = row.id
            exercises[row.id] = row
        else
            names = row
        end
    end
end

-- Which tests failed on a variant and what they said, and how many there were. A mutant
-- that the plain build lets pass was caught by AddressSanitizer's.
local function read_log(id, variant)
    local result = {failed = {}, said = {}, checks = 0, bad = 0}
    for _, build in ipairs {"bin", "asan"} do
        local file = io.open(("build/exercises/%s/%s/%s/log"):format(id, variant, build))
        for line in file and file:lines() or function() end do
            local checks, failures, errors = line:match("^%d+%%: Checks: (%d+), Failures: (%d+), Errors: (%d+)")
            if checks and build == "bin" then
                result.checks = result.checks + checks
                result.bad = result.bad + failures + errors
            end
            local test, message = line:match("^.-:%d+:[FE]:.-:([%a_][%w_]*):%d+: (.*)")
            if test and not result.said[test] then
                table.insert(result.failed, test)
                result.said[test] = message
            end
            local report = line:match("ERROR: AddressSanitizer: ([%w-]+)") or line:match("runtime error: (.*)")
            if report then result.report = result.report or report end
        end
        if file then file:close() end
        if #result.failed > 0 then break end
    end
    return result
end

local function para(...)
    return pandoc.Para(pandoc.List {...})
end

local function text(format, ...)
    return pandoc.Str(format:format(...))
end

-- Once for each exercise, before the first of its variants.
local function facts(id)
    local row = exercises[id]
    local solution, starter = read_log(id, "solution"), read_log(id, "starter")
    local guards = starter.checks - starter.bad
    local form = row.kind == "quiz" and 1 or 0 -- the test of it
    local graded = solution.checks - guards - form
    local inlines = pandoc.List {
        text("Exercise %s · %s points · level %s · %s minutes to do, %d to teach · ", row.number, row.points,
            row.level, row.minutes, minutes_to_teach[row.level] or 10),
        pandoc.Link("the statement", row.chapter .. ".html#" .. id), text(" · explained in "),
        pandoc.Link(row.where .. ", " .. row["section-title"], row.section)}
    local rubric = ("Rubric: %d checks, %.2g points each."):format(solution.checks,
        graded > 0 and tonumber(row.points) / graded or 0)
    if guards > 0 then
        rubric = rubric .. (" The starter passes %d of them, which are guards and bring no points."):format(guards)
    end
    if form > 0 then
        rubric = rubric .. " That the answers can be read brings no points."
    end
    if #starter.failed > 0 then
        rubric = rubric .. " The starter fails: " .. table.concat(starter.failed, ", ") .. "."
    end
    return pandoc.Div({pandoc.Para(inlines), para(pandoc.Str(rubric))},
        {id = "solution-" .. id, class = "box"})
end

local told = {}
local function Div(div)
    if not div.classes:includes("variant") then return nil end
    local id, variant, name = div.attributes.exercise, div.attributes.variant, div.attributes.name
    local blocks = pandoc.List()
    if id and not told[id] then
        told[id] = true
        blocks:insert(facts(id))
    end
    local kind, what = name:match("^(%a+): [^:]*: (.*)")
    local label = kind == "mutant" and "Mutant: " .. what or name:gsub("^%l", string.upper)
    blocks:insert(pandoc.Div({para(pandoc.Strong {pandoc.Str(label)})}, {id = div.identifier}))
    blocks:extend(div.content)
    if kind == "mutant" then
        local log = read_log(id, variant)
        local said = log.failed[1] and log.said[log.failed[1]] or ""
        local caught = #log.failed > 0 and "Caught by " .. table.concat(log.failed, ", ") or "Caught by a sanitizer"
        if log.report then
            caught = caught .. " (" .. log.report .. ")"
            if said == "" or said:match("Early exit") then said = "AddressSanitizer: " .. log.report end
        end
        blocks:insert(para(pandoc.Emph {pandoc.Str(caught .. ".")},
            pandoc.Str(said ~= "" and " The student reads: “" .. said .. "”" or "")))
    end
    return blocks
end

-- The first page: all exercises in the book's order.
local function list_all()
    local rows, points, minutes = {}, 0, 0
    for _, id in ipairs(ids) do
        local row = exercises[id]
        points, minutes = points + row.points, minutes + row.minutes
        rows[#rows + 1] = {
            {pandoc.Plain {pandoc.Span({pandoc.Link(row.title, ("solutions-%s.html#solution-%s"):format(row.chapter, id))}, {id = id})}},
            {pandoc.Plain {pandoc.Code(id)}},
            {pandoc.Plain {text("%s", row.kind)}},
            {pandoc.Plain {text("%s", row.level)}},
            {pandoc.Plain {text("%s", row.points)}},
            {pandoc.Plain {text("%s", row.minutes)}},
            {pandoc.Plain {text("%d", minutes_to_teach[row.level] or 10)}},
            {pandoc.Plain {pandoc.Link(row.where, row.section)}}}
    end
    local headings = {}
    for i, heading in ipairs {"Exercise", "Id", "Kind", "Level", "Points", "To do", "To teach", "Explained in"} do
        headings[i] = {pandoc.Plain {pandoc.Str(heading)}}
    end
    local aligned = {}
    for i = 1, 8 do aligned[i] = pandoc.AlignDefault end
    local widths = {0, 0, 0, 0, 0, 0, 0, 0}
    local simple = pandoc.SimpleTable({pandoc.Str("")}, aligned, widths, headings, rows)
    simple.caption = {}
    return {
        pandoc.Header(1, "The instructor’s edition", {id = "teaching", class = "unnumbered"}),
        para(text("%d graded exercises with %d points and %d hours of work. Minutes to teach are planned by level: " ..
            "5, 10 or 20. Each page of solutions begins with how the chapter's sessions can go and which mistakes " ..
            "to expect; each solution has a rubric, and each mutant what it teaches and what the tests say to a " ..
            "student who has made that mistake.", #ids, points, math.floor(minutes / 60 + 0.5)),
            pandoc.Str(" How to assign, grade and export is in "),
            pandoc.Link("Teaching from this book", "F-teaching.html"), pandoc.Str(".")),
        pandoc.utils.from_simple_table(simple)}
end

local function Pandoc(document)
    if document.meta.teaching then document.blocks = list_all() end
    return document
end

return {{Div = Div, Pandoc = Pandoc}}
