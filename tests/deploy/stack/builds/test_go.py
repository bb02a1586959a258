import pytest

from deploy.stack.builds.go import must_be_recent, program_name, wrapper
from deploy.stack.errors import StackError

UPSTREAM = {
    "Go": "1.24.0",
    "Godebug": [{"Key": "default", "Value": "go1.24"}],
    "Replace": [
        {"Old": {"Path": "example.org/api"}, "New": {"Path": "./api"}},
        {
            "Old": {"Path": "example.org/log", "Version": "v1.0.0"},
            "New": {"Path": "example.org/fork", "Version": "v1.2.0"},
        },
    ],
}


def test_wrapper__of_a_module_with_replacements__keeps_those_by_modules():
    lines = wrapper("example.org/server", "v2.0.1", UPSTREAM, ["replace a => ./a"]).splitlines()

    assert lines == [
        "module vamp.stack/build",
        "",
        "go 1.24.0",
        "",
        "godebug default=go1.24",
        "require example.org/server v2.0.1",
        "replace example.org/log v1.0.0 => example.org/fork v1.2.0",
        "replace a => ./a",
    ]


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver"),
        ("github.com/nats-io/nats-server/v2", "nats-server"),
        ("example.org/vault", "vault"),
    ],
)
def test_program_name__of_a_package__is_what_go_calls_the_file(package, name):
    assert program_name(package) == name


@pytest.mark.parametrize("version", ["go1.19.8\n", "go1.20"])
def test_must_be_recent__old_go__says_what_to_install(version):
    with pytest.raises(StackError, match=r"too old: install Go 1\.21 or newer"):
        must_be_recent(version)


@pytest.mark.parametrize("version", ["go1.21.0", "go1.26.8\n", "go2.0", "devel +abc"])
def test_must_be_recent__newer_or_unknown_go__is_fine(version):
    must_be_recent(version)
