"""Files of every kind become one text; bad ones get a clear answer."""

import io
import zipfile
from datetime import date
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from masterdeal.errors import DealError
from tools.document import (
    BrokenDocument,
    EmptyDocument,
    EncryptedDocument,
    HugeDocument,
    ScanWithoutText,
    UnknownKind,
    read_document,
)

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'officeDocument" Target="word/document.xml"/></Relationships>'
)


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def docx(lines: list[str], rows: list[tuple[str, ...]] = []) -> bytes:  # noqa: B006
    table = "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    body = "".join(map(paragraph, lines)) + (f"<w:tbl>{table}</w:tbl>" if rows else "")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _RELS)
        package.writestr(
            "word/document.xml",
            '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"<w:body>{body}</w:body></w:document>",
        )
    return packed.getvalue()


def xlsx(rows: list[list[object]]) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "Бриф"
    for row in rows:
        sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def pdf(pages: list[str], trailer: str = "") -> bytes:
    """A minimal PDF whose font maps each code back to its character."""
    code = {char: index + 1 for index, char in enumerate(sorted(set("".join(pages))))}
    mapping = "".join(f"<{number:02X}> <{ord(char):04X}>\n" for char, number in code.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange "
        f"<00> <FF> endcodespacerange\n{len(code)} beginbfchar\n{mapping}endbfchar endcmap end end"
    )
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{' '.join(f'{4 + 2 * i} 0 R' for i in range(len(pages)))}]/Count {len(pages)}>>",
        f"<</Type/Font/Subtype/TrueType/BaseFont/Arial/FirstChar 0/LastChar 255/Widths[{' '.join(['500'] * 256)}]"
        f"/ToUnicode {4 + 2 * len(pages)} 0 R>>",
    ]
    for index, page in enumerate(pages):
        shown = "".join(
            "<" + "".join(f"{code[char]:02X}" for char in line) + "> Tj T* " for line in page.split("\n")
        )
        stream = f"BT /F1 12 Tf 50 800 Td 14 TL {shown}ET"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * index} 0 R>>"
        )
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
    objects.append(f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream")
    text, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(text))
        text += f"{number} 0 obj{content}endobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(
        f"{offset:010d} 00000 n \n" for offset in offsets
    )
    return (
        text
        + table
        + f"trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{len(text)}\n%%EOF"
    ).encode()


