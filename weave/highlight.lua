-- pandoc's highlighting of a piece of code, with links from names.
local options = {}
for _, name in ipairs {"highlight_style", "highlight_method"} do
    local known, value = pcall(function() return PANDOC_WRITER_OPTIONS[name] end)
    options[name] = known and value or nil
end

-- In the EPUB a link in raw HTML must name its file, which page.lua knows later.
function book.code_address(target)
    local address = book.address(target)
    return book.format == "epub" and address:gsub("^#", "@@#") or address
end

-- Where names lead: to the book's definition, or to the manual page of what
-- is called and is not a member.
local function addresses_of(text, known)
    local addresses = {}
    for before, name in ("\n" .. text):gmatch("([^%w_])([%a_][%w_]*)%s*%f[(]") do
        if before ~= "." and before ~= ">" then addresses[name] = book.man_page(name) end
    end
    for name, address in pairs(known) do addresses[name] = address end
    return addresses
end

-- Kinds of tokens in which a name is not code: comments, strings, characters.
local quiet = {co = true, st = true, ch = true, an = true, ["do"] = true, cv = true, im = true,
    al = true, CommentTok = true, StringTok = true, CharTok = true, AnnotationTok = true,
    DocumentationTok = true, CommentVarTok = true, ImportTok = true, AlertTok = true}

-- Replace names by links; `mark` is what begins a word that is not a name: an
-- entity in HTML, a command in LaTeX.
local function link_names(text, mark, links)
    return (text:gsub("(" .. mark .. "?)([%a_][%w_]*)", function(marked, name)
        return marked == "" and links[name] or nil
    end))
end

local function html(block, addresses)
    local code = pandoc.write(pandoc.Pandoc {block}, "html", options)
    code = code:match("<code[^>]*>(.*)</code>")
    code = code:gsub('<span id="cb[%d-]+"><a [^>]*></a>([^\n]*)</span>', "%1")
    code = code:gsub('<span class="op">([^<]*)</span>', "%1") -- half of all spans, and no colour
    local links = {}
    for name, address in pairs(addresses) do
        links[name] = ('<a href="%s">%s</a>'):format(book.code_address(address), name)
    end
    if not next(links) then return code end
    local kinds = {}
    return (("<>" .. code):gsub("(<[^>]*>)([^<]*)", function(tag, text)
        if tag == "</span>" then
            kinds[#kinds] = nil
        elseif tag ~= "<>" then
            kinds[#kinds + 1] = tag:match('class="(%a+)"') or ""
        end
        if not quiet[kinds[#kinds]] then text = link_names(text, "&", links) end
        return (tag == "<>" and "" or tag) .. text
    end))
end

local function latex(block, addresses)
    local code = pandoc.write(pandoc.Pandoc {block}, "latex", options)
    local inside = code:match("\\begin{Highlighting}%[[^\n]*%]\n(.*)\n\\end{Highlighting}")
    if not inside then return book.verbatim(block.text) end
    local links = {}
    for name, address in pairs(addresses) do
        local fragment = book.fragment(address)
        links[name] = (fragment and "\\hyperref[%s]{%s}" or "\\href{%s}{%s}")
            :format(fragment or address, name)
    end
    inside = inside:gsub("\\([{}_])", {["{"] = "\1", ["}"] = "\2", ["_"] = "_"})
    inside = inside:gsub("\\(%a+Tok)(%b{})", function(kind, text)
        if not quiet[kind] then return "\\" .. kind .. link_names(text, "\\", links) end
    end)
    return (inside:gsub("[\1\2]", {["\1"] = "\\{", ["\2"] = "\\}"}))
end

return function(text, language, known)
    local block = pandoc.CodeBlock(text, {class = language or ""})
    local addresses = addresses_of(text, known)
    return (book.is_latex() and latex or html)(block, addresses)
end
