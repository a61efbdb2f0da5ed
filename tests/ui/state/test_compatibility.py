"""What else changes where a variant and the data do not go together."""

from __future__ import annotations

import pytest
from studio_kit import Stage, real_catalog

from ganstudio.core.control import Value
from ganstudio.core.protocol.catalog import VariantInfo
from ganstudio.core.protocol.messages import Start
from ganstudio.core.protocol.spec import Spec
from ganstudio.ui.state.compatibility import Compatibility


@pytest.fixture
def stage(qapp: object) -> Stage:
    return Stage()


def asked(stage: Stage) -> Spec:
    return stage.link.told(Start)[-1].spec


@pytest.mark.parametrize("name", ["progan", "began"])
def test_a_variant_for_images_brings_images(stage: Stage, name: str) -> None:
    stage.begin(Spec(variant="wgan-gp", data="ring", network="mlp", threads=1))
    stage.next_run.choose_variant(name)
    spec = asked(stage)
    assert (spec.variant, spec.data, spec.network, spec.controls) == (name, "digits", "", {})
    assert (spec.threads, spec.dtype, spec.memory) == (0, "auto", "auto"), "decided anew"
    assert "needs images, so the data is now Digits" in stage.next_run.remark


def test_data_of_points_brings_back_the_variant_that_ran_on_points_last(stage: Stage) -> None:
    stage.begin(Spec(variant="hinge-gan", data="moons"))
    stage.begin(Spec(variant="progan", data="avatars"))
    stage.next_run.choose_data("ring")
    spec = asked(stage)
    assert (spec.variant, spec.data, spec.network, spec.controls) == ("hinge-gan", "ring", "", {})
    assert "needs images" in stage.next_run.remark
    stage.stand()
    stage.next_run.choose_variant("began")
    assert asked(stage).data == "avatars", "the images that were there last"


def test_without_a_last_variant_the_usual_one_plays(stage: Stage) -> None:
    stage.begin(Spec(variant="began", data="digits"))
    for data in ("ring", "mixture"):
        stage.next_run.choose_data(data)
        assert (asked(stage).variant, asked(stage).data) == ("wgan-gp", data)


def test_a_line_takes_the_variant_that_ran_on_the_plane(stage: Stage) -> None:
    stage.begin(Spec(variant="lsgan", data="ring"))
    stage.begin(Spec(variant="began", data="digits"))
    stage.next_run.choose_data("mixture")
    assert asked(stage).variant == "lsgan"


def test_what_goes_together_is_left_alone(stage: Stage) -> None:
    stage.begin(Spec(variant="progan", data="avatars", controls={"batch_size": 7}))
    stage.next_run.choose_data("digits")
    assert (asked(stage).variant, asked(stage).data, asked(stage).controls["batch_size"]) == ("progan", "digits", 7)
    stage.stand()
    stage.next_run.choose_variant("wgan-gp")
    assert asked(stage).data == "digits"
    assert stage.next_run.remark == ""


def test_settings_for_points_are_none_for_images(stage: Stage) -> None:
    stage.begin(Spec(variant="wgan-gp", data="ring", controls={"batch_size": 999}))
    stage.next_run.choose_data("moons")
    assert asked(stage).controls["batch_size"] == 999
    stage.stand()
    stage.next_run.choose_data("digits")
    assert asked(stage).controls == {}
    stage.stand()
    stage.next_run.choose_data("ring")
    assert asked(stage).controls == {}


def test_a_file_of_unknown_kind_goes_with_no_variant_for_images(stage: Stage) -> None:
    stage.begin(Spec(variant="progan", data="digits"))
    stage.next_run.choose_data("points", {"file": "some.csv"})
    assert "plane" in real_catalog().variant(asked(stage).variant).kinds
    assert asked(stage).data_controls == {"file": "some.csv"}


def test_images_that_are_not_read_yet_take_no_settings_of_points(stage: Stage) -> None:
    """Their kind is known from the class, on a machine that does not have them too."""
    stage.begin(Spec(variant="wgan-gp", data="ring", controls={"batch_size": 999}))
    stage.next_run.choose_data("folder", {"path": "somewhere"})
    assert asked(stage).controls == {}
    assert asked(stage).network == ""


def test_a_remark_is_of_the_last_choice_alone(stage: Stage) -> None:
    stage.begin()
    stage.next_run.choose_variant("began")
    assert stage.next_run.remark
    stage.next_run.restart()
    assert stage.next_run.remark == ""


@pytest.mark.parametrize("variant", [variant.name for variant in real_catalog().variants])
@pytest.mark.parametrize("data", ["ring", "mixture", "digits"])
def test_whatever_is_chosen_fits(stage: Stage, variant: str, data: str) -> None:
    """And a preset of the variant's own."""
    stage.begin(Spec(variant="wgan", data=data))
    stage.next_run.choose_variant(variant)
    stage.stand()
    for name in ("digits", "ring", "digits", "mixture"):
        stage.next_run.choose_data(name)
        spec = asked(stage)
        info = real_catalog().variant(spec.variant)
        assert real_catalog().data_set(spec.data).kind in info.kinds
        assert spec.preset in {preset.name for preset in info.presets}
        stage.stand()


