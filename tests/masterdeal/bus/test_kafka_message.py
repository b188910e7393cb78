"""CloudEvents on Kafka in both modes; whatever is none comes back with its reason."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from installation import hours
from portfolios import cloud_event

from masterdeal.bus.kafka.message import Headers, incoming
from masterdeal.flow.intake import read
from masterdeal.reference import read_rulebook

BOOK = read_rulebook()
EVENT = cloud_event("crm.brief.submitted", hours(1), data={"text": "Кампания"})
BODY = msgspec.json.encode(EVENT)
BINARY = [
    *((f"ce_{name}", str(EVENT[name]).encode()) for name in ("specversion", "id", "source", "type", "time")),
    ("ce_subject", b"MD-1"),
    ("content-type", b"application/json; charset=utf-8"),
]


@pytest.mark.parametrize("media", [b"application/cloudevents+json; charset=UTF-8", None])
def test_structured_mode_is_the_value(media: bytes | None) -> None:
    headers: Headers = [] if media is None else [("content-type", media)]
    assert incoming(headers, BODY, BOOK) == read(BODY, BOOK)


def test_binary_mode_is_headers_and_data() -> None:
    event = incoming(BINARY, msgspec.json.encode(EVENT["data"]), BOOK)
    told = read(BODY, BOOK)
    assert event.refusal is None
    assert (event.source, event.id, event.type, event.subject, event.time, event.data) == (
        told.source,
        told.id,
        told.type,
        told.subject,
        told.time,
        told.data,
    )


def test_header_names_have_no_case() -> None:
    headers: Headers = [(name.upper(), value) for name, value in BINARY]
    assert incoming(headers, b"{}", BOOK).refusal is None


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ([], None, "not_json"),
        ([], b"", "not_json"),
        ([], b"\xff\xfe\x00", "not_json"),
        ([], b"{}", "not_a_cloudevent"),
        ([("content-type", b"application/cloudevents+avro")], BODY, "not_a_cloudevent"),
        ([("content-type", b"application/cloudevents-batch+json")], b"[]", "not_a_cloudevent"),
        ([*BINARY[:-1], ("content-type", b"text/xml")], b"<a/>", "not_a_cloudevent"),
        (BINARY, b"{", "not_json"),
        (BINARY[1:], b"{}", "not_a_cloudevent"),
    ],
)
def test_what_is_no_event_says_why(headers: Headers, value: bytes | None, reason: str) -> None:
    event = incoming(headers, value, BOOK)
    assert event.refusal == reason
    assert event.detail


def test_a_refused_binary_event_still_says_whose_it_is() -> None:
    event = incoming(BINARY, b"{", BOOK)
    assert (event.source, event.id, event.type) == ("crm", "crm.brief.submitted", "crm.brief.submitted")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_time", "ce_specversion", "content-type", "x"]),
            st.none() | st.binary() | st.text(),
        )
    ),
    st.none() | st.binary(),
)
def test_6_no_message_whatever_breaks_the_reading(headers: Headers, value: bytes | None) -> None:
    event = incoming(headers, value, BOOK)
    assert event.refusal is None or event.detail
