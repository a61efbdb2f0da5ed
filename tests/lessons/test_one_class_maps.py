"""Which norms still know the class of a label map of one class everywhere."""

from __future__ import annotations

import pytest

from ganstudio.core.lessons.lesson import Asked
from ganstudio.core.protocol.spec import Spec
from ganstudio.lessons.moment import value_of
from ganstudio.lessons.recent_terms import RecentTerms
from ganstudio.training.trainer import Trainer


@pytest.mark.parametrize(("norm", "together", "alone"), [
    ("instance", False, False), ("adain", False, False), ("batch", True, False), ("layer", True, True),
    ("group", True, True), ("spade", True, True)])
def test_what_each_norm_forgets(norm: str, together: bool, alone: bool) -> None:
    trainer = Trainer(Spec(variant="spade", data="scenes", device="cpu", threads=1, data_controls={"count": 100},
                           network_controls={"width": 8, "norm": norm, "resolution": 16}))
    for batch, differ in (("together", together), ("alone", alone)):
        found = value_of(Asked(quantity="one-class-maps", params={"batch": batch}), trainer, RecentTerms())
        assert found is not None and (found > 1e-6) == differ
