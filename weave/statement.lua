-- The statement of one exercise, on a page or in a handout's PDF, from the woven
-- chapter. Metadata: chapter, the slug of its page; book, the address of the book's
-- pages, without which links into the book become plain text; hints, a directory for
-- the hints as text files.
local meta, is_html = {}, FORMAT:match("^html")

local function raw(text)
    return pandoc.RawBlock("html", text)
end


local function Link(link)
    if link.target:match("^%a+:") then return nil end
    if meta.book == "" then return link.content end
    if link.target:match("^#") then link.target = meta.chapter .. ".html" .. link.target end
    return pandoc.Link(link.content, meta.book .. "/" .. link.target)
end

-- On paper there are no hints: make hint tells them.
local function Exercise(div)
    local blocks, hints = pandoc.List(), 0
    for _, block in ipairs(div.content) do
        if block.t ~= "Div" or not block.classes:includes("hint") then
            blocks:insert(block)
        else
            hints = hints + 1
            if meta.hints ~= "" then
                local file = assert(io.open(("%s/%d.txt"):format(meta.hints, hints), "w"))
                file:write(pandoc.write(pandoc.Pandoc(block.content), "plain"))
                file:close()
            end
            if is_html then
                blocks:insert(raw("<details><summary>Hint " .. hints .. "</summary>"))
                blocks:extend(block.content)
                blocks:insert(raw("</details>"))
            end
        end
    end
    local facts = ("Exercise %s · %s points · level %s of 3 · about %s minutes · %s"):format(
        div.attributes.number, div.attributes.points, div.attributes.level, div.attributes.minutes,
        div.attributes.file)
    blocks:insert(1, pandoc.Header(1, div.attributes.title))
    blocks:insert(2, pandoc.Para {pandoc.Emph {pandoc.Str(facts)}})
    if (div.attributes.explained or "") ~= "" then
        blocks:insert(3, pandoc.Para {pandoc.Str("Explained in " .. div.attributes.explained .. ".")})
    end
    return blocks
end

local function Pandoc(document)
    for _, name in ipairs {"chapter", "book", "hints"} do
        meta[name] = document.meta[name] and pandoc.utils.stringify(document.meta[name]) or ""
    end
    local walked = pandoc.Div(document.blocks):walk {
        Link = Link,
        Div = function(div) if div.classes:includes("exercise") then return Exercise(div) end end,
        Span = function(span) return span.content end,
        Code = function(code) return pandoc.Code(code.text) end,
        Header = function(header) header.level = header.level + (is_html and 0 or 1) return header end,
    }
    return pandoc.Pandoc(walked.content, document.meta)
end

return {{Pandoc = Pandoc}}
