"""Word documents through kreuzberg, and what every packed office format is checked for first."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import ClassVar

import kreuzberg
from kreuzberg import ExtractionConfig, KreuzbergError

from masterdeal.errors import TooLarge
from tools.document_formats.piece import Broken, Encrypted, Piece, unix_lines

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a password wraps docx and xlsx in this older container
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


class Unpacked(TooLarge):
    """The package unpacks to more bytes than allowed."""

    kind: ClassVar[str] = "unpacked"


def check_package(content: bytes, kind: str, limit: int) -> None:
    """Refuse what is encrypted, is no such package, or unpacks to more than `limit` bytes."""
    if content.startswith(_OLE):
        if _ENCRYPTED_STREAM in content:
            raise Encrypted
        raise Broken("an office format older than 2007")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            if any(entry.flag_bits & 1 for entry in entries):
                raise Encrypted
            if sum(entry.file_size for entry in entries) > limit:
                raise Unpacked(limit=limit)
            damaged = package.testzip()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError, OSError) as problem:
        raise Broken(f"not a readable {kind}") from problem
    if damaged or _MAIN[kind] not in {entry.filename for entry in entries}:
        raise Broken(f"not a {kind}")


def read(content: bytes) -> Piece:
    """Paragraphs by line; the cells of a table row are joined by ' | '."""
    settings = ExtractionConfig(use_cache=False, enable_quality_processing=False)
    try:
        result = kreuzberg.extract_bytes_sync(content, DOCX, settings)
    except KreuzbergError as problem:
        raise Broken("not a readable docx") from problem
    text = unix_lines(result.content)
    at = 0
    for table in result.tables:
        for row in table.cells:
            flat = unix_lines(" ".join(row)).strip()
            found = text.find(flat, at) if flat else -1
            if found < 0:
                continue
            ruled = " | ".join(unix_lines(cell).strip() for cell in row)
            text = text[:found] + ruled + text[found + len(flat) :]
            at = found + len(ruled)
    return Piece(text)
