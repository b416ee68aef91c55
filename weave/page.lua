-- The document as a whole: the page's contents panel in HTML; answers, files
-- and the bibliography's heading where the book is one document.

-- HTML: the book's chapters with, under the current one, its sections ---------

local function sections()
    local items = {}
    for _, heading in ipairs(book.headings or {}) do
        items[#items + 1] = ('<li><a href="#%s">%s</a></li>'):format(heading.id, book.html(heading.text))
    end
    return #items > 0 and '<ol class="page-toc">' .. table.concat(items) .. "</ol>" or ""
end

local function contents_panel(meta)
    local slug = meta.slug and pandoc.utils.stringify(meta.slug) or ""
    local file = io.open(meta["toc-file"] and pandoc.utils.stringify(meta["toc-file"]) or "build/toc.html")
    if not file then return sections() end
    local toc = file:read("a")
    file:close()
    local item = '(<li data%-slug="' .. slug:gsub("%p", "%%%0") .. '">%s*<a )([^\n]-</a>)'
    return (toc:gsub(item, function(start, rest)
        return start .. 'class="here" ' .. rest .. sections()
    end))
end

-- Under the chapter's title: how long it takes.
local function hours(minutes)
    local n = tonumber(minutes)
    if not n or n < 90 then return minutes .. " minutes" end
    return ("%g hours"):format(math.floor(n / 30 + 0.5) / 2)
end

local function times(meta)
    local parts = {}
    local function add(name, purpose)
        local minutes = meta[name] and pandoc.utils.stringify(meta[name]) or "0"
        if minutes ~= "0" then parts[#parts + 1] = hours(minutes) .. " " .. purpose end
    end
    add("read", "to read")
    add("do", "for the exercises")
    return #parts > 0 and book.raw('<p class="times">' .. table.concat(parts, " · ") .. "</p>")
end

local function html_page(document)
    local meta = document.meta
    local line = times(meta)
    local _, first = document.blocks:find_if(function(block) return block.t == "Header" end)
    if line and first then document.blocks:insert(first + 1, line) end
    meta["book-toc"] = pandoc.Blocks {book.raw(contents_panel(meta))}
    meta.landing = meta.slug and pandoc.utils.stringify(meta.slug) == "index"
    if meta.landing then meta.description = pandoc.utils.stringify(meta["book-description"] or "") end
    if meta.summary then meta.description = pandoc.utils.stringify(meta.summary) end
    return document
end

-- One document ----------------------------------------------------------------

local function answers_section(answers)
    local blocks = pandoc.List {pandoc.Header(2, "Answers to the quick quizzes", {class = "unnumbered unlisted"})}
    for _, answer in ipairs(answers) do
        if book.is_latex() then
            blocks:extend(book.between(("\\begin{bookanswer}{%s}"):format(answer.id),
                book.run_in(answer.content, ("\\answerhead{%s}{%s}"):format(answer.title, answer.id)),
                "\\end{bookanswer}"))
        else
            blocks:extend(book.between(('<div class="answer" id="answer-%s"><p class="label"><a href="@@#%s">%s</a></p>')
                :format(answer.id, answer.id, answer.title), answer.content, "</div>"))
        end
    end
    return blocks
end

local function quiz_of(block)
    if block.t == "Div" then return book.answers[block.identifier] end
    local id = block.t == "RawBlock" and block.text:match("\\label{([^}]*)}\\begin{bookquiz}")
    return id and book.answers[id]
end

local function begins_chapter(block)
    return block.t == "Header" and block.level == 1
        or block.t == "RawBlock" and (block.text:match("^\\part") or block.text:match("^\\appendix"))
end

-- Quiz answers to the end of their chapters.
local function with_answers(blocks)
    if not book.answers then return blocks end
    local result, answers = pandoc.List(), pandoc.List()
    for _, block in ipairs(blocks) do
        if begins_chapter(block) and #answers > 0 then
            result:extend(answers_section(answers))
            answers = pandoc.List()
        end
        local answer = quiz_of(block)
        if answer then answers:insert(answer) end
        result:insert(block)
    end
    if #answers > 0 then result:extend(answers_section(answers)) end
    return result
end

-- The EPUB's raw links: the n-th chapter becomes the file chNNN.xhtml.

local function with_files(blocks)
    blocks = blocks:filter(function(block) return block.t ~= "RawBlock" or block.format ~= "latex" end)
    local files, file = {}, 0
    local function note(id) if id and id ~= "" then files[id] = file end end
    local function note_raw(raw)
        for id in raw.text:gmatch(' id="([^"]+)"') do note(id) end
    end
    local note_element = function(element) note(element.identifier) end
    for _, block in ipairs(blocks) do
        if block.t == "Header" and block.level == 1 then file = file + 1 end
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

-- citeproc's list, in LaTeX of our own: its commands differ between versions.
local function with_references(blocks)
    local result = pandoc.List()
    for _, block in ipairs(blocks) do
        if block.t ~= "Div" or block.identifier ~= "refs" then
            result:insert(block)
        else
            result:insert(pandoc.Header(1, "Bibliography", {id = "bibliography", class = "unnumbered"}))
            if not book.is_latex() then
                result:insert(block)
            else
                result:insert(book.raw("\\markboth{Bibliography}{Bibliography}"))
                for _, entry in ipairs(block.content) do
                    result:extend(book.between("\\begin{bookreference}" .. book.label(entry.identifier),
                        entry.content, "\\end{bookreference}"))
                end
            end
        end
    end
    return result
end

local function one_document(document)
    local meta = document.meta
    for _, name in ipairs {"pagetitle", "number", "kind", "part", "summary", "read", "do", "slug"} do
        meta[name] = nil
    end
    meta.title, meta.subtitle = meta["book-title"], meta["book-subtitle"]
    document.blocks = with_references(with_answers(document.blocks))
    if book.format == "epub" then document.blocks = with_files(document.blocks) end
    return document
end

return {Pandoc = book.format == "html" and html_page or one_document}
