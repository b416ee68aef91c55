-- The addresses of manual pages: man.tsv says which functions have one.
local sections = {}
for line in io.lines(book.directory .. "man.tsv") do
    local name, section = line:match("^([%w_]+)\t(%w+)$")
    if name then sections[name] = section end
end

local function address(name, section)
    return ("https://man7.org/linux/man-pages/man%s/%s.%s.html")
        :format(section:sub(1, 1), name, section)
end

-- The page of a C function, or nil.
function book.man_page(name)
    return sections[name] and address(name, sections[name])
end

-- The page that inline code means: "fork()", "man 2 fork"; as C also "fork".
function book.man_page_of_code(text, is_c)
    local section, page = text:match("^man (%d) ([%w_.-]+)$")
    if section then
        local known = sections[page]
        if section == "5" or section == "7" then return address(page, section) end
        if known and known:sub(1, 1) == section then return address(page, known) end
        return nil
    end
    return book.man_page(text:match("^([%w_]+)%(%)$") or is_c and text)
end
