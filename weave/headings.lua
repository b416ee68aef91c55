-- Headings: in HTML the number and a link to the heading itself.
local function numbered(header)
    local number = header.attributes.number
    header.attributes.number = nil
    if not number then return end
    header.content:insert(1, pandoc.Space())
    header.content:insert(1, pandoc.Span({pandoc.Str(number)}, {class = "number"}))
end

-- Print numbers headings itself, but not where the book has none; such a page
-- needs its running head said.
local function in_print(header)
    local title = pandoc.utils.stringify(header.content)
    local number = header.attributes.number
    header.attributes.number = nil
    if number and header.level == 1 then
        -- Chapters that are not written yet leave a gap.
        local before = (tonumber(number) or number:byte() - 64) - 1
        return {book.raw(("\\setcounter{chapter}{%d}"):format(before)), header}
    end
    if number then return header end
    header.classes:insert("unnumbered")
    if header.level > 1 then
        header.classes:insert("unlisted")
        return header
    end
    return {header, book.raw(("\\markboth{%s}{%s}"):format(book.latex(title), book.latex(title)))}
end

-- What the reader ticks off when it is done; shown where scripts run.
function book.tick(id, what)
    return ('<button class="tick" type="button" data-id="%s" aria-pressed="false" aria-label="%s" title="%s">✓</button>')
        :format(id, what, what)
end

local function Header(header)
    if book.is_latex() then return in_print(header) end
    book.headings = book.headings or pandoc.List()
    if header.level == 2 and book.format == "html" then
        book.headings:insert {id = header.identifier, number = header.attributes.number,
            text = pandoc.utils.stringify(header.content)}
    end
    local ticked = header.level == 2 and header.attributes.number
    numbered(header)
    if book.format ~= "html" or header.level == 1 or header.identifier == "" then return header end
    header.content:insert(pandoc.Space())
    header.content:insert(pandoc.Link({pandoc.Str("#")}, "#" .. header.identifier, "",
        {class = "anchor", ["aria-label"] = "Link to this section"}))
    if ticked then header.content:insert(book.raw_inline(book.tick(header.identifier, "I have read this section"))) end
    return header
end

return {Header = Header}
