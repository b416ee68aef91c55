"""What belongs to the site as a whole, made of its finished pages: the index for
the search, previews of what other pages link to, the sitemap, and pages that lead
from an old name to the new one.

Usage: site.py DIRECTORY ADDRESS PAGE...   (pages in reading order, without .html;
ADDRESS is where the site will stand). A file whose content stays the same is left
alone."""
import json
import os
import re
import sys
from html.parser import HTMLParser

from lunr.builder import Builder
from lunr.stemmer import stemmer
from lunr.stop_word_filter import WORDS as COMMON

SILENT = {"svg", "script", "style", "button", "math", "nav"}
VOID = {"meta", "link", "img", "br", "hr", "input", "col", "source", "wbr", "base"}
BOXES = {"chunk": "chunk", "quiz": "quiz", "exercise": "exercise"}


class Place:
    """Something that a search can find: a section, a chunk, a quiz, a term."""

    def __init__(self, page, anchor, kind):
        self.page, self.anchor, self.kind = page, anchor, kind
        self.title, self.text, self.code, self.defines = [], [], [], []


class Page(HTMLParser):
    """Reads a page once: its places, where each id's element begins and ends, and
    the links that lead to other pages."""

    def __init__(self, name, text):
        super().__init__()
        self.name, self.text = name, text
        self.lines = [0]
        for line in text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.stack, self.spans, self.links, self.places = [], {}, set(), []
        self.title = self.kind = ""
        self.section = None  # the place that prose belongs to: a section or a term
        self.boxes = []  # places within it, with their depth: a quiz, a chunk in an exercise
        self.into = None  # the list that text goes to, where it is not prose
        self.feed(text)

    def position(self):
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def begin_place(self, anchor, kind):
        self.places.append(Place(self.name, anchor, kind))
        return self.places[-1]

    def current(self):
        return self.boxes[-1][0] if self.boxes else self.section

    def handle_starttag(self, tag, attributes):
        if tag in VOID:
            return
        attributes = dict(attributes)
        classes = (attributes.get("class") or "").split()
        anchor = attributes.get("id")
        self.stack.append((tag, anchor, self.position(), self.into, classes))
        if tag == "body":
            self.kind = classes[0] if classes else ""
        if "main" not in (entry[0] for entry in self.stack[:4]) or self.silent():
            return
        depth = len(self.stack)
        if tag in ("h1", "h2", "h3") and anchor:
            self.section = self.begin_place(anchor, "section")
            self.into = self.section.title
        elif tag == "div" and anchor and BOXES.keys() & set(classes):
            self.boxes.append((self.begin_place(anchor, BOXES[(BOXES.keys() & set(classes)).pop()]), depth))
        elif anchor and anchor.startswith("term-"):
            self.section = self.begin_place(anchor, "term")
            self.into = self.section.title
        elif self.current() and classes:
            place = self.current()
            if place.kind != "section" and {"chunk-name", "exercise-title", "kind"} & set(classes):
                self.into = place.title
            elif "chunk-defines" in classes:
                self.into = place.defines
            elif {"chunk-foot", "chunk-part", "chunk-file", "get", "anchor", "start", "facts"} & set(classes):
                self.into = []
            elif tag == "pre" and place.kind == "chunk":
                self.into = place.code
        if tag == "a" and "#" in attributes.get("href", ""):
            self.links.add(attributes["href"])

    def handle_endtag(self, tag):
        while self.stack:
            name, anchor, start, into, _ = self.stack.pop()
            self.into = into
            while self.boxes and self.boxes[-1][1] > len(self.stack):
                self.boxes.pop()
            if anchor and name == tag:
                end = self.text.index(">", self.position()) + 1
                self.spans[anchor] = (start, end)
            if name == tag:
                return

    def silent(self):
        return any(entry[0] in SILENT for entry in self.stack)

    def handle_data(self, text):
        if not self.stack or self.silent():
            return
        if self.stack[-1][0] == "title":
            self.title = text.rsplit(" · ", 1)[0].strip()
        elif self.into is not None:
            self.into.append(text)
        elif self.current():
            self.current().text.append(text)

    def excerpt(self, anchor):
        """The HTML that a preview of an anchor shows."""
        start, end = self.spans[anchor]
        html = self.text[start:end]
        if html.startswith("<h"):
            paragraph = re.compile(r"<p>.*?</p>|<h[1-6]", re.S).search(self.text, end)
            if paragraph and paragraph[0].startswith("<p"):
                html += paragraph[0]
        elif anchor.startswith("term-"):
            html = re.compile(r"<dd>(.*?)</dd>", re.S).search(self.text, end)[1]
        return html


