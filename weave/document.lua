-- The book as one document, for the PDF and the EPUB: parts with their chapters,
-- quiz answers and the bibliography at the back, indexes, files of the EPUB.
local is_latex = book.is_latex()

local function header(level, text, id)
    return pandoc.Header(level, text, {id = id or "", class = "unnumbered" .. (level > 1 and " unlisted" or "")})
end

local function latex_heading(title)
    return is_latex and {book.raw(("\\markboth{%s}{%s}"):format(title, title))} or {}
end

-- Parts ---------------------------------------------------------------------------

local function part_of(block)
    if block.t ~= "RawBlock" or block.format ~= "latex" then return nil end
    local title = block.text:match("^\\part{(.*)}")
    if title then return title, true end
    if block.text:match("^\\appendix") then return "Appendices" end
    if block.text:match("^\\bookback") then return "Answers, sources and indexes" end
end

local function is_chapter(block)
    return block.t == "Header" and block.level == 1
end

-- In print a part's page lists its chapters.
local function printed_part(blocks, first, title, is_numbered)
    local chapters = {}
    for i = first + 1, #blocks do
        local block = blocks[i]
        if part_of(block) then break end
        if is_chapter(block) then
            local content = pandoc.write(pandoc.Pandoc {pandoc.Plain(block.content)}, "latex")
            chapters[#chapters + 1] = ("\\partchapter{%s}{%s}{%s}"):format(block.identifier, content,
                block.classes:includes("unnumbered") and "" or "\\partnumbered{" .. block.identifier .. "}")
        end
    end
    return book.raw(("\\setpartpreamble{%s}\n%s{%s}%s"):format(table.concat(chapters),
        is_numbered and "\\part" or "\\addpart", title,
        blocks[first].text:match("^\\appendix") and "\n\\appendix" or ""))
end

local roman = {"I", "II", "III", "IV", "V", "VI", "VII"}

-- An EPUB knows no parts: there they are headings of the first level, each with a
-- file that lists its chapters, and everything else goes down one level.
local function part_page(blocks, first, title, number)
    local shown = roman[number] and ("Part %s. %s"):format(roman[number], title) or title
    local chapters = pandoc.List()
    for i = first + 1, #blocks do
        local block = blocks[i]
        if part_of(block) then break end
        if is_chapter(block) then
            chapters:insert {pandoc.Plain {pandoc.Link(block.content, "#" .. block.identifier)}}
        end
    end
    local id = "part-" .. title:lower():gsub("%W+", "-")
    return {pandoc.Header(1, shown, {id = id, class = "unnumbered part"}),
        pandoc.Div({pandoc.BulletList(chapters)}, {class = "part-chapters"})}
end

-- The preface, which no part holds, stays a chapter of the first level.
local function with_levels(blocks)
    local before_parts, result = true, pandoc.List()
    for _, block in ipairs(blocks) do
        local is_part = block.t == "Header" and block.classes:includes("part")
        if is_part then before_parts = false end
        if is_part or before_parts and is_chapter(block) then
            result:insert(block)
        else
            result:extend(pandoc.Div({block}):walk({Header = function(header)
                header.level = header.level + 1
                return header
            end}).content)
        end
    end
    return result
end

local function with_parts(blocks)
    local result, number = pandoc.List(), 0
    for i, block in ipairs(blocks) do
        local title, is_numbered = part_of(block)
        if title and is_latex then
            result:insert(printed_part(blocks, i, title, is_numbered))
        elseif title then
            number = is_numbered and number + 1 or 99
            result:extend(part_page(blocks, i, title, number))
        else
            result:insert(block)
        end
    end
    return is_latex and result or with_levels(result)
end

-- Answers ---------------------------------------------------------------------------

local function answer_blocks(answer)
    if is_latex then
        return book.between(("\\begin{bookanswer}{%s}"):format(answer.id),
            book.run_in(answer.content, ("\\answerhead{%s}{%s}"):format(answer.title, answer.id)),
            "\\end{bookanswer}")
    end
    return book.between(('<div class="answer" id="answer-%s"><p class="label"><a href="@@#%s">%s</a></p>')
        :format(answer.id, answer.id, answer.title), answer.content, "</div>")
end

local function quiz_of(block)
    if block.t == "Div" then return book.answers[block.identifier] end
    local id = block.t == "RawBlock" and block.text:match("\\label{([^}]*)}\\begin{bookquiz}")
    return id and book.answers[id]
end

