-- Inline code, links, terms.
local is_latex = book.is_latex()

-- Long names may break in print where a reader would expect it.
local function breakable(text)
    local shown = book.latex(text)
    if #text < 14 then return shown end
    return (shown:gsub("(%w\\_)(%w)", "%1\\allowbreak{}%2"):gsub("(%w[/=>,(])([%w\"])", "%1\\allowbreak{}%2")
        :gsub("(%w%.)(%a%a%a)", "%1\\allowbreak{}%2"))
end

local function Code(code)
    local page = book.man_page_of_code(code.text, code.classes:includes("c"))
    local shown = is_latex and book.raw_inline("\\texttt{" .. breakable(code.text) .. "}")
        or pandoc.Code(code.text)
    return page and pandoc.Link({shown}, page, "", {class = "man"}) or shown
end

-- A link inside a link, such as a function's manual page, gives way.
local function unnest(inlines)
    local result = pandoc.List()
    for _, inline in ipairs(inlines) do
        if inline.t == "Link" then result:extend(inline.content) else result:insert(inline) end
    end
    return result
end

local function Link(link)
    link.content = unnest(link.content)
    local fragment = book.fragment(link.target)
    if not is_latex then
        link.target = book.address(link.target)
        return link
    end
    if not fragment then return link end
    local command = link.classes:includes("chunk-link") and "\\chunklink{" or "\\booklink{"
    link.content:insert(1, book.raw_inline(command .. fragment .. "}{"))
    link.content:insert(book.raw_inline("}"))
    return link.content
end

-- A term where it is defined leads to its entry in the glossary; `of` is the
-- entry's headword, where the text has another form of it.
local function Span(span)
    if not span.classes:includes("term") then return nil end
    local entry = book.glossary_id(span.attributes.of or pandoc.utils.stringify(span.content))
    if is_latex then
        return {book.raw_inline(book.defined(entry) .. "\\booklink{" .. entry .. "}{"), pandoc.Emph(span.content), book.raw_inline("}")}
    end
    local target = book.format == "html" and "D-glossary.html#" .. entry or "#" .. entry
    return pandoc.Span({pandoc.Link(span.content, target, "", {class = "term"})}, {class = "dfn"})
end

return {Code = Code, Link = Link, Span = Span}