EXAMPLES = {  # of each kind: a set that is always of that kind, and the user's own files
    "line": [("mixture", None), ("points", "line")],
    "plane": [("moons", None), ("points", "plane")],
    "image": [("avatars", None), ("folder", "image"), ("folder", None), ("mnist", None)],
}


@pytest.mark.parametrize("info", real_catalog().variants, ids=lambda info: info.name)
@pytest.mark.parametrize("before", EXAMPLES)
@pytest.mark.parametrize("after", EXAMPLES)
def test_settings_go_with_data_of_their_kind_alone(info: VariantInfo, before: str, after: str) -> None:
    """For every variant and every pair of kinds, files of the user's included."""
    if before not in info.kinds:
        return
    moved: dict[str, Value] = {"batch_size": 999, "learning_rate_g": 0.05}
    base = Spec(variant=info.name, preset="paper", network="mlp", controls=moved, network_controls={"width": 7})
    for name, looked_at in EXAMPLES[after]:
        spec, _ = Compatibility().data(real_catalog(), base, before, name, {"file": "x"}, looked_at)
        assert (spec.data, spec.data_controls) == (name, {"file": "x"})
        if before == after and not info.only_on:
            assert (spec.preset, spec.controls, spec.network) == ("paper", moved, "mlp")
        else:
            assert (spec.controls, spec.network, spec.network_controls) == ({}, "", {})
            assert spec.preset == "toy", "the quick one, which has settings for every kind"
        assert after in real_catalog().variant(spec.variant).kinds


def test_a_game_of_one_image_brings_it_and_leaves_with_it(stage: Stage) -> None:
    stage.begin(Spec(variant="dcgan", data="digits", network="dcgan"))
    stage.next_run.choose_variant("singan")
    assert (asked(stage).variant, asked(stage).data, asked(stage).network) == ("singan", "one-image", "")
    assert stage.next_run.remark == "SinGAN needs One image, so the data is now One image."
    stage.stand()
    stage.next_run.choose_data("avatars")
    assert (asked(stage).variant, asked(stage).data, asked(stage).network) == ("dcgan", "avatars", "")
    assert "SinGAN needs data of its own, so the variant is now DCGAN." in stage.next_run.remark
    stage.stand()
    stage.next_run.choose_data("one-image")
    assert (asked(stage).variant, asked(stage).preset) == ("singan", "toy")
    assert "One image is for SinGAN, so the variant is now SinGAN." in stage.next_run.remark


def test_a_file_that_was_not_looked_at_takes_no_settings_along() -> None:
    base = Spec(variant="wgan-gp", controls={"batch_size": 999})
    for kind in (*EXAMPLES, None):
        spec, _ = Compatibility().data(real_catalog(), base, kind, "points", {"file": "x.csv"})
        assert spec.controls == {}


def test_a_preset_brings_the_data_and_the_network_that_it_is_for(stage: Stage) -> None:
    stage.begin(Spec(variant="gan", data="ring", network="mlp", threads=1))
    stage.next_run.start_preset("stuck")
    spec = asked(stage)
    assert (spec.preset, spec.data, spec.network, spec.controls, spec.threads) == ("stuck", "lines", "", {}, 0)
    assert "is for Parallel lines, so the data is now Parallel lines" in stage.next_run.remark


def test_the_network_of_a_preset_leaves_with_it(stage: Stage) -> None:
    stage.begin(Spec(variant="gan", data="lines", preset="stuck", network="line", data_controls={"theta": 2.0}))
    stage.next_run.start_preset("toy")
    spec = asked(stage)
    assert (spec.preset, spec.data, spec.data_controls, spec.network) == ("toy", "lines", {"theta": 2.0}, "")
    stage.begin(Spec(variant="gan", data="lines", preset="stuck", network="line"))
    stage.next_run.choose_data("ring")
    assert (asked(stage).preset, asked(stage).network) == ("toy", "")


def test_a_network_that_the_user_chose_stays_with_another_preset(stage: Stage) -> None:
    stage.begin(Spec(variant="gan", data="ring", network="affine"))
    stage.next_run.start_preset("paper")
    assert (asked(stage).network, asked(stage).data) == ("affine", "ring")


@pytest.mark.parametrize(("data", "before", "after"), [
    ("paired-folder", "dcgan", "pix2pix"), ("paired-folder", "cyclegan", "cyclegan"),
    ("unpaired-folders", "pix2pix", "cyclegan"), ("labelled-folder", "dcgan", "dcgan"),
])
def test_a_folder_for_translation_brings_a_variant_that_translates(
    stage: Stage, data: str, before: str, after: str,
) -> None:
    stage.begin(Spec(variant=before, data="scenes" if before != "dcgan" else "digits"))
    stage.next_run.choose_data(data, {"path": "somewhere"}, "image")
    spec = asked(stage)
    assert (spec.variant, spec.data, spec.data_controls) == (after, data, {"path": "somewhere"})
    assert ("for translation" in stage.next_run.remark) == (before != after)
