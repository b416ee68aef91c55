#!/usr/bin/env python3
"""Each archive must be refused, and give no point: status error, 0 points.

archives.py FOLDER EXERCISE/FILE SOLUTION writes one archive of each kind into
FOLDER. All of them but the unreadable hold the solution as well, which would
have all points if the archive were taken."""

import gzip
import io
import os
import sys
import tarfile
import zipfile

folder, wanted, solution = sys.argv[1], sys.argv[2], open(sys.argv[3], "rb").read()
os.makedirs(folder, exist_ok=True)


def member(name, data=b"", kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, link
    return info, data


def tar(name, *members, packed=False, good=True, form=tarfile.PAX_FORMAT):
    mode = "w:gz" if packed else "w"
    with tarfile.open(os.path.join(folder, name), mode, format=form,
                      encoding="utf-8", errors="surrogateescape") as archive:
        if good:
            info, data = member(wanted, solution)
            archive.addfile(info, io.BytesIO(data))
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))


def zipped(name, *members):
    with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(wanted, solution)
        for inner, data in members:
            archive.writestr(inner, data)


def raw(name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


# Names that lead elsewhere.
tar("dotdot.tar.gz", member("../../tmp/hostile", b"x"), packed=True)
tar("dotdot-inside.tar", member("ex/../../../hostile", b"x"))
tar("dotdot-wanted.tar", member("../" + wanted, solution), good=False)
tar("absolute.tar", member("/tmp/hostile", b"x"))
tar("absolute-wanted.tar", member("/" + wanted, solution), good=False)
zipped("dotdot-zip.zip", ("../../tmp/hostile", b"x"))
zipped("absolute-zip.zip", ("/tmp/hostile", b"x"))

# One name for two files; two files for one exercise.
tar("duplicate.tar", member(wanted, b"int other;"))
tar("duplicate-prefix.tar", member("eve/" + wanted, b"int other;"))
import warnings
warnings.simplefilter("ignore")
zipped("duplicate-zip.zip", (wanted, b"int other;"))

# What is no file.
tar("symlink.tar", member("link", kind=tarfile.SYMTYPE, link="/etc/passwd"))
tar("symlink-wanted.tar", member(wanted, kind=tarfile.SYMTYPE, link="/etc/passwd"), good=False)
tar("symlink-through.tar", member("out", kind=tarfile.SYMTYPE, link="/tmp"),
    member("out/hostile", b"x"))
tar("hardlink.tar", member("link", kind=tarfile.LNKTYPE, link="/etc/passwd"))
tar("device.tar", member("memory", kind=tarfile.CHRTYPE))
tar("fifo.tar", member("fifo", kind=tarfile.FIFOTYPE))
entry = zipfile.ZipInfo("link")
entry.create_system, entry.external_attr = 3, 0o120777 << 16
with zipfile.ZipFile(os.path.join(folder, "symlink-zip.zip"), "w") as archive:
    archive.writestr(wanted, solution)
    archive.writestr(entry, "/etc/passwd")

# Names that are no text.
tar("newline.tar", member("first\nsecond.c", b"x"))
tar("escape.tar", member("\x1b[2Jcleared.c", b"x"))
tar("utf8.tar", member("caf\udce9.c", b"x"), form=tarfile.GNU_FORMAT)

# More than there should be.
zeros = b"\0" * (70 << 20)
tar("bomb.tar.gz", member("zeros", zeros), packed=True)
zipped("bomb-zip.zip", ("zeros", zeros))
tar("large.tar", member("eve/" + wanted, b" " * (2 << 20)), good=False)
tar("long-name.tar", *[member("a/" * 6000 + "../" * 7000 + "b", b"x")])


def headers(numbers):
    """A thousand empty files, as one member of a gzip file, which may be
    followed by more."""
    return gzip.compress(b"".join(tarfile.TarInfo(f"f{n}").tobuf(tarfile.USTAR_FORMAT)
                                  for n in numbers), mtime=0)


first, data = member(wanted, solution)
raw("million.tar.gz",
    gzip.compress(first.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-len(data) % 512)) +
    headers(range(1000)) * 1000 + gzip.compress(b"\0" * 1024))

# What cannot be read.
raw("empty.tar.gz", b"")
raw("binary.zip", bytes((i * 7919 >> 3) % 256 for i in range(5000)))
tar("cut.tar", member("a.txt", b"x" * 5000))
whole = open(os.path.join(folder, "cut.tar"), "rb").read()
raw("cut.tar", whole[:2000])
raw("cut-gzip.tar.gz", gzip.compress(os.urandom(9000) + whole)[:3000])
liar = tarfile.TarInfo(wanted)
liar.size = (1 << 33) - 1
raw("liar.tar", liar.tobuf(tarfile.GNU_FORMAT) + solution)
pax = tarfile.TarInfo("pax")
pax.type, pax.size = tarfile.XHDTYPE, (1 << 33) - 1
raw("pax.tar", pax.tobuf(tarfile.USTAR_FORMAT) + b"30 path=" + b"a" * 600)
