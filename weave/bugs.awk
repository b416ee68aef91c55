# The index of bugs, in Markdown: what is wrong on purpose, by the kind of fault.
# Reads build/wrong.tsv: program, fault, who sees it, what its run prints.

BEGIN {
    FS = "\t"
    seen["asan"] = "AddressSanitizer"; seen["tsan"] = "ThreadSanitizer"; seen["helgrind"] = "Helgrind"
    seen["valgrind"] = "Valgrind"; seen["drd"] = "DRD"; seen["run"] = "a plain run"; seen["hang"] = "a run that hangs"
}
{
    split($1, path, "/")
    file = path[2] ".c"
    chunk = "chunk-" path[2] "-c"
    gsub(/[^a-z0-9]+/, "-", chunk)
    fault = $2
    gsub(/-/, " ", fault)
    count = split($3, tools, " ")
    by = ""
    for (i = 1; i <= count; i++)
        by = by (i > 1 ? (i == count ? " and " : ", ") : "") (tools[i] in seen ? seen[tools[i]] : tools[i])
    number = path[1]
    sub(/-.*/, "", number)
    sub(/^0/, "", number)
    line = sprintf("- [`%s`](%s.html#%s), %s %s: shown by %s\n", file, path[1], chunk,
                   number ~ /^[0-9]/ ? "chapter" : "appendix", number, by)
    if (!(fault in list)) order[++faults] = fault
    list[fault] = list[fault] line
}
END {
    print "---\ntitle: Index of bugs\npagetitle: Index of bugs\nslug: bugs\nkind: index\n---\n"
    print "# Index of bugs {#index-bugs .unnumbered}\n"
    print "Programs that are wrong on purpose, by what is wrong with them. The tests of the book run each of them and insist that it fails as its page says."
    for (i = 2; i <= faults; i++) # sorted by insertion: awk has no sort
        for (k = i; k > 1 && order[k] < order[k - 1]; k--) {
            swap = order[k]; order[k] = order[k - 1]; order[k - 1] = swap
        }
    print "\n::: index"
    for (i = 1; i <= faults; i++)
        printf "\n## %s {.unnumbered}\n\n%s", order[i], list[order[i]]
    print ":::"
}
