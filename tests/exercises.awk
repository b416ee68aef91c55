# Print the table exercise x variant from the verdicts of their tests, files
# build/exercises/EXERCISE/VARIANT/verdict.BUILD that hold pass or fail, and say
# what is not as it must be: starter fails, solution passes, mutants fail.

{
    split(FILENAME, path, "/")
    id = path[3]; variant = path[4]; build = substr(path[5], 9)
    if (!(id in seen)) { seen[id] = 1; ids[++count] = id }
    if (variant == "starter") starter[id] = $1
    else if (variant == "solution") solution[id, build] = $1
    else {
        if (!((id, variant) in mutant)) {
            mutant[id, variant] = "lives"; mutants[id]++
            order[id, mutants[id]] = variant
        }
        if ($1 == "fail" && mutant[id, variant] == "lives") {
            mutant[id, variant] = "caught"; caught[id]++
        }
    }
}

function expect(id, what, verdict, wanted) {
    if (verdict == wanted) { good++; return verdict }
    bad++
    problems = problems sprintf("%s: %s: %s, but must %s\n", id, what, verdict, wanted)
    return verdict "!"
}

END {
    form = "%-24s %-8s %-9s %-6s %-6s %s\n"
    printf form, "exercise", "starter", "solution", "asan", "tsan", "mutants caught"
    for (i = 1; i <= count; i++) {
        id = ids[i]
        for (k = 1; k <= mutants[id]; k++)
            expect(id, order[id, k], mutant[id, order[id, k]], "caught")
        printf form, id, expect(id, "starter", starter[id], "fail"),
            expect(id, "solution", solution[id, "bin"], "pass"),
            expect(id, "solution under ASan and UBSan", solution[id, "asan"], "pass"),
            expect(id, "solution under TSan", solution[id, "tsan"], "pass"),
            caught[id] + 0 " of " mutants[id] + 0
    }
    printf "%s%d passed, %d failed\n", problems, good, bad
    exit bad > 0
}
