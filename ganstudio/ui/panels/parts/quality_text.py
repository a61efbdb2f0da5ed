"""What the quality panel says: what the numbers mean together, and the blind spots as rich text."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping

from ganstudio.core.design import Space
from ganstudio.core.protocol.catalog import NumberInfo
from ganstudio.core.protocol.messages import MeasuredNow
from ganstudio.core.protocol.views import BlindSpot
from ganstudio.core.system.wording import figure, format_measure
from ganstudio.ui.theme import Theme

BETTER = {  # whether more or less is better, and the words for it
    "low": ("↓ lower", "Lower is better"),
    "high": ("↑ higher", "Higher is better"),
    "floor": ("≈ perfect G", "Best if it equals that of a perfect generator"),
}
AT_FLOOR = 1.5  # times its floor: an FID up to there cannot be distinguished from the data's own
POOR = 0.5  # of its floor: a precision or recall below that is poor


READING = ("Compare the number now with that of a perfect generator, and mind what is better: lower or higher. "
           "Precision is how many generated images look real, recall how much of the real variety they cover.")
HEALTHY = "FID and KID fall towards a perfect generator's; precision, recall and diversity rise together."
SICK = ("High precision with low recall or diversity is a mode collapse. A number that improves while the images do "
        "not has a blind spot: the list above the numbers has examples, with figures of this data set.")
FORMULA = r"\mathrm{FID} = \| \mu_r - \mu_g \|^2 + \mathrm{tr}(\Sigma_r + \Sigma_g - 2 (\Sigma_r \Sigma_g)^{1/2})"
PAPER = ("Heusel et al. 2017, arXiv:1706.08500 (FID); Bińkowski et al. 2018, arXiv:1801.01401 (KID); Salimans et al. "
         "2016, arXiv:1606.03498 (IS); Kynkäänniemi et al. 2019, arXiv:1904.06991 (precision, recall)")
GUIDE = (READING, HEALTHY, SICK, FORMULA, PAPER)


def blind_spot_text(spot: BlindSpot, theme: Theme, *, titled: bool = True) -> str:
    """A blind spot as rich text: its title, its sentence, and the numbers that show it."""
    title = f"<p style='margin:0 0 {Space.CLOSE}px 0'><b>{html.escape(spot.title)}</b></p>" if titled else ""
    rows = "".join(
        f"<tr><td style='padding:{Space.TIGHT}px {Space.WIDE}px {Space.TIGHT}px 0; "
        f"color:{theme.quiet}'>{html.escape(label)}</td>"
        f"<td align='right' style='padding:{Space.TIGHT}px 0'><b>{format_measure(value, figures(value))}</b></td></tr>"
        for label, value in spot.values.items())
    return (f"{title}<p style='margin:0 0 {Space.USUAL}px 0'>{html.escape(spot.sentence)}</p>"
            f"<table cellspacing='0'>{rows}</table>")


def caption(info: NumberInfo, now: float | None, floor: float | None, theme: Theme) -> str:
    """The legend of a number's curve, as rich text: its value now, and a perfect generator's."""
    value = "" if now is None else f" {format_measure(now, info.format)}"
    return (f"<span style='color:{theme.generated}'>━━</span> {info.title}{value} &nbsp; "
            f"<span style='color:{theme.truth}'>╌╌</span> a perfect generator {format_measure(floor, info.format)}")


def net_text(measured: MeasuredNow) -> tuple[str, str, str]:
    """Whose features the numbers rest on: its name, the same with what was measured, and why it matters."""
    name = getattr(measured, "net", "") or "no feature net"
    net = f"feature net: {name}"
    images = f"{measured.samples:,}\u00a0images\u00a0at\u00a0step\u00a0{measured.steps:,}"
    return name, f"{net}; {images}", (f"{net}; {images}. Numbers of different feature nets cannot be compared. Only "
                                      "diversity is computed from the pixels.")


def figures(value: float | None) -> str:
    """How a number of any size is written: shares and scores to the hundredth, large ones without a fraction."""
    return ".0f" if value is not None and abs(value) >= 1000 else ".1f" if value is not None and abs(value) >= 100 \
        else ".2f"


def words(measures: Mapping[str, float | None], floors: Mapping[str, float | None]) -> str:
    """What the numbers say together, in one or two plain sentences."""
    fid, floor = measures.get("fid"), floors.get("fid")
    if fid is None:
        if measures.get("diversity") is None:
            return ("Nothing can be said about these images: they are not finite "
                    "numbers, too few, or the real ones are all alike.")
        return "Without a feature net, only the diversity of the pixels is measured."
    times = fid / floor if floor else math.inf
    if times <= AT_FLOOR:
        return f"FID {figure(fid)} is at its floor: this net cannot tell generated images from real ones."
    far = f"FID {figure(fid)} is {figure(times, 2)} times its floor" if floor else f"FID is {figure(fid)}"
    precision, recall, diverse = (_share(measures.get(n), floors.get(n)) for n in ("precision", "recall", "diversity"))
    if diverse is not None and diverse < 0.25:
        return f"{far}. The images hardly differ from each other: mode collapse."
    if precision is None or recall is None:
        return f"{far}."
    if precision < 0.1 and recall < 0.1:
        return f"{far}. To this net, the images look nothing like the data yet."
    if recall < POOR <= precision:
        return f"{far}. Most images look real to this net, but much of the data is missing (low recall)."
    if precision < POOR <= recall:
        return f"{far}. The images cover the data, but many look unlike it (low precision)."
    if precision < POOR:
        return f"{far}. To this net, some images look real, and some of the data is covered."
    return f"{far}. To this net, most images look real, and most of the data is covered."


def _share(value: float | None, floor: float | None) -> float | None:
    """A number divided by its noise floor."""
    return value / floor if value is not None and floor else None
