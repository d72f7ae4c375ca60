"""A sheet -> PNG, drawn by resvg from the SVG with our own font files."""

import resvg_py

from models.errors import LecternError
from viz.sheet.fonts import faces
from viz.sheet.marks import Sheet
from viz.sheet.slide import SCALES
from viz.sheet.svg import to_svg


def to_png(sheet: Sheet, scale: int = 2) -> bytes:
    """Return the sheet as PNG bytes at 1, 2 or 4 times its 1280 by 720 units."""
    if scale not in SCALES:
        raise LecternError(f"A picture is drawn at a scale of 1, 2 or 4, and {scale} was asked for.")
    return rasterised(to_svg(sheet), round(sheet.width * scale))


def rasterised(svg: bytes, width: int) -> bytes:
    """Return an SVG as PNG bytes of this width in pixels."""
    files = sorted({str(face.file(bold)) for face in faces() for bold in (False, True)})
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg.decode(),
            width=width,
            skip_system_fonts=True,
            font_files=files,
            font_family=faces()[0].name,
            sans_serif_family=faces()[0].name,
        )
    )
