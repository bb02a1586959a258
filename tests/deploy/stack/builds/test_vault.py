import pytest

from deploy.stack.builds.vault import without_startup_check
from deploy.stack.errors import StackError

BEFORE = "\tfor i, p := range b.Paths {\n\t\tuse(p)\n"
CHECK = (
    "\t\t// Detect the coding error of attempting to define a CreateOperation without\n"
    "\t\t// an ExistenceCheck\n"
    "\t\tif p.ExistenceCheck == nil {\n"
    "\t\t\tif missing {\n\t\t\t\tpanic(p)\n\t\t\t}\n"
    "\t\t}\n"
)
AFTER = "\t\tgo_on()\n\t}\n"


def test_without_startup_check__source_as_published__loses_the_check_only():
    assert without_startup_check(BEFORE + CHECK + AFTER) == BEFORE + AFTER


@pytest.mark.parametrize("source", ["", BEFORE + AFTER, CHECK + CHECK])
def test_without_startup_check__other_source__is_refused(source):
    with pytest.raises(StackError, match="not as expected"):
        without_startup_check(source)
