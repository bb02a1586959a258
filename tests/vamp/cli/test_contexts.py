from __future__ import annotations

import stat

import pytest

from vamp.cli.contexts import Context, Contexts, config_path, read_contexts
from vamp.cli.failure import Failure


def test_file__written__is_its_owners_alone_and_reads_back(tmp_path):
    path = tmp_path / "vamp" / "config.yaml"
    held = Contexts(path, "acme", {"acme": Context("https://v.test", "acme", "prod", "secret")})

    held.save()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_contexts(path) == held


def test_file__open_to_others__is_closed_when_it_is_written(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("contexts: {}\n")
    path.chmod(0o644)

    Contexts(path).save()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["config.yaml"]


def test_file__not_there__holds_nothing(tmp_path):
    assert read_contexts(tmp_path / "none.yaml").named == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\ncontexts: [", "no YAML, line 2"),
        ("- a\n", "does not hold `contexts:`"),
        ("contexts: {a: {sever: x}}", "unknown keys: sever"),
        ("contexts: {a: 1}", "no mapping"),
        ("key-value-store-url: http://vault\n", "earlier Forklift"),
    ],
)
def test_file__that_holds_something_else__is_refused_by_name(tmp_path, text, said):
    path = tmp_path / "config.yaml"
    path.write_text(text)

    with pytest.raises(Failure, match=said) as caught:
        read_contexts(path)

    assert str(path) in caught.value.message


def test_context__printed__hides_its_token():
    assert "secret" not in repr(Context(token="secret"))


@pytest.mark.parametrize(
    ("given", "environ", "path"),
    [
        ("/a.yaml", {"VAMP_CONFIG": "/b.yaml"}, "/a.yaml"),
        (None, {"VAMP_CONFIG": "/b.yaml", "HOME": "/h"}, "/b.yaml"),
        (None, {"HOME": "/h"}, "/h/.config/vamp/config.yaml"),
        (None, {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/vamp/config.yaml"),
    ],
)
def test_path__flag_variable_home__in_this_order(given, environ, path):
    assert str(config_path(given, environ)) == path
