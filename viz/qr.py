"""The link to a state as a QR code, for the phones in the hall."""

import io

import segno

from models.errors import LecternError

# Codes with more letters than this are too fine for a phone in the tenth row.
MOST_LETTERS = 1200
QUIET = 4


def qr_svg(link: str, size: int = 512) -> bytes:
    """Return the link as a QR code in SVG, black on white with its quiet zone."""
    buffer = io.BytesIO()
    code = _code(link)
    code.save(buffer, "svg", scale=size / _modules(code), border=QUIET, light="#ffffff", title=link, unit=None)
    return buffer.getvalue()


def qr_png(link: str, size: int = 512) -> bytes:
    """Return the link as a QR code in PNG, at least so many pixels wide."""
    buffer = io.BytesIO()
    code = _code(link)
    code.save(buffer, "png", scale=-(-size // _modules(code)), border=QUIET)
    return buffer.getvalue()


def _modules(code: segno.QRCode) -> int:
    return int(code.symbol_size(border=QUIET)[0])


def _code(link: str) -> segno.QRCode:
    if len(link) > MOST_LETTERS:
        raise LecternError(
            f"A link of {len(link):,} letters is too long for a QR code that a phone can read: "
            f"shorten the text to stay below {MOST_LETTERS:,}."
        )
    return segno.make(link, error="m", micro=False)
