"""The sentinel for "there is no value"."""

import copy
import pickle

from cfgcore import ABSENT


def test_absent_is_one_object() -> None:
    """However it is copied or sent to another process, there is one ABSENT, so that ``is`` tells it."""
    assert ABSENT is copy.deepcopy(ABSENT)
    assert ABSENT is pickle.loads(pickle.dumps(ABSENT))


def test_absent_is_false_and_not_none() -> None:
    """It counts as false, is not None, and shows as its name."""
    assert not ABSENT
    assert ABSENT is not None
    assert "ABSENT" == repr(ABSENT)
