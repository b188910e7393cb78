"""Helm's own engine, loaded from its library. Run as a program, so that its Go runtime stays out of the tests' process:
`python helm_engine.py LIBRARY lint|template CHART [KEY=VALUE...]` prints what Helm prints."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

from maven import fetched

FOLDER = Path(__file__).parent.parent / "var" / "helm-engine"
_POM = Path(__file__).parent / "helm_pom.xml"
_LIBRARY = "helm-linux-amd64.so"


class _Result(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("out", "err", "std_out", "std_err")]


class _Lint(ctypes.Structure):
    _fields_ = [("path", ctypes.c_char_p), ("strict", ctypes.c_int), ("quiet", ctypes.c_int)]


class _Template(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_char_p) for name in ("name", "version", "chart", "namespace")),
        ("dependency_update", ctypes.c_int),
        *((name, ctypes.c_char_p) for name in ("values", "values_files", "cert_file", "key_file", "ca_file")),
        ("insecure", ctypes.c_int),
        ("plain_http", ctypes.c_int),
        ("keyring", ctypes.c_char_p),
        ("debug", ctypes.c_int),
        ("repository_config", ctypes.c_char_p),
    ]


def absent() -> str | None:
    """What is missing for Helm's engine to run, or None. The library is fetched once, if Maven is there to do it."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return "no library of Helm's engine for this machine"
    lacking = fetched(_POM, FOLDER)
    if lacking is None and not (FOLDER / _LIBRARY).exists():
        (jar,) = FOLDER.glob("linux-amd64-*.jar")
        unpacked = FOLDER / f"{_LIBRARY}.{os.getpid()}"
        with zipfile.ZipFile(jar) as archive:
            unpacked.write_bytes(archive.read(_LIBRARY))
        unpacked.rename(FOLDER / _LIBRARY)
    return lacking


def helm(command: str, chart: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    """What `helm lint --strict` or `helm template` says of a chart."""
    words = [sys.executable, __file__, str(FOLDER / _LIBRARY), command, str(chart), *settings]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.run(words, capture_output=True, text=True, timeout=240, check=False, env=environment)


def _run(library: str, command: str, chart: str, *settings: str) -> int:
    engine = ctypes.CDLL(library)
    asked: ctypes.Structure
    if command == "lint":
        call, asked = engine.Lint, _Lint(path=chart.encode(), strict=1)
    else:
        call = engine.Template
        asked = _Template(name=b"masterdeal", chart=chart.encode(), values="&".join(settings).encode())
    call.restype = _Result
    result = call(ctypes.byref(asked))
    sys.stdout.write((result.out or b"").decode())
    sys.stderr.write((result.err or b"").decode())
    return 1 if result.err else 0


if __name__ == "__main__":
    sys.exit(_run(*sys.argv[1:]))
