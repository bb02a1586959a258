import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from policies.documents.names import (
    HeaderName,
    HeaderValue,
    HookMethod,
    HookUrl,
    Label,
    MetricName,
    OperatorName,
    PolicyName,
)
from policies.domain.policy import Operator


def taken(kind, value):
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (PolicyName, "canary-2"),
        (Label, "30% of all traffic"),
        (MetricName, "latency_p95"),
        (HookUrl, "https://ci.example.com:8443/hook?a=b"),
        (HeaderName, "X-Token"),
        (HeaderValue, "Bearer abc\tdef"),
    ],
)
def test_value__proper__is_taken_as_it_is(kind, value):
    assert taken(kind, value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (PolicyName, "Canary"),
        (PolicyName, "a" * 64),
        (PolicyName, "-a"),
        (PolicyName, "a\n"),
        (Label, ""),
        (Label, " a"),
        (Label, "a/b"),
        (Label, "é"),
        (MetricName, "health"),
        (OperatorName, "=>"),
        (OperatorName, 3),
        (HookUrl, "ftp://example.com"),
        (HookUrl, "https://"),
        (HookUrl, "https://me:secret@example.com"),
        (HookUrl, "https://example.com/a b"),
        (HookUrl, "https://example.com/\r\nX: y"),
        (HookUrl, "https://example.com:99999/"),
        (HookUrl, "https://[::1/"),
        (HookMethod, "DELETE"),
        (HeaderName, "X Token"),
        (HeaderName, "X:"),
        (HeaderValue, "a\r\nb: c"),
        (HeaderValue, "é"),
    ],
)
def test_value__improper__is_refused(kind, value):
    assert taken(kind, value) is None


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("ge", Operator.AT_LEAST),
        ("<=", Operator.AT_MOST),
        ("gt", Operator.ABOVE),
        ("lt", Operator.BELOW),
        ("==", Operator.EXACTLY),
        ("eq", Operator.EXACTLY),
    ],
)
def test_operator__sign_or_word__is_the_same(text, operator):
    assert taken(OperatorName, text) is operator


@given(st.text(st.characters(max_codepoint=300), max_size=30))
@settings(deadline=None)
def test_header__any_value_taken__cannot_end_its_line(text):
    value = taken(HeaderValue, text)

    assert value is None or value.isascii()
    assert value is None or not set(value) & set("\r\n\0")
