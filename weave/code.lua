-- Code blocks. pandoc highlights them; then references to chunks, the book's
-- own identifiers and library functions become links. Consoles are apart.
local highlight = dofile(book.directory .. "highlight.lua")
local console = dofile(book.directory .. "console.lua")
local is_latex = book.is_latex()

-- References become plain words while pandoc highlights.
local function hide_references(text, ids, language)
    local references = {}
    local function hide(open, name, close)
        local id = ids[#references + 1]
        references[#references + 1] = {name = name, id = id, code = open .. "⟨" .. name .. "⟩" .. close}
        return open .. "chunkref" .. #references .. "x" .. close
    end
    if #ids == 0 then return text, references end
    text = text:gsub("(/%*)⟨(.-)⟩(%*/)", hide)
    if language ~= "c" then
        text = text:gsub("()⟨(.-)⟩()", function(_, name) return hide("", name, "") end)
    end
    return text, references
end

local function show_reference(reference)
    local hole = reference.id and reference.id:match("^ex%-")
    local name = reference.name
    if is_latex then
        return (hole and "\\chunkhole{%s}{%s}" or "\\chunkref{%s}{%s}")
            :format(reference.id or "", book.latex(name))
    end
    if not reference.id then return "⟨" .. book.html(name) .. "⟩" end
    return ('<a class="%s" href="%s" data-code="%s">⟨%s⟩</a>'):format(
        hole and "chunk-hole" or "chunk-ref", book.code_address("#" .. reference.id),
        book.html(reference.code), book.html(name))
end

local function show_references(text, references)
    if #references == 0 then return text end
    local function show(n) return show_reference(references[tonumber(n)]) end
    if is_latex then
        text = text:gsub("\\CommentTok{/%*chunkref(%d+)x%*/}", show)
    else
        text = text:gsub('<span class="co">/%*chunkref(%d+)x%*/</span>', show)
    end
    return (text:gsub("/%*chunkref(%d+)x%*/", show):gsub("chunkref(%d+)x", show))
end

local function identifiers(list)
    local addresses = {}
    for name, address in (list or ""):gmatch("([^%s=]+)=(%S+)") do addresses[name] = address end
    return addresses
end

local function CodeBlock(block)
    if block.classes:includes("console") then return console(block) end
    if block.classes:includes("model") then return nil end -- stepper.lua reads it
    local ids = {}
    for id in (block.attributes.refs or ""):gmatch("%S+") do ids[#ids + 1] = id end
    local language = block.classes[1]
    if language == "chunk-code" then language = nil end
    local text, references = hide_references(block.text, ids, language)
    local code = highlight(text, language, identifiers(block.attributes.idents))
    code = show_references(code, references)
    if is_latex then
        local _, newlines = block.text:gsub("\n", "")
        return book.raw(("\\begin{Highlighting}%s\n%s\n\\end{Highlighting}"):format(
            newlines < 10 and "[samepage=true]" or "[]", code))
    end
    local framed = book.format == "html" and not block.classes:includes("chunk-code")
    return book.raw((framed and '<div class="code">%s</div>' or "%s"):format(
        ('<pre class="sourceCode %s"><code>%s</code></pre>'):format(language or "text", book.code_lines(code))))
end

return {CodeBlock = CodeBlock}