-- All answers, chapter by chapter.
local function answers_of(blocks)
    local result, chapter, shown = pandoc.List(), nil, nil
    if not book.answers then return result end
    result:insert(header(1, "Answers to the quick quizzes", "quiz-answers"))
    result:extend(latex_heading("Answers to the quick quizzes"))
    for _, block in ipairs(blocks) do
        if is_chapter(block) then chapter = block end
        local answer = quiz_of(block)
        if answer then
            if chapter ~= shown then
                local title = pandoc.utils.stringify(chapter.content)
                local number = answer.title:match("(%w+)%.%d+$")
                if is_latex and number then title = number .. " " .. title end
                result:insert(header(2, title, "answers-" .. chapter.identifier))
                if is_latex then result:insert(book.raw("\\markright{" .. book.latex(title) .. "}")) end
                shown = chapter
            end
            result:extend(answer_blocks(answer))
        end
    end
    return result
end

-- citeproc's list, in LaTeX of our own: its commands differ between versions.
local function bibliography_of(refs)
    local result = pandoc.List {header(1, "Bibliography", "bibliography")}
    result:extend(latex_heading("Bibliography"))
    if not is_latex then
        result:insert(refs)
        return result
    end
    for _, item in ipairs(refs.content) do
        result:extend(book.between("\\begin{bookreference}" .. book.label(item.identifier),
            item.content, "\\end{bookreference}"))
    end
    return result
end

-- The back of the book stands before its indexes.
local function with_back(blocks)
    local refs
    blocks = blocks:filter(function(block)
        local is_refs = block.t == "Div" and block.identifier == "refs"
        if is_refs then refs = block end
        return not is_refs
    end)
    local back = answers_of(blocks)
    if refs then back:extend(bibliography_of(refs)) end
    local _, at = blocks:find_if(function(block)
        return is_chapter(block) and block.identifier:match("^index%-")
    end)
    at = at or #blocks + 1
    local result = pandoc.List()
    for i = 1, at - 1 do result:insert(blocks[i]) end
    result:insert(pandoc.RawBlock("latex", "\\bookback"))
    result:extend(back)
    if is_latex then
        local marked, index = book.with_terms(result)
        result = marked
        result:insert(header(1, "Index", "index-terms"))
        result:extend(latex_heading("Index"))
        result:insert(book.raw("\\indexnote{Terms and library functions. A bold page explains the term; the others " ..
            "lie in the sections that speak of it most.}"))
        result:insert(index)
    end
    for i = at, #blocks do result:insert(blocks[i]) end
    return result
end

-- Side notes --------------------------------------------------------------------------

-- A side note of paragraphs alone hangs on the text before it.
function book.sidenote(div)
    local inlines = pandoc.List {book.raw_inline("\\sidenote{")}
    for i, block in ipairs(div.content) do
        if block.t ~= "Para" and block.t ~= "Plain" then return nil end
        if i > 1 then inlines:insert(book.raw_inline("\\par ")) end
        inlines:extend(block.content)
    end
    inlines:insert(book.raw_inline("}"))
    return pandoc.Plain(inlines)
end

local function with_sidenotes(blocks)
    local result = pandoc.List()
    for _, block in ipairs(blocks) do
        local first = block.t == "Plain" and block.content[1]
        local before = result[#result]
        if not first or first.text ~= "\\sidenote{" then
            result:insert(block)
        elseif before.t == "Para" then
            before.content:extend(block.content)
        else
            block.content[1] = book.raw_inline("\\begin{bookaside}")
            block.content[#block.content] = book.raw_inline("\\end{bookaside}")
            result:insert(pandoc.Para(block.content))
        end
    end
    return result
end

-- The EPUB's raw links: each heading that begins a file counts --------------------

local function with_files(blocks)
    local files, file = {}, 0
    local function note(id) if id and id ~= "" then files[id] = file end end
    local function note_raw(raw)
        for id in raw.text:gmatch(' id="([^"]+)"') do note(id) end
    end
    local note_element = function(element) note(element.identifier) end
    for _, block in ipairs(blocks) do
        if block.t == "Header" and block.level <= 2 then file = file + 1 end
        pandoc.Div {block}:walk {RawBlock = note_raw, RawInline = note_raw, Div = note_element,
            Header = note_element, Span = note_element}
    end
    local function resolve(raw)
        raw.text = raw.text:gsub("@@#([%w_-]+)", function(id)
            return files[id] and ("ch%03d.xhtml#%s"):format(files[id], id) or "#" .. id
        end)
        return raw
    end
    return pandoc.Div(blocks):walk {RawBlock = resolve, RawInline = resolve}.content
end

local function one_document(document)
    local meta = document.meta
    for _, name in ipairs {"pagetitle", "number", "kind", "part", "summary", "read", "do", "slug"} do
        meta[name] = nil
    end
    meta.title, meta.subtitle = meta["book-title"], meta["book-subtitle"]
    document.blocks = with_parts(with_back(document.blocks))
    if is_latex then document.blocks = with_sidenotes(document.blocks) end
    if book.figure_list then meta["figure-list"] = pandoc.MetaBlocks(book.figure_list) end
    if book.format == "epub" then document.blocks = with_files(document.blocks) end
    return document
end

return {Pandoc = book.format ~= "html" and one_document or nil}