def mail(body: str, *attachments: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"] = "Ольга Белова <o.belova@example.ru>"
    message["To"] = "sales@example.ru"
    message["Subject"] = "Бриф на март"
    message["Date"] = "Mon, 16 Feb 2026 10:00:00 +0300"
    message.set_content(body)
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_text_keeps_its_characters_and_loses_only_the_carriage_returns() -> None:
    document = read_document("b.txt", "Бюджет\r\n5 млн ₽".encode())
    assert (document.kind, document.text, document.pages) == ("txt", "Бюджет\n5 млн ₽", 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r"])
def test_russian_encodings_are_told_apart(encoding: str) -> None:
    text = "Добрый день! Нужна рекламная кампания в Москве, бюджет 3 млн рублей."
    assert read_document("b.txt", text.encode(encoding)).text == text


def test_a_word_table_keeps_its_cells_apart() -> None:
    document = read_document(
        "бриф.docx", docx(["Бриф"], [("Бюджет", "5 млн руб. без НДС"), ("Период", "март")])
    )
    assert document.text.splitlines()[-2:] == ["Бюджет | 5 млн руб. без НДС", "Период | март"]


def test_a_workbook_is_rows_of_cells_under_the_title_of_its_sheet() -> None:
    document = read_document(
        "b.xlsx", xlsx([["Бюджет, руб.", 5000000], [None, None], ["Старт", date(2026, 3, 1)]])
    )
    assert document.text == "Бриф\nБюджет, руб. | 5000000\nСтарт | 01.03.2026"
    assert document.parts[0].name == "Бриф"


def test_each_page_of_a_pdf_is_a_part_that_points_into_the_text() -> None:
    document = read_document("b.pdf", pdf(["Бюджет 5 млн\nПериод март", "Вторая страница"]))
    assert document.pages == 2
    assert [document.text[part.start : part.end] for part in document.parts] == [
        "Бюджет 5 млн\nПериод март",
        "Вторая страница",
    ]


def test_a_mail_gives_headers_body_and_every_attachment_with_its_offsets() -> None:
    inner = mail("Старый бюджет 2 млн", ("t.txt", "Гео: Казань".encode()))
    document = read_document(
        "m.eml", mail("Бриф во вложении", ("бриф.docx", docx(["Цель: продажи"])), ("old.eml", inner))
    )
    assert "From: Ольга Белова <o.belova@example.ru>" in document.text
    by_name = {part.name: document.text[part.start : part.end] for part in document.parts}
    assert by_name["бриф.docx"] == "Цель: продажи"
    assert "Старый бюджет 2 млн" in by_name["old.eml"]
    assert "Гео: Казань" in by_name["old.eml"]


def test_a_mail_in_html_is_read_as_it_is_seen() -> None:
    message = EmailMessage()
    message["From"] = "a@example.ru"
    message.set_content(
        "<style>p{}</style><p>Бюджет <b>3&nbsp;млн</b></p><table><tr><td>Гео</td><td>Тула</td></tr></table>"
        "<blockquote><div>старое письмо</div></blockquote>",
        subtype="html",
    )
    text = read_document("m.eml", message.as_bytes()).text
    assert "Гео | Тула" in text
    assert "> старое письмо" in text
    assert "p{}" not in text


def test_a_bad_attachment_is_named_and_does_not_spoil_the_mail() -> None:
    document = read_document("m.eml", mail("Тело", ("a.docx", b"not a zip"), ("b.exe", b"MZ")))
    assert {part.name: bool(part.skipped) for part in document.parts} == {
        "body": False,
        "a.docx": True,
        "b.exe": True,
    }


def test_clear_answers_for_what_cannot_be_read() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100 + "EncryptedPackage".encode("utf-16-le")
    locked = "/Encrypt<</Filter/Standard/V 1/R 2/O<" + "0" * 64 + ">/U<" + "0" * 64 + ">/P -4>>/ID[<00><00>]"
    for name, content, error in (
        ("a.docx", b"PK\x03\x04broken", BrokenDocument),
        ("a.xlsx", docx(["слово"]), BrokenDocument),
        ("a.xlsx", xlsx([["a"]])[:900], BrokenDocument),
        ("a.pdf", b"%PDF-1.4 nothing", BrokenDocument),
        ("a.eml", "просто текст".encode(), BrokenDocument),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", BrokenDocument),
        ("a.docx", ole, EncryptedDocument),
        ("a.pdf", pdf(["текст"], locked), EncryptedDocument),
        ("a.txt", b"", EmptyDocument),
        ("a.txt", b" \n\t ", EmptyDocument),
        ("a.docx", docx([""]), EmptyDocument),
        ("a.xlsx", xlsx([[None]]), EmptyDocument),
        ("a.pdf", pdf([" "]), ScanWithoutText),
        ("a.exe", b"MZ", UnknownKind),
    ):
        with pytest.raises(error) as caught:
            read_document(name, content)
        assert caught.value.facts["name"] == name


def test_the_limit_counts_the_bytes_given_and_the_bytes_unpacked() -> None:
    with pytest.raises(HugeDocument) as caught:
        read_document("a.txt", b"x" * 11, limit=10)
    assert caught.value.facts == {"name": "a.txt", "size": 11, "limit": 10}
    bomb = docx(["0" * 3_000_000])
    assert len(bomb) < 20_000
    with pytest.raises(HugeDocument):
        read_document("a.docx", bomb, limit=20_000)


@given(st.sampled_from(["a.txt", "a.md", "a.docx", "a.xlsx", "a.pdf", "a.eml", "a"]), st.binary(max_size=300))
def test_any_bytes_give_a_document_or_an_error_of_ours(name: str, content: bytes) -> None:
    try:
        document = read_document(name, content)
    except DealError:
        return
    assert document.text.strip()


@given(
    st.binary(min_size=1, max_size=40),
    st.integers(0, 10_000),
    st.sampled_from(["docx", "xlsx", "pdf", "eml"]),
)
def test_a_damaged_file_gives_a_document_or_an_error_of_ours(noise: bytes, at: int, kind: str) -> None:
    sound = {
        "docx": docx(["Бриф"], [("a", "b")]),
        "xlsx": xlsx([["Бюджет", 1]]),
        "pdf": pdf(["Бриф"]),
        "eml": mail("Тело", ("a.txt", b"text")),
    }[kind]
    place = at % len(sound)
    try:
        document = read_document(f"a.{kind}", sound[:place] + noise + sound[place + len(noise) :])
    except DealError:
        return
    assert all(document.text[part.start : part.end] is not None for part in document.parts)