def joined(parts):
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def words(text):
    """Its words and names, and file names also as wholes."""
    return re.findall(r"\w\w+", text) + re.findall(r"\w+\.[a-z]{1,4}\b", text)


def search_data(pages):
    """What search.js reads: lunr's index, and for each place what to show of it."""
    builder = Builder()
    builder.pipeline.add(stemmer)
    builder.search_pipeline.add(stemmer)
    builder.ref("ref")
    for name, boost in (("title", 8), ("defines", 5), ("body", 1)):
        builder.field(name, boost=boost)
    chapters, places = [], []
    for page in pages:
        if page.kind in ("index", "landing", "page"):
            continue
        chapters.append(page.title)
        for place in page.places:
            title, text, code = joined(place.title), joined(place.text), joined(place.code)
            title = re.sub(r"\s*#?$", "", title)
            shown = code or text
            if not title or not shown:
                continue
            body = [word for word in words(text) if word.lower() not in COMMON] + sorted(set(words(code)))
            builder.add({"ref": str(len(places)), "title": words(title.replace("_", " ")) + words(title),
                         "defines": words(joined(place.defines)), "body": body})
            places.append([len(chapters) - 1, f"{page.name}.html#{place.anchor}", title, place.kind, shown])
    index = builder.build().serialize()
    for _, vector in index["fieldVectors"]:  # term, weight, term, weight …
        vector[1::2] = [round(weight, 2) for weight in vector[1::2]]
    return {"chapters": chapters, "places": places, "index": index}


def previews(pages):
    """For each page, the excerpts of what other pages of the book link to."""
    wanted = {page.name: set() for page in pages}
    for page in pages:
        if page.kind == "index":
            continue
        for link in page.links:
            name, anchor = link.split("#", 1)
            name = name.removesuffix(".html")
            if name and name != page.name and name in wanted:
                wanted[name].add(anchor)
    for page in pages:
        yield page.name, {anchor: page.excerpt(anchor) for anchor in sorted(wanted[page.name]) if anchor in page.spans}


def script(target, value):
    """A script that assigns the value: parsed as JSON, which is quicker than code."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"{target} = JSON.parse('{text}');\n"


MOVED = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Moved</title>
<meta http-equiv="refresh" content="0; url={new}"><link rel="canonical" href="{new}"></head>
<body><p>This page has moved: <a href="{new}">{new}</a></p></body></html>
"""


def main():
    directory, address, *names = sys.argv[1:]

    def write(name, text):
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(path, encoding="utf-8") as file:
                if file.read() == text:
                    return
        except FileNotFoundError:
            pass
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".new", path)

    pages = []
    for name in names:
        with open(os.path.join(directory, name + ".html"), encoding="utf-8") as file:
            pages.append(Page(name, file.read()))
    write("search-index.js", script("data.search", search_data(pages)))
    for name, excerpts in previews(pages):
        write(f"previews/{name}.js", script(f"data.previews[{json.dumps(name)}]", excerpts))
    write("sitemap.xml", '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
          + "".join(f"<url><loc>{address}{name}.html</loc></url>\n" for name in names if name != "404") + "</urlset>\n")
    with open(os.path.join(os.path.dirname(__file__), "renamed.tsv"), encoding="utf-8") as file:
        for line in file:
            old, _, new = line.rstrip("\n").partition("\t")
            if new and "#" not in old and not line.startswith("#"):
                write(old, MOVED.format(new=new))


main()
