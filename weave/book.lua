-- The one filter that pandoc runs: it joins the small ones. Each of those
-- returns functions by the kind of element they change.
local directory = PANDOC_SCRIPT_FILE:match("^(.*/)") or "./"

book = {directory = directory, format = FORMAT}
if FORMAT:match("^html") then book.format = "html" end
if FORMAT:match("^epub") then book.format = "epub" end

local function load(name)
    return dofile(directory .. name .. ".lua")
end

load("output")
load("man")
local filter = {}
for _, name in ipairs {"indexes", "inlines", "headings", "code", "figures", "stepper", "boxes", "page", "document"} do
    for kind, change in pairs(load(name)) do
        assert(not filter[kind], name .. ".lua: " .. kind .. " is taken")
        filter[kind] = change
    end
end
return {filter}
