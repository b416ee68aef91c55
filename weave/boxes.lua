-- The divisions: chunks, boxes, quizzes, exercises, figures.
local is_latex, is_html = book.is_latex(), book.format == "html"
local boxes = {}

local function self_link(class, id, text)
    return ('<a class="%s" href="%s#%s">%s</a>'):format(class, is_html and "" or "@@", id, text)
end

local function label(text)
    return '<p class="label">' .. text .. "</p>"
end

local function environment(name, div, ...)
    local arguments = ""
    for _, argument in ipairs {...} do arguments = arguments .. "{" .. argument .. "}" end
    return book.between(book.label(div.identifier) .. "\\begin{" .. name .. "}" .. arguments,
        div.content, "\\end{" .. name .. "}")
end

-- A box with a fixed heading.
local function titled(class, title)
    boxes[class] = function(div)
        if is_latex then return environment("book" .. class, div, title) end
        return book.between(('<div class="box %s">%s'):format(class, label(title)), div.content, "</div>")
    end
end
titled("objectives", "Objectives")
titled("crux", "The crux")
titled("python", "In Python")
titled("measured", "Measured")
titled("takeaways", "Key takeaways")

function boxes.aside(div)
    if is_latex then return book.sidenote(div) or environment("bookaside", div) end
    local note = is_html and {'<div class="aside" role="note">', "</div>"} or {'<aside class="aside">', "</aside>"}
    return book.between(note[1], div.content, note[2])
end

function boxes.figure(div)
    return book.figure(div)
end

function boxes.stepper(div)
    return book.stepper(div)
end

function boxes.index(div)
    return is_latex and (book.index(div) or environment("bookindex", div)) or nil
end

-- The glossary is a definition list, each of whose terms can be linked to. The
-- chapters' terms come one after another; the reader finds them by the alphabet.
function boxes.glossary(div)
    local function key(entry)
        return pandoc.utils.stringify(entry[1]):lower():gsub("^%W+", "")
    end
    for _, block in ipairs(div.content) do
        local entries = block.t == "DefinitionList" and block.content or pandoc.List()
        table.sort(entries, function(a, b) return key(a) < key(b) end)
        for _, entry in ipairs(entries) do
            local id = book.glossary_id(pandoc.utils.stringify(entry[1]))
            entry[1] = is_latex and pandoc.List {book.raw_inline(book.label(id)), table.unpack(entry[1])}
                or pandoc.List {pandoc.Span(entry[1], {id = id})}
        end
    end
    return is_latex and div.content or div
end

-- Chunks ------------------------------------------------------------------

local function spans(div)
    local found = {}
    for _, block in ipairs(div.content) do
        for _, inline in ipairs(block.content or {}) do
            if inline.t == "Span" then found[inline.classes[1]] = inline.content end
        end
    end
    return found
end

local function head(div, chunk)
    local parts = spans(div)
    local name = pandoc.utils.stringify(parts["chunk-name"] or {})
    local part = pandoc.utils.stringify(parts["chunk-part"] or {})
    local file = pandoc.utils.stringify(parts["chunk-file"] or {})
    local more = part ~= "" and not part:match("^1 ")
    if name == file then file = "" end
    if is_latex then
        return book.raw(("\\chunkhead{%s}{%s}{%s}{%s}"):format(
            chunk.classes:includes("root") and "\\texttt{" .. book.latex(name) .. "}" or book.latex(name),
            more and "+" or "", book.latex(part), book.latex(file)))
    end
    local function span(class, text)
        return text ~= "" and (' <span class="%s">%s</span>'):format(class, book.html(text)) or ""
    end
    return book.raw(('<div class="chunk-head">%s%s%s</div>'):format(
        self_link("chunk-name", chunk.identifier, "⟨" .. book.html(name) .. "⟩" ..
            (more and "+" or "") .. "≡"),
        span("chunk-part", part), span("chunk-file", file)))
end

-- Where a piece belongs often names the one place that uses it; in print once is
-- enough.
local function is_said(inline, div)
    local said, links = "", pandoc.List()
    if not inline.classes:includes("chunk-uses") then return false end
    pandoc.Plain(inline.content):walk {RawInline = function(raw)
        links:insert(raw.text:match("^\\chunklink{(.-)}"))
    end}
    if #links ~= 1 then return false end
    for _, block in ipairs(div.content) do
        for _, other in ipairs(block.content or {}) do
            if other.t == "Span" and other.classes:includes("chunk-where") then
                said = pandoc.write(pandoc.Pandoc {pandoc.Plain(other.content)}, "latex")
            end
        end
    end
    return said:find("inside \\chunklink{" .. links[1] .. "}", 1, true) ~= nil
