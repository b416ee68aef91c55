# A noweb filter: in C, put a chunk's name as a comment above a use of the chunk
# that stands alone on its line, so that the tangled source keeps the outline.
# A line is held back until it ends, for only then is it known to hold nothing else.

/^@text / && line == "" && !used { indent = substr($0, 7); line = $0; next }
/^@use / && !used && (line == "" || indent ~ /^ *$/) { used = $0; next }
/^@text $/ && used { next }
/^@nl$/ && used {
    if (line == "") indent = ""
    print "@text " indent "/* " substr(used, 6) " */"
    print "@nl"
}
{
    if (line != "") print line
    if (used) print used
    line = used = ""
    print
}
