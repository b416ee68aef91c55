-- Steppers: a figure that steps through the schedules of a small model. The
-- filter runs the model's own schedule and sets it as a table of steps, which is
-- all that print and the EPUB have; on the site stepper.js brings the rest to life.
local model_of = dofile(book.directory .. "stepper-model.lua")
local run = dofile(book.directory .. "stepper-run.lua")
local is_latex, is_html = book.is_latex(), book.format == "html"

-- The parts of the div ------------------------------------------------------------

local function stop(place, line, message, ...)
    local file, first = (place or ""):match("^(.*):(%d+)$")
    if file then io.stderr:write(("%s:%d: "):format(file, tonumber(first) + line)) end
    io.stderr:write(message:format(...), "\n")
    os.exit(1)
end

local function parts_of(div)
    local code, task
    local caption = pandoc.List()
    for _, block in ipairs(div.content) do
        if block.t == "CodeBlock" and block.classes:includes("model") then code = block
        elseif block.t == "Div" and block.classes:includes("task") then task = block.content
        else caption:insert(block) end
    end
    local place = code and code.attributes.at
    if not code then stop(place, 0, "stepper #%s has no ``` {.model}", div.identifier) end
    if not task then stop(place, 0, "stepper #%s sets no task; add ::: task", div.identifier) end
    if #caption == 0 then stop(place, 0, "stepper #%s has no caption", div.identifier) end
    return code, caption, task
end

local function checked(code)
    local place = code.attributes.at
    local right, model = pcall(model_of.read, code.text)
    if not right then
        if type(model) ~= "table" then error(model, 0) end
        stop(place, model.line, "%s", model.message)
    end
    return model, run.check(model, function(line, ...) stop(place, line, ...) end)
end

-- The table -----------------------------------------------------------------------

