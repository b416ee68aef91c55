"""The index of terms, in Markdown: for each term of the glossary the section that
defines it and those that say most about it.

Usage: terms.py PAGE.md...   (the chapters' woven Markdown, in reading order)"""
import re
import sys
from collections import Counter

HEADING = re.compile(r'^#{2,3} (.*?) \{#(\S+?)(?: number="(.*?)")?[ }]')
TERM = re.compile(r'\[([^\[\]]+)\]\{\.term(?: of="(.*?)")?\}')
MOST = 4  # sections beside the one that defines a term


def glossary_id(term):
    return "term-" + re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def sections(paths):
    """(address, number, text) of every numbered section, without its code."""
    for path in paths:
        page = path.rsplit("/", 1)[-1].removesuffix(".md")
        address = number = None
        lines, fenced = [], False
        for line in open(path, encoding="utf-8"):
            if line.startswith("```"):
                fenced = not fenced
            heading = not fenced and HEADING.match(line)
            if heading:
                yield address, number, " ".join(lines)
                address, number, lines = f"{page}.html#{heading[2]}", heading[3], []
            elif not fenced and not line.startswith(":"):
                lines.append(line.strip())
        yield address, number, " ".join(lines)


def phrases(text):
    """How often each run of one to four words stands in a text."""
    words = re.findall(r"\w+", text.lower())
    return Counter(" ".join(words[at:at + length]) for length in range(1, 5) for at in range(len(words)))


def link(section):
    return f"[{section[1]}]({section[0]})"


def main():
    book = [section for section in sections(sys.argv[1:]) if section[1]]
    said = [phrases(text) for _, _, text in book]
    defined = {}  # headword: the section that defines it
    for section in book:
        for shown, headword in TERM.findall(section[2]):
            defined.setdefault((headword or shown).strip("*"), section)
    print("---\ntitle: Index of terms\npagetitle: Index of terms\nslug: terms\nkind: index\n---\n")
    print("# Index of terms {#index-terms .unnumbered}\n")
    print("The first number is the section that defines the term, the others are those that say most about it. The term itself leads to its entry in the glossary.\n")
    print("::: index")
    for term in sorted(defined, key=lambda term: (re.sub(r"^\W+", "", term.lower()), term)):
        phrase = " ".join(re.findall(r"\w+", term.lower()))
        counts = Counter({at: said[at][phrase] + said[at][phrase + "s"] + said[at][phrase + "es"]
                          for at, section in enumerate(book) if section is not defined[term]})
        most = sorted(at for at, count in counts.most_common(MOST) if count > 1)
        also = "".join(", " + link(book[at]) for at in most)
        print(f"- [{term}](D-glossary.html#{glossary_id(term)}): **{link(defined[term])}**{also}")
    print(":::")


main()
