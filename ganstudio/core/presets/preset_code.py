"""A preset as a short code that can be typed from a slide: ``GAN1-`` and groups of four signs.

The preset's words are packed with a dictionary of words that presets often have, and written in Crockford's base 32,
which has no letters that look alike: what is typed in small letters, or with O for 0 and I or L for 1, is read too.
The first four signs are a checksum, so that a slip of the finger is told and never opens another preset.
"""

from __future__ import annotations

import zlib

import msgspec

from ganstudio.core.presets.preset_file import LARGEST, SavedPreset, from_text, to_text
from ganstudio.core.system.errors import BadInput

HEAD = "GAN1"  # a later dictionary or packing has another one
LONGEST = 8192  # signs that are looked at
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST = "format = 1\n"  # of each text, and left out of its code
_VALUE = {sign: index for index, sign in enumerate(_DIGITS)} | {"O": 0, "I": 1, "L": 1}

# Nothing here may ever change: codes on slides are read with it. What is common comes last.
_DICTIONARY = (
    b'title = "note = "until = network_controls]\nlatent_dim = latent = "uniform"width = width_g = depth = '
    b'activation = "leaky-relu"init_d = "init_g = "resolution = norm_d = "layer"norm_g = "batch"output = '
    b'data_controls]\ncount = side = radius = sd = theta = means = [weights = [sds = [xs = [ys = [noise = turns = '
    b'arms = cells = pitch = label = "file = "path = "columns = "code = '
    b'"avatars"checkerboard"cifar10"fashion-mnist"folder"gaussians"spiral"swiss-roll"moons"points"celeba"began"cgan"dcgan"f-gan"hinge-gan"lsgan"progan"r3gan"sn-gan"affine"autoencoder"progressive"resnet"preset'
    b' = "paper"momentum"r1"collapse"stuck"comes-over"divergence = "reverse-kl"f = "alpha = pi = generator_loss = '
    b'"conditioning = "concat"coding = "loss = "images_per_level = images_per_fade = start_resolution = drift = '
    b'lambda_k = spectral_bound = warm_up = trueclip = gamma = gp_sides = "one"packing = beta1_d = beta1_g = '
    b'beta2_d = beta2_g = ema_decay = schedule = "linear"horizon = rate_floor = optimiser_d = "sgd"optimiser_g = '
    b'"rmsprop"generator_steps = batch_size = 128\ncritic_steps = 5\nlearning_rate_g = 0.0001\nlearning_rate_d = '
    b'0.001\ngp_weight = 10.0\n0.05\n0.1\n0.5\n[controls]\n\n[window]\nhidden = ["", "overview+algorithm+'
    b'earth-mover+interpolation+quality+balance+progressive+draw+workshop+phase+manifold+log+theory+gradients+'
    b'measures+layout = "row(18 controls, 82 column(58 row(40 points+samples, 40 landscape, 20 theory+measures), 42'
    b' row(50 curves, 50 wasserstein))"\n[run]\nvariant = "ns-gan"\nvariant = "r1-gan"\nvariant = "gan"\nvariant = '
    b'"wgan"\nvariant = "wgan-gp"\npreset = "toy"\ndata = "mnist"\ndata = "digits"\ndata = "grid"\ndata = "lines"\n'
    b'data = "mixture"\ndata = "ring"\nnetwork = "mlp"\nnetwork = "line"\nseed = 0\n'
)


def to_code(preset: SavedPreset) -> str:
    """The code of a preset."""
    text = to_text(preset, brief=True).removeprefix(_FIRST).lstrip("\n")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
    packed = packer.compress(text.encode()) + packer.flush()
    signs = _digits(zlib.crc32(packed) & 0xFFFFF, 4) + _digits(
        int.from_bytes(packed, "big"), -(-8 * len(packed) // 5))
    return "-".join([HEAD, *(signs[at : at + 4] for at in range(0, len(signs), 4))])


def is_code(text: str) -> bool:
    """Whether a text means a code, right or mistyped."""
    return text.strip()[:4].upper() in (HEAD, "GANI", "GANL") and text.strip()[4:5] in ("-", " ")


def from_code(text: str) -> SavedPreset:
    """The preset of a code; blanks, hyphens and small letters do not matter.

    Raises:
        BadInput: It is no code, or it was mistyped.
    """
    if len(text) > LONGEST:
        raise BadInput(f"the code has {len(text):,} signs: at most {LONGEST:,} are allowed")
    if not is_code(text):
        raise BadInput(f"'{_short(text)}' is not a code of a preset: it begins with {HEAD}-")
    signs = [sign for sign in text.strip()[4:].upper() if sign not in "- \t\r\n"]
    if odd := next((sign for sign in signs if sign not in _VALUE), ""):
        raise BadInput(f"the code holds {odd!a}: allowed are digits and letters without U")
    length = 5 * (len(signs) - 4) // 8
    if length < 1:
        raise BadInput(f"the code '{_short(text)}' is cut short: copy all of it")
    number = 0
    for sign in signs[4:]:
        number = 32 * number + _VALUE[sign]
    check = 0
    for sign in signs[:4]:
        check = 32 * check + _VALUE[sign]
    if number >> (8 * length) or zlib.crc32(packed := number.to_bytes(length, "big")) & 0xFFFFF != check:
        raise BadInput(f"the code '{_short(text)}' is mistyped or cut short: its check does not fit")
    unpacker = zlib.decompressobj(-15, _DICTIONARY)
    try:
        words = unpacker.decompress(packed, LARGEST).decode()
    except (zlib.error, UnicodeDecodeError):
        raise BadInput(f"the code '{_short(text)}' holds no preset") from None
    if not unpacker.eof:
        raise BadInput(f"the code '{_short(text)}' unpacks to more than {LARGEST:,} bytes, and no preset is that long")
    try:
        return from_text(_FIRST + words)
    except (BadInput, msgspec.MsgspecError) as fault:
        raise BadInput(f"the code '{_short(text)}' holds no preset that can be used: {fault}") from None


def _digits(number: int, count: int) -> str:
    signs = []
    for _ in range(count):
        number, digit = divmod(number, 32)
        signs.append(_DIGITS[digit])
    return "".join(reversed(signs))


def _short(text: str) -> str:
    shown = text.strip()
    shown = shown if shown.isprintable() else shown.encode("unicode_escape").decode()
    return shown if len(shown) <= 30 else f"{shown[:24]}…"
