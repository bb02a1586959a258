from __future__ import annotations

from tests.factories import VersionFactory


def test_scale__version_that_is_not_there__is_not_found(shell):
    assert shell.vamp("service", "scale", "shop", "9.9.9", "2").exit == 3
    assert shell.vamp("service", "restart", "shop", "9.9.9").exit == 3


def test_scale__environment_without_a_scheduler__is_told(shell, environment):
    VersionFactory.create(environment=environment)

    ran = shell.vamp("service", "scale", "shop", "1.0.0", "2")

    assert ran.exit != 0
    assert "error:" in ran.err


def test_scale_and_restart__taken__say_what_was_asked(told, told_shell):
    told.said = [(202, {}, None), (202, {}, None)]

    scaled = told_shell.vamp("service", "scale", "shop", "1.0.0", "3")
    restarted = told_shell.vamp("service", "restart", "shop", "1.0.0")

    assert "3 instances" in scaled.out
    assert "replaced" in restarted.out
    assert [body for _, _, body in told.asked] == [{"instances": 3}, None]
