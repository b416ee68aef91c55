-- Indexes in print: names with page numbers, which LaTeX knows in the end. Here
-- are their entries, made of the site's index pages and, for terms and library
-- functions, of the text itself.
local function entry(shown, strong, plain)
    return ("\\indexentry{%s}{%s}{%s}"):format(shown, table.concat(strong, ","), table.concat(plain, ","))
end

-- Chunks and identifiers: an item's links up to "used in" lead to definitions.
local function entry_of(item)
    local shown, strong, plain, target = "", {}, {}, nil
    target = strong
    for _, inline in ipairs(item[1].content) do
        local text = inline.t == "RawInline" and inline.text or ""
        local id = text:match("^\\chunklink{(.-)}")
        if id then
            target[#target + 1] = id
        elseif inline.t == "Str" and inline.text:match("^used$") then
            target = plain
        end
    end
    local first = item[1].content[1]
    if first.text and first.text:match("^\\chunklink") then
        local name = pandoc.List()
        for i = 2, #item[1].content do
            local inline = item[1].content[i]
            if inline.t == "RawInline" and inline.text == "}" then break end
            name:insert(inline)
        end
        shown = book.latex(pandoc.utils.stringify(name))
        if not shown:match("[ ]") and shown:match("%.%w+$") then shown = "\\texttt{" .. shown .. "}" end
    else
        shown = first.text
    end
    return entry(shown, strong, plain)
end

-- The site's index page as a list of entries; the programs stay as they are.
function book.index(div)
    local entries = {}
    for _, block in ipairs(div.content) do
        if block.t ~= "BulletList" then return nil end
        for _, item in ipairs(block.content) do entries[#entries + 1] = entry_of(item) end
    end
    return book.raw("\\begin{bookindex}\n" .. table.concat(entries, "\n") .. "\n\\end{bookindex}")
end

-- Terms and functions -----------------------------------------------------------

-- Of the sections that name a term, the index has those which name it most.
local SECTIONS = 8

book.definitions = {} -- headword's id → labels of the places that define it

function book.defined(id)
    local labels = book.definitions[id] or {}
    book.definitions[id] = labels
    labels[#labels + 1] = ("def-%s-%d"):format(id, #labels + 1)
    return "\\label{" .. labels[#labels] .. "}"
end

local function words_of(text)
    local words = {}
    for word in text:lower():gmatch("%S+") do
        words[#words + 1] = word:gsub("^[^%w.]+", ""):gsub("[^%w]+$", "")
    end
    return words
end

-- Where a paragraph names something: lists of {index of the inline, its words}.
local function collect(inlines, top, found)
    for i, inline in ipairs(inlines) do
        local place = top or i
        if inline.t == "Str" then
            found[#found + 1] = {at = place, word = words_of(inline.text)[1] or ""}
        elseif inline.t == "Link" and inline.classes:includes("man") then
            local name, manual = inline.target:match("/([%w_.-]+)%.(%d)%w*%.html$")
            name = name and name .. ((manual == "2" or manual == "3") and "()" or "(" .. manual .. ")")
            found[#found + 1] = {at = place, word = "", call = name}
        elseif inline.t == "Emph" or inline.t == "Strong" or inline.t == "Quoted" then
            collect(inline.content, place, found)
        elseif inline.t ~= "Space" and inline.t ~= "SoftBreak" then
            found[#found + 1] = {at = place, word = ""}
        end
    end
    return found
end

local function is_form(word, wanted, is_last)
    return word == wanted or is_last and (word == wanted .. "s" or word == wanted .. "es")
end

local function names_at(found, i, words)
    for n, wanted in ipairs(words) do
        local here = found[i + n - 1]
        if not here or not is_form(here.word, wanted, n == #words) then return false end
    end
    return true
end

local function for_each_paragraph(blocks, change)
    local function paragraph(block) return change(block) end
    return pandoc.Div(blocks):walk {Para = paragraph, Plain = paragraph}.content
end

-- What the glossary explains: {id, shown, words} by the first word.
local function headwords(blocks)
    local by_word, all = {}, {}
    pandoc.Div(blocks):walk {DefinitionList = function(list)
        for _, item in ipairs(list.content) do
            local label = item[1][1]
            local id = label and label.t == "RawInline" and label.text:match("\\label{(term%-.-)}")
            if id then
                local text = pandoc.utils.stringify(item[1])
                local term = {id = id, key = text:lower():gsub("^%W+", ""), words = words_of(text), shown = book.latex(text)}
                all[#all + 1] = term
                for _, first in ipairs {term.words[1], term.words[1] .. "s", term.words[1] .. "es"} do
                    by_word[first] = by_word[first] or {}
                    table.insert(by_word[first], term)
                end
            end
        end
    end}
    for _, list in pairs(by_word) do
        table.sort(list, function(a, b) return #a.words > #b.words end)
    end
    return by_word, all
end

local function longest_at(found, i, by_word)
    for _, term in ipairs(by_word[found[i].word] or {}) do
        if names_at(found, i, term.words) then return term end
    end
end

-- First all mentions, by section; then labels at the first mention in the
-- sections that are kept. The result: the blocks, and the index to go with them.
function book.with_terms(blocks)
    local by_word, terms = headwords(blocks)
    local calls, paragraphs, section, count = {}, 0, 0, {}
    local function mention(topic, at)
        topic.sections = topic.sections or {}
        local here = topic.sections[section]
        if here then here.times = here.times + 1 return end
        topic.sections[section] = {section = section, times = 1, paragraph = paragraphs, at = at}
    end
    local function look(block)
        paragraphs = paragraphs + 1
        local found, i = collect(block.content, nil, {}), 1
        while i <= #found do
            local name = found[i].call
            local term = not name and longest_at(found, i, by_word)
            if name then
                calls[name] = calls[name] or {id = "call-" .. name:gsub("%W+$", ""):gsub("%W", "-"), key = name:lower():gsub("^_+", ""),
                    shown = "\\texttt{" .. book.latex(name) .. "}"}
                mention(calls[name], found[i].at)
            elseif term then
                mention(term, found[i].at)
                i = i + #term.words - 1
            end
            i = i + 1
        end
    end
    for _, block in ipairs(blocks) do
        if block.t == "Header" and block.level <= 2 then section = section + 1 end
        if block.t ~= "DefinitionList" then for_each_paragraph({block}, look) else for_each_paragraph({block}, function() paragraphs = paragraphs + 1 end) end
    end

    local labels = {} -- paragraph → {at, label}
    local function keep(topic)
        local all, kept = {}, {}
        for _, here in pairs(topic.sections or {}) do all[#all + 1] = here end
        table.sort(all, function(a, b)
            if a.times ~= b.times then return a.times > b.times end
            return a.section < b.section
        end)
        for i, here in ipairs(all) do
            if i > SECTIONS then break end
            local label = ("at-%s-%d"):format(topic.id:gsub("_", "-"), here.section)
            labels[here.paragraph] = labels[here.paragraph] or {}
            table.insert(labels[here.paragraph], {at = here.at, label = label})
            kept[#kept + 1] = label
        end
        return kept
    end
    local topics = pandoc.List(terms)
    for _, call in pairs(calls) do topics:insert(call) end
    topics:sort(function(a, b) return a.key ~= b.key and a.key < b.key or a.key == b.key and a.id < b.id end)
    local entries, letter = {}, nil
    for _, topic in ipairs(topics) do
        local kept, strong = keep(topic), book.definitions[topic.id] or {}
        if #kept + #strong > 0 then
            local first = topic.key:sub(1, 1):upper()
            if first ~= letter then entries[#entries + 1] = "\\indexletter{" .. first .. "}" end
            letter = first
            entries[#entries + 1] = entry(topic.shown, strong, kept)
        end
    end

    paragraphs = 0
    local marked = for_each_paragraph(blocks, function(block)
        paragraphs = paragraphs + 1
        local here = labels[paragraphs]
        if not here then return nil end
        table.sort(here, function(a, b) return a.at > b.at end)
        for _, mark in ipairs(here) do
            block.content:insert(mark.at, book.raw_inline("\\label{" .. mark.label .. "}"))
        end
        return block
    end)
    return marked, book.raw("\\begin{bookindex}\n" .. table.concat(entries, "\n") .. "\n\\end{bookindex}")
end

return {}
