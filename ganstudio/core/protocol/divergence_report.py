"""What the workshop finds out about a divergence from the text of its generator function f."""

from __future__ import annotations

import msgspec

from ganstudio.core.protocol.views import Array


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """A divergence as data: formulas to typeset, curves to draw, and what it is."""

    text: str  # f as it is trained: shifted so that f(1) = 0
    shifted_by: float  # what was subtracted from the text as typed; 0 if f(1) = 0 already
    known_as: str  # sentence naming the known divergence it equals, empty if it equals none
    remark: str = ""  # sentence on what such a divergence cannot do
    f: str  # LaTeX
    derivative: str  # LaTeX of f'
    conjugate: str  # LaTeX of f*, empty if there is no closed form
    activation: str  # LaTeX of g_f(v), which maps the real line onto the domain of f*
    discriminator: str  # LaTeX of what D maximises
    generator: str  # LaTeX of what G minimises
    domain_end: float | None  # the upper end of f*'s domain; None: it has none
    threshold: float  # f'(1): T above it means real
    u: Array  # (n,), where f is drawn, from 0 up
    f_values: Array  # (n,)
    t: Array  # (m,), where f* is drawn, within its domain
    conjugate_values: Array  # (m,)
    v: Array  # (m,), scores where g_f is drawn
    activation_values: Array  # (m,)
    tangents: Array  # (k, 2), slopes t and intercepts -f*(t) of tangents to f
