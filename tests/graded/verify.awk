# Read the verdicts build/graded/EXERCISE/VARIANT[-SEED].json, one key a line as
# the judge writes them, and say what is not as it must be: the starter has no
# point, the solution all, each mutant less than all, and is told why.

FNR == 1 { end_of_file(); name = FILENAME; status = words = message = ""; points = max = 0; tests = 0; changed = "" }
/^ "points": / { points = $2 + 0 }
/^ "max": / { max = $2 + 0 }
/^ "status": / { status = $2; gsub(/[",]/, "", status) }
/^ "message": / { message = $0; sub(/^ "message": "/, "", message) }
/^   "result": / { result = $2; gsub(/[",]/, "", result); tests++ }
/not the same as for the reference/ { changed = $0 }
/^   "feedback": / && result == "fail" && !words { words = $0; sub(/^   "feedback": "/, "", words) }
END { end_of_file(); printf "%d passed, %d failed\n", good, bad; exit bad > 0 }

function end_of_file(   path, variant, problem) {
    if (!name)
        return
    split(name, path, "/")
    variant = path[4]
    if (status == "infra" || tests == 0)
        problem = "broke down: " message
    else if (variant ~ /^starter/ && (points != 0 || status != "fail"))
        problem = "has " points " points, status " status ": " message
    else if (variant ~ /^solution/ && (status != "pass" || points != max))
        problem = status ", " points " of " max " points: " words message
    else if (variant ~ /^mutant/ && (status != "fail" || points >= max))
        problem = status ", " points " of " max " points: " words message
    else if (variant ~ /^mutant/ && length(words) < 20)
        problem = "is told only: " words
    else if (changed)
        problem = "is taken for a cheat: " changed
    if (problem) {
        bad++
        printf "%s: %s: %s\n", path[3], variant, substr(problem, 1, 400)
    } else
        good++
}
