"""One request to a tracker and its answer, with every failure told apart: try again, or never."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from masterdeal.errors import TrackerRefused, TrackerUnreachable
from masterdeal.instant import HOUR, SECOND

LARGEST_ANSWER: Final = 4 << 20
# Of what a tracker says about a refusal, so much is kept for the operator.
_SHOWN: Final = 300
# They speak of all tasks and end when somebody mends the access, not of this one task.
_NO_ENTRY: Final = frozenset({401, 403})
_PASSING: Final = frozenset({408, 409, 423, 425, 429})


class Exchange:
    """Requests to one tracker over a client that somebody else built. `secret` is kept out of what is told."""

    def __init__(self, client: httpx.Client, url: str, headers: Mapping[str, str], secret: str) -> None:
        self._client = client
        self._url = url
        self._headers = dict(headers)
        self._secret = secret

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> httpx.Response:
        """The answer, where it is a success or one of the `expected` codes."""
        where = f"{method} {path}"
        try:
            answer = self._client.request(
                method,
                self._url + path,
                json=body,
                params=dict(params) if params else None,
                content=content,
                headers={**self._headers, **(headers or {})},
            )
        except httpx.HTTPError as error:
            raise TrackerUnreachable(f"{self._plain(where)}: {type(error).__name__}") from error
        if answer.is_success or answer.status_code in expected:
            return answer
        told = f"{where}: {answer.status_code} {' '.join(answer.text.split())[:_SHOWN]}"
        code = answer.status_code
        if code >= 500 or code in _PASSING or code in _NO_ENTRY:
            raise TrackerUnreachable(self._plain(told), retry_after=retry_after(answer.headers), status=code)
        raise TrackerRefused(self._plain(told), status=code)

    def json(self, answer: httpx.Response) -> Any:
        """The answer's JSON. One that cannot be read tells nothing of what happened, so it is as good as none."""
        if len(answer.content) > LARGEST_ANSWER:
            raise TrackerUnreachable("the answer is too large")
        try:
            return answer.json()
        except ValueError as error:
            raise TrackerUnreachable(f"{answer.status_code}: the answer is not JSON") from error

    def ask(self, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Any:
        """The JSON of the answer."""
        return self.json(self.call(method, path, body, params))

    def _plain(self, text: str) -> str:
        return text.replace(self._secret, "***") if self._secret else text


def retry_after(headers: Mapping[str, str]) -> int | None:
    """How long the tracker asks to be left alone, in microseconds; an hour at the most. A date is read against the
    answer's own Date."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return min(int(text) * SECOND, HOUR)
    try:
        until = parsedate_to_datetime(text)
        said = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    zone = UTC
    wait = _aware(until, zone) - _aware(said, zone)
    return min(max(int(wait.total_seconds()), 0) * SECOND, HOUR)


def _aware(moment: datetime, zone: Any) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def within(found: Any, *path: str | int) -> Any:
    """A member of an answer. TrackerUnreachable where the answer has another shape than the tracker documents."""
    here = found
    for step in path:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            raise TrackerUnreachable(f"the answer has no {'.'.join(map(str, path))}") from None
    return here
