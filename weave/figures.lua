-- Figures: in HTML the drawing itself stands in the page, so that it follows
-- light and dark; in the PDF and the EPUB it is a file.


local function drawing(name)
    local file = io.open("build/figures/" .. name .. ".svg")
    if not file then return nil end
    local text = file:read("a")
    file:close()
    return text
end

local function own_ids(svg, id)
    local prefix = id .. "-"
    return (svg:gsub("(%sid=[\"'])", "%1" .. prefix):gsub("url%(#", "url(#" .. prefix)
        :gsub("(href=[\"'])#", "%1#" .. prefix))
end

-- The svg element, as wide as it likes, with the text alternative as its name.
local function inlined(svg, id, alt)
    svg = svg:match("<svg.*</svg>") or ""
    local tag, rest = svg:match("^(<svg.->)(.*)$")
    if not tag then return nil end
    local width = tag:match('viewBox="%S+ %S+ ([%d.]+)')
    for _, name in ipairs {"width", "height", "role", "aria%-label", "style", "font%-family", "font%-size"} do
        tag = tag:gsub("%s" .. name .. '="[^"]*"', "")
    end
    tag = tag:gsub("^<svg", ('<svg role="img" aria-label="%s"%s'):format(book.html(alt),
        width and (' style="max-width:%srem"'):format(math.ceil(width / 1.6) / 10) or ""))
    rest = rest:gsub("<!%-%-.-%-%->", "")
    if not tag:match('class="timeline"') then rest = rest:gsub("<title>.-</title>", "") end
    return own_ids(tag .. rest, id)
end

-- For the list of figures: the caption's first sentence.
function book.note_figure(id, title, caption)
    local first, sentence = caption[1], pandoc.List()
    for _, inline in ipairs(first and first.content or {}) do
        sentence:insert(inline)
        if inline.t == "Str" and inline.text:match("[.?:]$") then
            sentence[#sentence] = pandoc.Str((inline.text:gsub("[.:]$", "")))
            break
        end
    end
    book.figure_list = book.figure_list or pandoc.List()
    book.figure_list:extend {pandoc.Plain {book.raw_inline(("\\listfigure{%s}{%s}{"):format(id,
        (title:gsub("^Figure ", "")))), pandoc.Span(sentence), book.raw_inline("}")}}
end

function book.figure(div)
    local attributes, id = div.attributes, div.identifier
    local name = (attributes.src or ""):match("([^/]+)%.%w+$") or ""
    local title = "Figure " .. (attributes.number or "")
    if book.is_latex() then
        book.note_figure(id, title, div.content)
        return book.between(
            ("\\begin{figure}[htb]%s\\centering\\drawing{build/figures/%s.pdf}\\captiontype"):format(book.label(id), name),
            book.run_in(div.content, "\\runin{accent}{" .. title .. "}"), "\\end{figure}")
    end
    local body
    if book.format == "html" then
        local svg = drawing(name)
        body = svg and inlined(svg, id, attributes.alt or "")
        body = body or ('<img src="figures/%s.svg" alt="%s">'):format(name, book.html(attributes.alt or ""))
        body = book.raw(body)
    else
        body = pandoc.Plain {pandoc.Image({pandoc.Str(attributes.alt or "")},
            "build/figures/" .. name .. ".styled.svg")}
    end
    local label = ('<a class="label" href="%s#%s">%s</a> '):format(
        book.format == "epub" and "@@" or "", id, title)
    local result = pandoc.List {book.raw(('<figure id="%s">'):format(id)), body,
        book.raw("<figcaption>")}
    result:extend(book.run_in(div.content, label))
    result:insert(book.raw("</figcaption></figure>"))
    return result
end

return {}