end

local function foot(div)
    local inlines = pandoc.List()
    for _, block in ipairs(div.content) do
        for _, inline in ipairs(block.content or {}) do
            if (inline.t == "Span" or inline.t == "Link") and #inline.content > 0
                and not (is_latex and inline.t == "Span" and is_said(inline, div)) then
                if is_latex and #inlines > 0 then inlines:insert(book.raw_inline("\\footgap{}")) end
                inlines:insert(inline)
                if not is_latex then inlines:insert(pandoc.Space()) end
            end
        end
    end
    if #inlines == 0 then return pandoc.List() end
    if is_latex then return pandoc.List {pandoc.Plain(inlines)} end
    return pandoc.List {pandoc.Div({pandoc.Plain(inlines)}, {class = "chunk-foot"})}
end

-- The site has a program's file to download, and says how to run it.
local function file_of(div)
    local parts = spans(div.content[1])
    local name = pandoc.utils.stringify(parts["chunk-name"] or {})
    local part = pandoc.utils.stringify(parts["chunk-part"] or {})
    if part ~= "" and not part:match("^1 ") then return pandoc.List() end
    local slug = book.slug()
    local path = name:match("^lib/") and name or slug .. "/" .. name
    local archive = "many-hands-" .. slug
    local get = ('<a href="code/%s" download>Download</a>'):format(book.html(path))
    local program = path:match("^(.*)%.c$")
    if not program or not book.programs()[program] then
        return pandoc.List {book.raw('<p class="get">' .. get .. "</p>")}
    end
    local commands = {}
    for _, command in ipairs {"tar xf " .. archive .. ".tar.gz", "cd " .. archive, "make " .. program, program} do
        commands[#commands + 1] = '<span class="command"><span class="prompt">$ </span>' .. command .. "</span>"
    end
    return pandoc.List {book.raw(('<div class="get">%s<details><summary>Build and run</summary>' ..
        '<p>All programs of the chapter, with a Makefile: <a href="code/%s.tar.gz" download>%s.tar.gz</a></p>' ..
        '<div class="console"><pre><code>%s</code></pre></div></details></div>'):format(get, archive, archive,
            table.concat(commands, "\n")))}
end

-- What is said of a chunk is known to LaTeX before its code, with the number of
-- lines, for it may stand beside the code.
local function printed_chunk(id, content)
    local code, note, lines = pandoc.List(), pandoc.List(), 0
    for _, block in ipairs(content) do
        if block.t == "Plain" then
            note = block.content
        else
            local _, newlines = (block.text or ""):gsub("\n", "")
            if block.text and block.text:match("^\\begin{Highlighting}") then lines = lines + newlines - 1 end
            code:insert(block)
        end
    end
    note:insert(1, book.raw_inline(("\\begin{chunk}{%d}{"):format(lines)))
    note:insert(book.raw_inline("}" .. book.label(id)))
    code:insert(1, pandoc.Plain(note))
    code:insert(book.raw("\\end{chunk}"))
    return code
end

function boxes.chunk(div)
    local content = pandoc.List()
    for _, block in ipairs(div.content) do
        if block.t == "Div" and block.classes:includes("chunk-head") then
            content:insert(head(block, div))
        elseif block.t == "Div" and block.classes:includes("chunk-foot") then
            content:extend(foot(block))
        else
            content:insert(block)
        end
    end
    if is_latex then return printed_chunk(div.identifier, content) end
    if is_html and div.classes:includes("root") then content:extend(file_of(div)) end
    return book.between(('<div class="chunk%s" id="%s">'):format(
        div.classes:includes("root") and " root" or "", div.identifier), content, "</div>")
end

-- Programs that are wrong on purpose -----------------------------------------

function boxes.wrong(div)
    local fault = (div.attributes.fault or ""):gsub("-", " ")
    if is_latex then
        book.run_in(div.content, "\\wronghead{" .. book.latex(fault) .. "}")
        return environment("bookwrong", div)
    end
    return book.between('<div class="wrong"><p class="badge"><span aria-hidden="true">⚠</span> ' ..
        "wrong on purpose: <b>" .. book.html(fault) .. "</b></p>", div.content, "</div>")
end

-- Quizzes and exercises ----------------------------------------------------------

local function divs(content, class)
    local found, rest = pandoc.List(), pandoc.List()
    for _, block in ipairs(content) do
        local list = block.t == "Div" and block.classes:includes(class) and found or rest
        list:insert(block)
    end
    return found, rest
end

local function folded(class, summary, content)
    return book.between(('<details class="%s"><summary>%s</summary>'):format(class, summary),
        content, "</details>")
end

-- In print, answers are collected at the chapter's end: see page.lua.
function boxes.quiz(div)
    local title = "Quick quiz " .. (div.attributes.number or "")
    local answers, rest = divs(div.content, "answer")
    if not is_html and answers[1] then
        book.answers = book.answers or {}
        book.answers[div.identifier] = {title = title, id = div.identifier, content = answers[1].content}
    end
    if is_latex then
        book.run_in(rest, ("\\quizhead{%s}{%s}"):format(title, div.identifier))
        div.content = rest
        return environment("bookquiz", div)
    end
    if is_html then
        for _, answer in ipairs(answers) do rest:extend(folded("answer", "Answer", answer.content)) end
    elseif answers[1] then
        rest:insert(book.raw(label(self_link("answer", "answer-" .. div.identifier, "Answer"))))
    end
    return pandoc.Div(book.between(label(self_link("kind", div.identifier, title)), rest, ""),
        {id = div.identifier, class = "quiz"})
end

local function facts_of(attributes)
    local facts = {}
    local level = tonumber(attributes.level)
    local mark = level and ({"①", "②", "③"})[level]
    if attributes.points then facts[#facts + 1] = attributes.points .. " points" end
    if attributes.minutes then facts[#facts + 1] = "about " .. attributes.minutes .. " minutes" end
    if attributes.kind then facts[#facts + 1] = attributes.kind end
    return mark, level, facts
end

local function exercise_html(div)
    local attributes, id = div.attributes, div.identifier
    local mark, level, facts = facts_of(attributes)
    local hints, rest = divs(div.content, "hint")
    if attributes.file then
        facts[#facts + 1] = "<code>" .. book.html(attributes.file) .. "</code>"
    end
    for i, hint in ipairs(hints) do
        local title = "Hint" .. (#hints > 1 and " " .. i or "")
        if is_html then rest:extend(folded("hint", title, hint.content))
        else rest:insert(book.raw(label(title))) rest:extend(hint.content) end
    end
    if attributes.file then
        rest:insert(book.raw(('<p class="start">To begin: <code>make exercise N=%s</code></p>'):format(id)))
    end
    return book.between(('<div class="exercise" id="%s"%s><p class="exercise-title">%s <b>%s</b>%s</p>' ..
        '<p class="facts">%s%s</p>'):format(id,
        is_html and attributes.minutes and (' data-minutes="%s"'):format(attributes.minutes) or "",
        self_link("kind", id, "Exercise " .. (attributes.number or "")),
        book.html(attributes.title or ""), is_html and " " .. book.tick(id, "I have done this exercise") or "",
        mark and ('<span class="level" role="img" aria-label="level %d of 3" title="level %d of 3">%s</span> ')
            :format(level, level, mark) or "",
        table.concat(facts, " · ")), rest, "</div>")
end

local function exercise_latex(div)
    local attributes = div.attributes
    local mark, _, facts = facts_of(attributes)
    if attributes.file then facts[#facts + 1] = "\\texttt{" .. book.latex(attributes.file) .. "}" end
    local hints, rest = divs(div.content, "hint")
    for i, hint in ipairs(hints) do
        local title = "Hint" .. (#hints > 1 and " " .. i or "")
        rest:extend(book.between("\\begin{bookhint}", book.run_in(hint.content, "\\hinthead{" .. title .. "}"),
            "\\end{bookhint}"))
    end
    if attributes.file then rest:insert(book.raw("\\exercisestart{" .. div.identifier .. "}")) end
    div.content = rest
    return environment("bookexercise", div, "Exercise " .. (attributes.number or ""),
        book.latex(attributes.title or ""), mark and "\\symbols{" .. mark .. "}" or "",
        table.concat(facts, " · "))
end

function boxes.exercise(div)
    return (is_latex and exercise_latex or exercise_html)(div)
end

local function Div(div)
    for _, class in ipairs(div.classes) do
        if boxes[class] then return boxes[class](div) end
    end
end

-- A header cell that says nothing is none: in HTML it becomes an ordinary one.
local function Table(tbl)
    if not is_html then return nil end
    local shown = tbl
    local html = pandoc.write(pandoc.Pandoc {tbl}, "html", {html_math_method = PANDOC_WRITER_OPTIONS.html_math_method})
    if html:match("<th[^>]*></th>") then shown = book.raw((html:gsub("<th([^>]*)></th>", "<td%1></td>"))) end
    return pandoc.Div({shown}, {class = "table"})
end

return {Div = Div, Table = Table}