-- What stands beside the threads: shared variables, and the mutexes that somebody
-- holds after a step of the schedule. A mutex is counted behind the variables.
local function columns_of(model, moments)
    local columns, holds = {}, {}
    for i, variable in ipairs(model.vars) do
        if not variable.thread then columns[#columns + 1] = i end
    end
    for _, moment in ipairs(moments) do
        for i, owner in ipairs(moment.state.owner) do holds[i] = holds[i] or owner ~= 0 end
    end
    for i in ipairs(model.mutexes) do
        if holds[i] then columns[#columns + 1] = #model.vars + i end
    end
    return columns
end

local function column_name(model, column)
    return (model.vars[column] or model.mutexes[column - #model.vars]).name
end

local function holder(model, state, mutex)
    local owner = state.owner[mutex]
    return owner == 0 and "free" or model.threads[owner].shown
end

local function column_value(model, state, column)
    if model.vars[column] then return run.shown(model, state, column) end
    return holder(model, state, column - #model.vars)
end

-- A row: for each thread {text, note}, and the columns' values.
local function row_of(model, moment)
    local row = {threads = {}, columns = {}}
    for thread in ipairs(model.threads) do
        row.threads[thread] = thread == moment.thread and {text = moment.text, note = moment.note}
            or {note = run.meanwhile(model, moment.state, thread)}
    end
    for i, column in ipairs(model.columns) do row.columns[i] = column_value(model, moment.state, column) end
    return row
end

local function table_html(model, moments)
    local parts = {}
    local function add(...) parts[#parts + 1] = (...):format(select(2, ...)) end
    add('<div class="table steps"%s><table><thead><tr><th scope="col">step</th>',
        is_html and ' role="group" aria-label="The steps in their order" tabindex="0"' or "")
    for _, thread in ipairs(model.threads) do add('<th scope="col">%s</th>', book.html(thread.shown)) end
    for _, column in ipairs(model.columns) do
        add('<th scope="col"><code>%s</code></th>', column_name(model, column))
    end
    add("</tr></thead>\n<tbody>")
    for i = 2, #moments do
        local row = row_of(model, moments[i])
        add("<tr><td>%d</td>", i - 1)
        for _, cell in ipairs(row.threads) do
            local note = cell.note:match("^→") and cell.note or cell.note ~= "" and "<em>" .. book.html(cell.note) .. "</em>" or ""
            add("<td>%s%s%s</td>", cell.text and "<code>" .. book.html(cell.text) .. "</code>" or "",
                cell.text and note ~= "" and " " or "", note)
        end
        for _, value in ipairs(row.columns) do add("<td>%s</td>", book.html(value)) end
        add("</tr>\n")
    end
    add("</tbody></table></div>")
    return book.raw(table.concat(parts))
end

-- Code in a narrow column may break where its parts end.
local function code_latex(text)
    return "\\texttt{" .. book.latex(text):gsub("([(,;] ?)", "%1\\allowbreak{}") .. "}"
end

-- How many characters have room beside each other, in so many columns. In points:
-- a line, the gap between two columns, a character.
local function characters(columns)
    return (378 - 9 * (columns - 1)) / 4.75
end

-- The widths of columns, as parts of the line: 0, as wide as they like, if all have
-- room; else all get ten characters if they need so many, and share the rest.
local function widths_of(rows, count)
    local room, widths, least, most = characters(count), {}, 0, 0
    for i = 1, count do
        widths[i] = 4
        for _, row in ipairs(rows) do widths[i] = math.max(widths[i], utf8.len(row[i].plain)) end
        widths[i] = widths[i] + .5
        least, most = least + math.min(widths[i], 10), most + widths[i]
    end
    for i, width in ipairs(widths) do
        local narrow = math.min(width, 10)
        widths[i] = most > room and (narrow + (width - narrow) * (room - least) / (most - least)) / room or 0
    end
    return widths
end

-- A row of a LaTeX table: cells {plain, latex}; the plain text says how wide it is.
local function row_latex(row, number)
    local cells = {{plain = number, latex = number}}
    for _, entry in ipairs(row.threads) do
        local note = entry.note:match("^→") and book.latex(entry.note)
            or entry.note ~= "" and "\\emph{" .. book.latex(entry.note) .. "}" or ""
        local text = entry.text and code_latex(entry.text) .. " " or ""
        cells[#cells + 1] = {plain = (entry.text or "") .. " " .. entry.note, latex = text .. note}
    end
    for _, value in ipairs(row.columns) do cells[#cells + 1] = {plain = value, latex = book.latex(value)} end
    return cells
end

-- How many lines a row takes.
local function lines_of(row, widths)
    local most = 1
    for i, cell in ipairs(row) do
        local width = widths[i] > 0 and widths[i] * characters(#row) or math.huge
        most = math.max(most, math.ceil(utf8.len(cell.plain) / width))
    end
    return most
end

-- The table, and how many lines it has.
local function table_latex(model, moments)
    local head = {{plain = "step", latex = "step"}}
    for _, thread in ipairs(model.threads) do
        head[#head + 1] = {plain = thread.shown, latex = book.latex(thread.shown)}
    end
    for _, column in ipairs(model.columns) do
        local name = column_name(model, column)
        head[#head + 1] = {plain = name, latex = code_latex(name)}
    end
    local rows, lines, form = {head}, {}, {}
    for i = 2, #moments do rows[i] = row_latex(row_of(model, moments[i]), tostring(i - 1)) end
    for i, row in ipairs(rows) do
        local cells = {}
        for n, cell in ipairs(row) do cells[n] = cell.latex end
        lines[i] = table.concat(cells, " & ") .. "\\\\" .. (i == 1 and "\\midrule" or "")
    end
    local widths, height = widths_of(rows, #head), 0
    for _, row in ipairs(rows) do height = height + lines_of(row, widths) end
    for i, width in ipairs(widths) do
        form[i] = width == 0 and "l" or
            (">{\\raggedright\\arraybackslash}p{\\dimexpr %.4f\\linewidth-%.4f\\tabcolsep}"):format(width, width * 2 * (#head - 1))
    end
    return book.raw(("\\begin{steppertable}{@{}%s@{}}\\toprule\n%s\n\\bottomrule\\end{steppertable}"):format(
        table.concat(form), table.concat(lines, "\n"))), height
end

-- The stage: what stepper.js moves, as it is before the first step -------------------

local function thread_html(model, state, thread)
    local entry = model.threads[thread]
    local parts = {('<div class="thread" role="group" aria-label="%s"><p class="name">%s</p><p class="pick">' ..
        '<button type="button">Run<span class="unseen"> %s</span> <kbd aria-hidden="true">%d</kbd></button> ' ..
        '<span class="now">%s</span></p><ol>'):format(book.html(entry.shown), book.html(entry.shown),
        book.html(entry.shown), thread, book.html(run.standing(model, state, thread)))}
    for number, line in ipairs(entry.lines) do
        parts[#parts + 1] = ('<li%s%s><code>%s</code></li>'):format(
            line.depth > 0 and (' style="--depth:%d"'):format(line.depth) or "",
            number == state.line[thread] and ' class="here"' or "", book.html(line.text))
    end
    parts[#parts + 1] = "</ol>"
    for _, variable in ipairs(model.vars) do
        if variable.thread == thread then
            parts[#parts + 1] = ('<p class="own"><code>%s</code> <b>–</b></p>'):format(variable.name)
        end
    end
    parts[#parts + 1] = "</div>"
    return table.concat(parts)
end

local function shared_html(model, state)
    local parts = {}
    local function add(name, value)
        parts[#parts + 1] = ('<span><code>%s</code> <b>%s</b></span>'):format(name, book.html(value))
    end
    for i, variable in ipairs(model.vars) do
        if not variable.thread then add(variable.name, run.shown(model, state, i)) end
    end
    for i, mutex in ipairs(model.mutexes) do add(mutex.name, holder(model, state, i)) end
    for _, condition in ipairs(model.conditions) do add(condition.name, "nobody sleeps") end
    return (#parts > 0 and '<p class="shared">' .. table.concat(parts, " ") .. "</p>" or "")
        .. (model.prints and '<div class="output" role="group" aria-label="Output">nothing printed yet</div>' or "")
end

local controls = [[
<div class="controls" role="group" aria-label="Steps"><button type="button">To the start</button>
<button type="button">Back</button> <button type="button">Forward</button>
<button type="button">The book’s order</button></div>
<p class="said" role="status">Nobody has run yet. Choose who runs first.</p>]]

local function stage_html(model, state)
    local parts = {}
    for thread in ipairs(model.threads) do parts[thread] = thread_html(model, state, thread) end
    return book.raw(('<div class="stage"><div class="threads">%s</div>\n%s%s</div>'):format(
        table.concat(parts, "\n"), shared_html(model, state), controls))
end

-- The figure ----------------------------------------------------------------------

local function large(number)
    local text = tostring(number):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
    return text
end

-- What holds for all schedules, where they can be counted.
local function counted(model)
    local all, bad = run.count(model)
    if not all then return nil end
    local how_many = bad == 0 and "none of them goes" or bad == 1 and "one of them goes" or
        bad == all and "all of them go" or large(bad) .. " of them go"
    return ("These steps have %s orders; %s wrong."):format(large(all), how_many)
end

local function for_print(div, title, model, moments, caption, task)
    local steps, height = table_latex(model, moments)
    local environment = height > 12 and "floatingstepper" or "bookstepper"
    local blocks = pandoc.List {book.raw("\\begin{" .. environment .. "}" .. book.label(div.identifier)),
        steps, book.raw("\\steppercaption")}
    blocks:extend(book.run_in(caption, "\\runin{accent}{" .. title .. "}"))
    blocks:extend(book.run_in(task, "\\runin{second}{Try it}"))
    blocks:insert(book.raw("\\end{" .. environment .. "}"))
    return blocks
end

function book.stepper(div)
    local code, caption, task = parts_of(div)
    local model, moments = checked(code)
    model.columns = columns_of(model, moments)
    local title = "Figure " .. (div.attributes.number or "")
    local orders = counted(model)
    if orders then caption[#caption].content:extend {pandoc.Space(), pandoc.Str(orders)} end
    if is_latex then book.note_figure(div.identifier, title, caption) end
    if is_latex then return for_print(div, title, model, moments, caption, task) end
    local blocks = pandoc.List {book.raw(('<figure id="%s" class="stepper">'):format(div.identifier))}
    if is_html then blocks:insert(stage_html(model, moments[1].state)) end
    blocks:insert(table_html(model, moments))
    if is_html then
        blocks:insert(book.raw('<script type="application/json">' .. model_of.json(model) .. "</script>"))
    end
    blocks:insert(book.raw("<figcaption>"))
    if div.attributes.number then -- the site's first page shows a stepper that has none
        book.run_in(caption, ('<a class="label" href="%s#%s">%s</a> '):format(is_html and "" or "@@", div.identifier, title))
    end
    blocks:extend(caption)
    blocks:insert(book.raw('<div class="task">'))
    blocks:extend(book.run_in(task, '<span class="label">Try it</span> '))
    blocks:insert(book.raw("</div></figcaption></figure>"))
    return blocks
end

return {}
