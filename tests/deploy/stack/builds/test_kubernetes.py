from deploy.stack.builds.kubernetes import KUBERNETES, staging, stamps


def test_staging__requirements_of_kubernetes__replaces_only_those_of_its_own_tree():
    lines = staging(
        [
            {"Path": "k8s.io/api", "Version": "v0.0.0"},
            {"Path": "github.com/spf13/cobra", "Version": "v1.9.1"},
        ]
    )

    assert lines == ["replace k8s.io/api => k8s.io/api v0.34.4"]


def test_stamps__of_the_version__are_flags_for_both_libraries():
    flags = stamps()

    assert "-X k8s.io/component-base/version.gitVersion=v1.34.4" in flags
    assert "-X k8s.io/client-go/pkg/version.gitMinor=34" in flags
    assert flags in KUBERNETES.link
