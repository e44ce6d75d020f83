"""Whether code could get at the process that runs it, and at what is measured there: read off its text.

By patterns, which take time in proportion to the text whatever it is; a name in a comment counts as well.
That code could do so proves nothing: it is for where something else speaks against it.
"""

from __future__ import annotations

import posixpath
import re
import sys
import unicodedata
from collections.abc import Collection, Mapping

__all__ = ["could_reach_its_process", "loadable"]

#: Of the standard library, what people's work on arrays uses.
_ORDINARY = (
    "__future__ _pickle abc argparse array base64 bisect builtins bz2 calendar cmath collections colorsys "
    "contextlib copy csv dataclasses datetime decimal enum errno fractions functools getopt glob gzip "
    "hashlib heapq html http io itertools json logging lzma math numbers operator os pathlib pdb pickle "
    "platform pprint queue random re secrets shutil sqlite3 statistics string struct subprocess sys tarfile "
    "tempfile textwrap this time timeit typing urllib uuid warnings zipfile zlib"
)
_MODULES = "|".join(
    (
        *("cffi", "imp", "wall", r"_(?!_future__|pickle\b)\w+"),
        # What some of the Pythons that the judge may be have no more.
        *(
            "asynchat",
            "asyncore",
            "cgi",
            "cgitb",
            "crypt",
            "distutils",
            "imghdr",
            "lib2to3",
            "pipes",
            "smtpd",
        ),
        *("sndhdr", "spwd", "telnetlib", "uu", "xdrlib"),
        *sys.stdlib_module_names.difference(_ORDINARY.split()),
    )
)
_OF_SCRIPTS = (
    r"path|stdin|stdout|stderr|version|version_info|platform|maxsize|float_info|getsizeof|setrecursionlimit"
    r"|exit|argv"
)
#: What a person's own work on arrays has no use for.
_REACHES = re.compile(
    "|".join(
        (
            rf"\b(?:import|from)[ \t]{{1,9}}(?:[^\n;]{{0,99}},[ \t]*)?(?:{_MODULES})\b",
            # Of `sys`, all but what scripts use; or all of it as a value.
            rf"\bsys\s*\.\s*(?!(?:{_OF_SCRIPTS})\b)\w",
            r"(?:=|\(|\[|:)[ \t]*sys[ \t]*(?:[])},;\n]|$)",
            rf"\bsys\s+as\b|\bfrom[ \t]+sys[ \t]+import\b(?![ \t]+(?:{_OF_SCRIPTS})\b)",
            # Editors import names from the other inner modules by themselves.
            r"\b(?:np|numpy)\.(?:ctypeslib|f2py)\b|\.\s*(?:sys|inspect|importlib|gc)\b",
            # What names an attribute, or a module, by a text.
            r"\b(?:attrgetter|methodcaller|Formatter|Unpickler|BytesIO|loads)\b",
            # What runs a text; a breakpoint and a clock do not.
            r"\btimeit\s*\.\s*(?!default_timer\b)\w|\btimeit[ \t]+import\b(?![ \t]+default_timer\b)",
            r"\bpdb\s*\.\s*run|\bpdb[ \t]+import\b(?![ \t]+set_trace\b)",
            # A module of another's.
            r"\bfrom[ \t]{1,9}[\w.]{1,99}[ \t]{1,9}import\b[^\n;#]{0,99}\b(?:sys|gc|inspect|importlib)\b",
            r"__(?:import|globals|builtins|dict|code|closure|wrapped|subclasses|mro|bases?|self|func|loader)__",
            r"__(?:spec|getattribute|reduce|reduce_ex|traceback|context|cause|array_ufunc|array_function)__",
            r"\b(?:tb_frame|f_back|f_locals|f_globals|gi_frame|cr_frame|gi_code|meta_path|mro)\b|\.modules\b",
            r"(?<![.\w])(?:eval|exec|compile|vars|globals|locals)\s*\(|\bsetattr\s*\((?!\s*self\b)",
            # The course's own solver takes the update rule so.
            r"\bgetattr\b(?!\(optim,|\(self, [\"'](?!__)\w+[\"'])",
            # Arrays of objects loop over them in C.
            r"(?:dtype\s*=|astype\()\s*(?:np\.)?object_?\b|,\s*(?:np\.)?object_?\s*\)(?!\s*:)|[\"'](?:O|object)[\"']",
        )
    )
)

#: A coding in which ASCII is not what it seems.
_CODING = re.compile(
    rb"(?:[^\n]{0,999}\n)?[ \t\f]*#[^\n]{0,999}?coding[:=]"
    rb"(?![ \t]*(?:utf-?_?8|latin|l1|iso|ascii|us-ascii|cp12|windows|gb|euc|big5|koi8))"
)


def loadable(files: Mapping[str, bytes], graded: Collection[str]) -> set[str]:
    """The files that graded ones could import, by the words in them: `graded`, packages', and so on in turn.

    What loads a file without its name being there is one of the ways of `could_reach_its_process`.
    """
    by_stem: dict[str, set[str]] = {}
    for path in files:
        if path.endswith(".py"):
            by_stem.setdefault(posixpath.basename(path).removesuffix(".py"), set()).add(path)
    new = {path for path in files if path in graded} | by_stem.get("__init__", set())
    found = set(new)
    while new:
        words = {word for path in new for word in re.findall(r"\w+", _text(files[path]))}
        new = {path for word in words & by_stem.keys() for path in by_stem[word]} - found
        found |= new
    return found


def _text(source: bytes) -> str:
    return unicodedata.normalize("NFKC", source.decode(errors="replace"))


def could_reach_its_process(source: bytes) -> bool:
    """Whether the text of a module has any of the ways."""
    coding = _CODING.match(source)
    return coding is not None or _REACHES.search(_text(source)) is not None
