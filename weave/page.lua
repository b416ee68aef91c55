-- A page of the site as a whole: its contents panel, what it says of itself.

-- HTML: the book's pages with, under the current one, its sections ------------

-- Pages of the site that are no part of the book; the last chapter of the book's
-- own list leads to the first of them.
local more = {
    {slug = "bugs", title = "Index of bugs"},
    {slug = "terms", title = "Index of terms"},
    {part = "About this book"},
    {slug = "colophon", title = "Colophon"},
    {slug = "changes", title = "Changes"},
    {slug = "errata", title = "Errata"},
}

local function sections()
    local items = {}
    for _, heading in ipairs(book.headings or {}) do
        items[#items + 1] = ('<li><a href="#%s">%s%s%s</a></li>'):format(heading.id,
            heading.number and ('<span class="toc-number">%s</span> '):format(heading.number) or "",
            book.html(heading.text),
            heading.time and (' <span class="minutes">%s</span>'):format(heading.time) or "")
    end
    return #items > 0 and '<ol class="page-toc">' .. table.concat(items) .. "</ol>" or ""
end

local function contents_panel(slug)
    local file = io.open("build/toc.html")
    if not file then return sections() end
    local toc = {file:read("a"):match("^(.*)</ol>")}
    file:close()
    for _, page in ipairs(more) do
        toc[#toc + 1] = page.part and ('<li class="part">%s</li>'):format(page.part)
            or ('<li data-slug="%s"><a href="%s.html">%s</a></li>'):format(page.slug, page.slug, page.title)
    end
    local item = '(<li data%-slug="' .. slug:gsub("%p", "%%%0") .. '">%s*<a )([^\n]-</a>)'
    return (table.concat(toc, "\n") .. "\n</ol>\n"):gsub(item, function(start, rest)
        return start .. 'class="here" aria-current="page" ' .. rest .. sections()
    end)
end

-- The pages outside the book come after its last one, in a row.
local function turn_pages(meta, slug)
    local before
    for _, page in ipairs(more) do
        if page.slug then
            if not before and slug == "programs" or before and before.slug == slug then
                meta["next-url"], meta["next-title"] = page.slug .. ".html", page.title
            end
            if page.slug == slug then
                meta["prev-url"] = (before and before.slug or "programs") .. ".html"
                meta["prev-title"] = before and before.title or "Index of programs"
            end
            before = page
        end
    end
end

-- Times ------------------------------------------------------------------------

local function text_of(meta, name)
    return meta[name] and pandoc.utils.stringify(meta[name]) or ""
end

local function hours(minutes)
    if minutes < 90 then return ("%d minutes"):format(minutes) end
    return ("%g hours"):format(math.floor(minutes / 30 + 0.5) / 2)
end

-- Under the chapter's title: how long it takes, and its programs.
local function times(meta, slug)
    local parts = {}
    for _, time in ipairs {{"read", " to read"}, {"do", " for the exercises"}} do
        local minutes = tonumber(text_of(meta, time[1])) or 0
        if minutes > 0 then parts[#parts + 1] = hours(minutes) .. time[2] end
    end
    if book.programs()[slug] then
        parts[#parts + 1] = ('<a href="code/many-hands-%s.tar.gz" download>all programs, to download</a>'):format(slug)
    end
    return #parts > 0 and book.raw('<p class="times">' .. table.concat(parts, " · ") .. "</p>")
end

local function words_of(block)
    local text = block.t == "RawBlock" and block.text:gsub("<svg.*</svg>", ""):gsub("<[^>]*>", "")
        or pandoc.utils.stringify(block)
    local _, words = text:gsub("%S+", "")
    return words
end

-- A section takes its share of the chapter's minutes, by its words; one with
-- exercises takes the time of those.
local function time_sections(meta, blocks)
    local part, parts, words = {words = 0}, pandoc.List(), 0
    for _, block in ipairs(blocks) do
        if block.t == "Header" and block.level == 2 then
            part = {header = block, words = 0}
            parts:insert(part)
        end
        local minutes = block.t == "RawBlock" and block.text:match('^<div class="exercise"[^>]* data%-minutes="(%d+)"')
        if minutes then part.exercises = (part.exercises or 0) + tonumber(minutes) end
        part.words = part.words + words_of(block)
    end
    for _, each in ipairs(parts) do
        if not each.exercises then words = words + each.words end
    end
    local read = tonumber(text_of(meta, "read"))
    if not read then return end
    for _, each in ipairs(parts) do
        local minutes = each.exercises or math.max(1, math.floor(read * each.words / words + 0.5))
        each.header.attributes.time = minutes < 90 and ("%d min"):format(minutes)
            or ("%g h"):format(math.floor(minutes / 30 + 0.5) / 2)
        for _, heading in ipairs(book.headings) do
            if heading.id == each.header.identifier then heading.time = each.header.attributes.time end
        end
    end
end

-- Anchors that the page once had, and where each leads now.
local function moved_from(slug)
    local moved = pandoc.List()
    local page = slug .. ".html"
    for line in io.lines(book.directory .. "renamed.tsv") do
        local old, new = line:match("^([^#\t]+#[^\t]+)\t(%S+)$")
        local fragment = old and old:match("^(.-)#") == page and old:match("#(.*)$")
        if fragment then
            moved:insert {old = fragment, new = new:match("^(.-)#") == page and new:match("#.*$") or new}
        end
    end
    return moved
end

local function html_page(document)
    local meta = document.meta
    local slug = text_of(meta, "slug")
    time_sections(meta, document.blocks)
    local line = times(meta, slug)
    local _, first = document.blocks:find_if(function(block) return block.t == "Header" end)
    if line and first then document.blocks:insert(first + 1, line) end
    for _, block in ipairs(document.blocks) do
        if block.t == "RawBlock" and block.text:match('class="stepper') then meta.stepper = true end
    end
    turn_pages(meta, slug)
    meta["book-toc"] = pandoc.Blocks {book.raw(contents_panel(slug))}
    meta.moved = moved_from(slug)
    meta.landing = slug == "index"
    if meta.landing then meta.description = text_of(meta, "book-description") end
    if meta.summary then meta.description = text_of(meta, "summary") end
    return document
end

return {Pandoc = book.format == "html" and html_page or nil}
