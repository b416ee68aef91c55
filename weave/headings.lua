-- Headings: in HTML the number and a link to the heading itself.
local function numbered(header)
    local number = header.attributes.number
    header.attributes.number = nil
    if not number or book.is_latex() then return end
    header.content:insert(1, pandoc.Space())
    header.content:insert(1, pandoc.Span({pandoc.Str(number)}, {class = "number"}))
end

local function Header(header)
    book.headings = book.headings or pandoc.List()
    if header.level == 2 and book.format == "html" then
        book.headings:insert {id = header.identifier, text = pandoc.utils.stringify(header.content)}
    end
    numbered(header)
    if book.format ~= "html" or header.level == 1 or header.identifier == "" then return header end
    header.content:insert(pandoc.Space())
    header.content:insert(pandoc.Link({pandoc.Str("#")}, "#" .. header.identifier, "",
        {class = "anchor", ["aria-label"] = "Link to this section"}))
    return header
end

return {Header = Header}
