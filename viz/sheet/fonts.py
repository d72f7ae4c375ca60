"""Where letters come from, and how wide they are: Source Sans Pro, and DejaVu Sans for what it does not have.

Both are files of installed packages, so a picture looks the same on every machine. Chinese, Japanese and Korean come
from Droid Sans Fallback where Debian's fonts-droid-fallback is installed.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from models.errors import LecternError

STACK = "'Source Sans 3','Source Sans Pro','Segoe UI','Helvetica Neue','DejaVu Sans',Arial,sans-serif"
FALLBACK = Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")


@dataclass(frozen=True)
class Face:
    """One family in two weights."""

    name: str
    regular: Path
    bold: Path

    def file(self, bold: bool) -> Path:
        """Return the file of a weight."""
        return self.bold if bold else self.regular


@cache
def faces() -> tuple[Face, ...]:
    """Return the families, the first that has a letter draws it."""
    source, dejavu = _package("font_source_sans_pro", "files"), _package("matplotlib", "mpl-data/fonts/ttf")
    known = (
        Face("Source Sans Pro", source / "SourceSansPro-Regular.ttf", source / "SourceSansPro-Bold.ttf"),
        Face("DejaVu Sans", dejavu / "DejaVuSans.ttf", dejavu / "DejaVuSans-Bold.ttf"),
    )
    return (*known, Face("Droid Sans Fallback", FALLBACK, FALLBACK)) if FALLBACK.is_file() else known


def _package(name: str, folder: str) -> Path:
    """Return a folder of an installed package; the package itself is not imported."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise LecternError(f"Pictures need the fonts of the package {name}, which is not installed.")
    return Path(spec.submodule_search_locations[0]) / folder


def face_of(letter: str, bold: bool = False) -> int:
    """Return which family draws a letter; the last one where none has it, which draws an empty box."""
    have = (place for place, face in enumerate(faces()) if ord(letter) in _advances(face.file(bold)))
    return next(have, 1)


def runs(text: str, bold: bool) -> list[tuple[int, str]]:
    """Return the text in pieces that one family draws: (which family, piece)."""
    pieces: list[tuple[int, str]] = []
    for letter in text:
        face = face_of(letter, bold)
        if pieces and pieces[-1][0] == face:
            pieces[-1] = (face, pieces[-1][1] + letter)
        else:
            pieces.append((face, letter))
    return pieces


def width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a line of text is at a size, kerning left out."""
    return size * sum(_advance(letter, bold) for letter in text)


@cache
def _advance(letter: str, bold: bool) -> float:
    return _advances(faces()[face_of(letter, bold)].file(bold)).get(ord(letter), 0.6)


@cache
def _advances(file: Path) -> dict[int, float]:
    """Return by code point how wide each letter of a font is, in sizes."""
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        em, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
        return {code: metrics[glyph][0] / em for code, glyph in font.getBestCmap().items()}


def cut(text: str, size: float, room: float, bold: bool = False) -> str:
    """Return the text, shortened with an ellipsis where it is wider than the room."""
    if width(text, size, bold) <= room:
        return text
    kept = text
    while kept and width(f"{kept}…", size, bold) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def wrap(text: str, size: float, room: float, most: int, bold: bool = False) -> list[str]:
    """Return the text in lines no wider than the room; what does not fit into so many is cut with an ellipsis."""
    lines = [""]
    words = text.split()
    for place, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, bold) <= room or not lines[-1]:
            lines[-1] = longer
        elif len(lines) == most:
            lines[-1] = " ".join([lines[-1], *words[place:]])
            break
        else:
            lines.append(word)
    return [cut(line, size, room, bold) for line in lines if line]
