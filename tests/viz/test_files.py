"""Every export of every view at its default opens: SVG parses, PNG decodes, PDF has its fonts, PPTX is a slide show."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pytest
from PIL import Image
from pptx import Presentation
from pypdf import PdfReader

from models.errors import LecternError
from tests.viz.drawing import drawn
from tests.viz.test_sheet import ADDRESS, default, every_view
from viz import pptx
from viz.export import export
from viz.qr import qr_png, qr_svg
from viz.sheet.fonts import faces
from viz.sheet.latex import escaped
from viz.sheet.pdf import to_pdf
from viz.sheet.png import to_png
from viz.sheet.slide import Options, slide, stops
from viz.view import View

SVG = "{http://www.w3.org/2000/svg}"
OPTIONS = Options(ADDRESS, scale=1)
CJK = len(faces()) > 2


@every_view
def test_svg_parses_has_real_text_and_loads_nothing(view: View) -> None:
    data = export(default(view.key), "svg", OPTIONS)
    root = ET.fromstring(data)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == "0 0 1280 720"
    said = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert view.question in said
    assert default(view.key).spec.alt.strip() in (root.findtext(f"{SVG}desc") or "")
    places = re.findall(r'(?:href|src|url\()="?([^")]+)', data.decode())
    assert all(p.startswith(("data:image/png", "#hatch", ADDRESS)) for p in places), places
    assert not {"script", "foreignObject"} & {element.tag.removeprefix(SVG) for element in root.iter()}


@every_view
def test_png_decodes_at_its_size_and_shows_something(view: View) -> None:
    picture = Image.open(io.BytesIO(export(default(view.key), "png", OPTIONS)))
    assert picture.size == (1280, 720)
    shades = np.asarray(picture.convert("L"))[110:560]
    assert (shades < 200).mean() > 0.002, "the middle of the picture is empty"


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_png_is_once_twice_or_four_times_the_size(scale: int) -> None:
    picture = Image.open(io.BytesIO(to_png(slide(default("convolution")), scale)))
    assert picture.size == (1280 * scale, 720 * scale)


def test_png_shows_the_colour_of_a_cell_and_its_letters() -> None:
    picture = Image.open(io.BytesIO(export(default("convolution"), "png", OPTIONS))).convert("RGB")
    colours = {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert {(0x0B, 0x3C, 0x6F), (0xFB, 0xFA, 0xF6), (0x1C, 0x21, 0x27)} <= colours


def test_pdf_has_a_page_for_each_sheet_its_text_and_every_font_inside() -> None:
    sheets = [
        slide(found, OPTIONS) for key in ("masked-scores", "attention", "dot-product") for found in [default(key)]
    ]
    reader = PdfReader(io.BytesIO(to_pdf(sheets)))
    assert len(reader.pages) == 3
    for page, sheet in zip(reader.pages, sheets, strict=True):
        assert (float(page.mediabox.width), float(page.mediabox.height)) == (960, 540)
        assert sheet.title.split("?")[0] in page.extract_text()
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        (descendant,) = font["/DescendantFonts"]
        assert "/FontFile2" in descendant.get_object()["/FontDescriptor"].get_object()
    assert reader.metadata is not None
    assert reader.metadata.title == sheets[0].title


@every_view
def test_pdf_opens(view: View) -> None:
    reader = PdfReader(io.BytesIO(export(default(view.key), "pdf", OPTIONS)))
    (page,) = reader.pages
    assert view.question[:20] in page.extract_text()
    assert [a.get_object()["/A"]["/URI"] for a in page["/Annots"]] == [f"{ADDRESS}?{default(view.key).link()}"]


@every_view
def test_pptx_opens_with_title_picture_alt_text_and_notes(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    once = to_png(slide(default("convolution"), OPTIONS), 1)
    monkeypatch.setattr(pptx, "to_png", lambda sheet, scale: once)  # the pictures have a test of their own
    show = Presentation(io.BytesIO(export(default(view.key), "pptx", OPTIONS)))
    assert len(show.slides) == len(stops(default(view.key)))
    for shown in show.slides:
        assert shown.shapes.title.text_frame.text == view.question
        (picture,) = (shape for shape in shown.shapes if shape.name == "Figure")
        assert default(view.key).spec.alt.strip() in picture._element.nvPicPr.cNvPr.get("descr")
        assert ADDRESS in shown.notes_slide.notes_text_frame.text
        assert view.misconception in shown.notes_slide.notes_text_frame.text
        edge = max(shape.top + shape.height for shape in shown.shapes)
        assert edge <= show.slide_height


def test_pptx_holds_pictures_at_twice_the_size_and_a_slide_for_each_step() -> None:
    show = Presentation(io.BytesIO(export(default("masked-scores"), "pptx", OPTIONS)))
    said = [[s.text_frame.text for s in shown.shapes if s.has_text_frame] for shown in show.slides]
    assert [texts[1] for texts in said][1] == "Step 2 of 5: The mask"
    (picture,) = (shape for shape in show.slides[0].shapes if shape.name == "Figure")
    assert Image.open(io.BytesIO(picture.image.blob)).size[0] == 2560
    links = [run.hyperlink.address for s in show.slides[2].shapes if s.has_text_frame
             for line in s.text_frame.paragraphs for run in line.runs if run.hyperlink.address]  # fmt: skip
    assert links == [f"{ADDRESS}?v=1&view=masked-scores&step=2"]


@every_view
def test_tex_is_a_whole_document_in_which_every_brace_is_closed(view: View) -> None:
    text = export(default(view.key), "tex", OPTIONS).decode()
    bare = re.sub(r"(?<!\\)%.*", "", text).replace(r"\\", "").replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert [
        text.count(rf"\{end}{{{what}}}") for what in ("document", "frame", "tikzpicture") for end in ("begin", "end")
    ] == [1] * 6
    used = set(re.findall(r"\bL[0-9a-f]{6}\b", text))
    assert used == set(re.findall(r"\\definecolor\{(L[0-9a-f]{6})\}", text))
    assert len(re.findall(r"\\(?:fill|path|node)\b", text)) < 12_000  # TeX holds a picture in its memory


def test_no_token_is_a_command_to_tex() -> None:
    text = export(drawn("masked-scores", labels=r"\input{/etc/passwd} $x$ 50% a_b #1 ~ ^"), "tex").decode()
    assert r"\input{" not in text
    assert r"\textbackslash{}input\{/etc/passwd\}" in text
    assert escaped("−∞ ≠ 50%") == r"\ensuremath{-}\ensuremath{\infty} \ensuremath{\neq} 50\%"


def test_a_citation_names_view_link_and_model() -> None:
    text = export(drawn("attention", layer=1), "bib", OPTIONS).decode()
    assert text.startswith("@misc{lectern-attention,\n")
    assert rf"\url{{{ADDRESS}?v=1&view=attention&layer=1}}" in text
    assert "bert-tiny" in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("extension", ["svg", "png", "pdf", "tex", "bib"])
def test_the_same_state_gives_the_same_file(extension: str) -> None:
    once, again = (export(drawn("dot-product"), extension, OPTIONS) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "]]>&amp;", "\x00\x0b", "שלום мир", "😀 a b"])
def test_what_a_person_typed_is_text_in_every_picture(text: str) -> None:
    found = drawn("masked-scores", labels=f"{text} token")
    root = ET.fromstring(export(found, "svg", OPTIONS))
    assert "script" not in {element.tag.removeprefix(SVG) for element in root.iter()}
    assert Image.open(io.BytesIO(export(found, "png", OPTIONS))).size == (1280, 720)
    assert len(PdfReader(io.BytesIO(export(found, "pdf", OPTIONS))).pages) == 1


def test_a_zip_of_slides_has_no_time_of_day() -> None:
    with zipfile.ZipFile(io.BytesIO(export(default("dot-product"), "pptx", OPTIONS))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_a_qr_code_is_square_black_on_white_with_a_quiet_zone() -> None:
    picture = np.asarray(Image.open(io.BytesIO(qr_png(ADDRESS))).convert("L"))
    assert picture.shape[0] == picture.shape[1] >= 512
    assert set(np.unique(picture)) == {0, 255}
    assert (picture[:40] == 255).all()
    assert ET.fromstring(qr_svg(ADDRESS)).tag == f"{SVG}svg"


def test_a_link_too_long_for_a_phone_is_a_sentence() -> None:
    with pytest.raises(LecternError, match="too long for a QR code"):
        qr_svg(ADDRESS + "x" * 2000)
