# Turn a header of lib/ into a page of the manual that says the same: Markdown for
# pandoc -t man. A comment that begins in the first column documents what follows
# it, up to the next one. In a comment, "name  text" is an item of a list, and
# lines that are indented further continue it; a blank line begins a paragraph.
# Wants: -v page=executor -v date=2026-11-21.

BEGIN {
    printf "%% %s(3hands) | Many Hands\n%%\n%% %s\n\n", toupper(page), date
}

# What the compiler alone needs.
/^#(line|ifndef|endif|include)/ || $0 == "#define " toupper(page) "_H" { next }

/^\/\*/ { comment = 1; documented++ }
comment {
    end = sub(/ *\*\/$/, "")
    sub(/^\/\* ?/, "") || sub(/^ \* ?/, "") || sub(/^ \*$/, "")
    text[documented] = text[documented] prose($0)
    if (end) { comment = item = 0 }
    next
}
{
    code[documented] = code[documented] $0 "\n"
    if (match($0, /^[a-z_#][A-Za-z0-9_ *]*[ *][a-z0-9_]+\(/)) {
        name = substr($0, 1, RLENGTH - 1); sub(/.*[ *]/, "", name)
        names = names ", " name
    }
}

function prose(line,    indent, term) {
    match(line, /^ */); indent = RLENGTH; line = substr(line, indent + 1)
    gsub(/[\\*_<>\[\]`#]/, "\\\\&", line)
    if (line == "") { item = 0; return "\n" }
    if (match(line, /^[^ ]+( and [^ ]+|, [^ ]+)*  +/) && indent < 5) {
        term = substr(line, 1, RLENGTH); sub(/ +$/, "", term)
        item = indent + 1
        return "\n**" term "**\n:   " substr(line, RLENGTH + 1) "\n"
    }
    if (item && indent < item + 2) { # the list ends, or an item whose name is long
        item = 0; line = "\n" line
    }
    return (item ? "    " : "") line "\n"
}

END {
    summary = text[1]; sub(/\n\n.*/, "", summary); gsub(/\n/, " ", summary)
    sub(/[.:;].*/, "", summary)
    printf "# NAME\n\n%s%s - %s\n\n", page, names, summary
    printf "# SYNOPSIS\n\n```\n#include \"lib/%s.h\"\n\n", page
    printf "cc program.c $(pkg-config --cflags --libs hands)\n```\n\n# DESCRIPTION\n\n"
    for (i = 1; i <= documented; i++) {
        sub(/^\n+/, "", code[i]); sub(/\n+$/, "", code[i])
        printf "%s\n", text[i]
        if (code[i] != "") printf "```\n%s\n```\n\n", code[i]
    }
}
