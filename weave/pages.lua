-- In LuaLaTeX: page numbers for the indexes, from the labels of the last run.
pages = {}

-- "{4.2}{123}…", as \label leaves it.
local function page_of(label)
    local macro = token.get_macro("r@" .. label)
    return macro and macro:match("^%b{}{(.-)}")
end

local function linked(number, bold)
    local shown = bold and ("\\textbf{%d}"):format(number) or number
    return ("\\hyperlink{page.%d}{%s}"):format(number, shown)
end

-- Three pages or more in a row are a range; a bold page stands alone.
local function ranges(numbers, bold)
    local shown, i = {}, 1
    while i <= #numbers do
        local last = i
        while not bold[numbers[i]] and numbers[last + 1] == numbers[last] + 1 and not bold[numbers[last + 1]] do
            last = last + 1
        end
        if last < i + 2 then last = i end
        shown[#shown + 1] = linked(numbers[i], bold[numbers[i]]) ..
            (last > i and "–" .. linked(numbers[last]) or "")
        i = last + 1
    end
    return table.concat(shown, ", ")
end

-- The pages of two lists of labels; those of the first are bold. A label that
-- does not exist (yet) makes LaTeX warn as \pageref does.
function pages.print(strong, plain)
    local numbers, bold = {}, {}
    local missing
    local function add(labels, is_bold)
        for label in labels:gmatch("[^,]+") do
            local number = tonumber(page_of(label) or "")
            if not number then
                missing = label
                return
            end
            if not bold[number] and bold[number] ~= false then numbers[#numbers + 1] = number end
            bold[number] = bold[number] or is_bold
        end
    end
    add(strong, true)
    add(plain, false)
    if missing then return tex.sprint("\\pageref*{" .. missing .. "}") end
    table.sort(numbers)
    tex.sprint(ranges(numbers, bold))
end
