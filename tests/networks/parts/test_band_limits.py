"""The tables of layers: cutoffs, stopbands, rates and sizes, as the paper's formulas give them."""

from __future__ import annotations

import pytest

from ganstudio.networks.parts.band_limits import FIRST_STOPBAND, STOPBAND_REL, Band, bands, channels_of

OF_32 = [  # cutoff, half width, rate, size with a margin of 4, with one of 10
    (2.00, 6.00, 16, 24, 36), (3.36, 4.64, 16, 24, 36), (5.66, 10.34, 32, 40, 52), (9.51, 6.49, 32, 40, 52),
    (16.00, 3.70, 32, 40, 52), (16.00, 3.70, 32, 32, 32), (16.00, 3.70, 32, 32, 32)]
RATES = {64: [16, 16, 32, 32, 64, 64, 64, 64, 64], 128: [16, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128]}
CUTOFFS = {64: [2, 3.17, 5.04, 8, 12.7, 20.2, 32, 32, 32],
           128: [2, 3.08, 4.76, 7.34, 11.3, 17.5, 26.9, 41.5, 64, 64, 64]}


@pytest.mark.parametrize(("margin", "column"), [(4, 3), (10, 4)])
def test_at_32_px_the_table_is_the_known_one(margin: int, column: int) -> None:
    found = bands(32, 6, 2, margin)
    for band, known in zip(found, OF_32, strict=True):
        assert band.cutoff == pytest.approx(known[0], abs=5e-3)
        assert band.half_width == pytest.approx(known[1], abs=5e-3)
        assert (band.rate, band.size) == (known[2], known[column])


def test_stopbands_rise_from_4_29_to_19_7_at_32_px() -> None:
    assert pytest.approx(4.29, abs=5e-3) == FIRST_STOPBAND and pytest.approx(19.70, abs=5e-3) == 16 * STOPBAND_REL
    between = [6.28, 9.19, 13.45]
    for band, stopband in zip(bands(32, 6, 2, 4)[1:4], between, strict=True):
        assert band.half_width == pytest.approx(max(stopband, band.rate / 2) - band.cutoff, abs=5e-3)


@pytest.mark.parametrize(("side", "layers"), [(64, 8), (128, 10)])
def test_at_64_and_128_px_rates_and_cutoffs_are_the_known_ones(side: int, layers: int) -> None:
    found = bands(side, layers, 2, 10)
    assert [band.rate for band in found] == RATES[side]
    assert [band.cutoff for band in found] == pytest.approx(CUTOFFS[side], abs=0.06)
    assert [band.size for band in found[-2:]] == [side, side]
    assert all(band.size == band.rate + 20 for band in found[:-2])


def test_the_reference_at_256_px_has_512_channels_up_to_a_cutoff_of_32() -> None:
    assert channels_of(Band(32.0, 1.0, 128, 148), 512) == 512
    assert channels_of(Band(128.0, 1.0, 256, 256), 512) == 16384 // 128
    assert channels_of(Band(512.0, 1.0, 1024, 1024), 512) == 16384 // 512


@pytest.mark.parametrize("critical", [3, 4, -1])
def test_one_layer_at_least_is_not_critical(critical: int) -> None:
    with pytest.raises(ValueError, match="cannot be critical"):
        bands(32, 3, critical, 4)
