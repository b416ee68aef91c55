-- How to write text and raw pieces in the format at hand: html, epub or latex.
local html_names = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"}

local latex_names = {
    ["\\"] = "\\textbackslash{}", ["{"] = "\\{", ["}"] = "\\}", ["$"] = "\\$",
    ["&"] = "\\&", ["#"] = "\\#", ["%"] = "\\%", ["^"] = "\\textasciicircum{}",
    ["~"] = "\\textasciitilde{}", ["_"] = "\\_",
}

function book.html(text)
    return (text:gsub('[&<>"]', html_names))
end

function book.latex(text)
    return (text:gsub("[\\{}$&#%%^~_]", latex_names))
end

-- Text inside a verbatim environment whose command characters are \{}.
function book.verbatim(text)
    return (text:gsub("[\\{}]", latex_names))
end

function book.is_latex()
    return book.format == "latex"
end

function book.raw(text)
    return pandoc.RawBlock(book.is_latex() and "latex" or "html", text)
end

function book.raw_inline(text)
    return pandoc.RawInline(book.is_latex() and "latex" or "html", text)
end

-- Blocks between two raw pieces.
function book.between(before, blocks, after)
    local result = pandoc.List {book.raw(before)}
    result:extend(blocks)
    result:insert(book.raw(after))
    return result
end

-- Put raw text at the beginning of the first paragraph.
function book.run_in(blocks, text)
    local first = blocks[1]
    if first and (first.t == "Para" or first.t == "Plain") then
        first.content:insert(1, book.raw_inline(text))
    else
        blocks:insert(1, pandoc.Plain {book.raw_inline(text)})
    end
    return blocks
end

-- The place in the book that a link means, or nil if it leads out of it.
-- In the PDF and the EPUB the book is one document.
function book.fragment(target)
    return target:match("^[%w._-]*%.html#(.+)$") or target:match("^#(.+)$")
end

function book.address(target)
    local fragment = book.format ~= "html" and book.fragment(target)
    return fragment and "#" .. fragment or target
end

-- The page at hand, by the file it is made of.
function book.slug()
    return PANDOC_STATE.input_files[1]:match("([^/]+)%.md$")
end

-- The programs of the book, SLUG/NAME, and the pages that have any, SLUG.
local programs
function book.programs()
    if programs then return programs end
    programs = {}
    for line in io.lines("build/book.mk") do
        local program = line:match("^PROGRAMS %+= (%S+)$") or line:match("^WRONG %+= (%S+)$")
        if program then programs[program], programs[program:match("^[^/]+")] = true, true end
    end
    return programs
end

-- A screen of six inches breaks long lines: in the EPUB each line of code is an
-- element, and what is broken off stands a little further in than its beginning.
function book.code_lines(code)
    if book.format ~= "epub" then return code end
    return ((code .. "\n"):gsub("([^\n]*)\n", function(line)
        local spaces = line:gsub("<[^>]*>", ""):match("^ *")
        return ('<span class="line in%d">%s\n</span>'):format(math.min(#spaces // 4 * 4, 32), line)
    end))
end

-- \label and what a link jumps to, whatever pandoc's version does with ids.
function book.label(id)
    return id ~= "" and "\\phantomsection\\label{" .. id .. "}" or ""
end

-- Where the glossary explains a term.
function book.glossary_id(term)
    return "term-" .. term:lower():gsub("[^%w]+", "-"):gsub("^-", ""):gsub("-$", "")
end
