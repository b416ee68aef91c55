-- Sessions: commands, output, parts that vary («…»), the exit status.
local is_latex = book.is_latex()

local shapes = is_latex and {
    prompt = "\\prompt{%s}%s", varies = "\\varies{%s}", status = "\\exitstatus{%s}",
} or {
    prompt = '<span class="command"><span class="prompt">%s</span>%s</span>',
    varies = '<span class="varies" title="varies from run to run">%s</span>',
    status = '<span class="status">exit status %s</span>',
}

local function line_shown(line, is_last)
    local escape = is_latex and book.verbatim or book.html
    local status = is_last and line:match("^%[(%d+)%]$")
    if status then return shapes.status:format(status) end
    local shown = escape(line):gsub("«(.-)»", function(part) return shapes.varies:format(part) end)
    local prompt, command = shown:match("^([$>] )(.*)$")
    if not prompt and shown:match("^&gt; ") then prompt, command = "&gt; ", shown:sub(6) end
    return prompt and shapes.prompt:format(prompt, command) or shown
end

return function(block)
    local lines, shown = {}, {}
    for line in (block.text .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
    local continued = false
    for i, line in ipairs(lines) do
        if line:match("^> ") and not continued then
            shown[i] = (is_latex and book.verbatim or book.html)(line)
        else
            shown[i] = line_shown(line, i == #lines)
        end
        continued = line:match("^%$ ") or (continued and line:match("^> "))
    end
    local text = table.concat(shown, "\n")
    local unordered = block.classes:includes("unordered")
    if is_latex then
        return book.raw(("\\begin{Console}%s\n%s\n\\end{Console}%s"):format(
            #lines < 10 and "[samepage=true]" or "[]", text, unordered and "\n\\anyorder" or ""))
    end
    return book.raw(('<div class="console"><pre><code>%s</code></pre>%s</div>'):format(book.code_lines(text),
        unordered and '<p class="note">The lines may come in any order.</p>' or ""))
end
