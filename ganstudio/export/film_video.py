"""Films as MP4 (H.264) and WebM (VP9), through PyAV; colours after BT.709, at half resolution (4:2:0)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ganstudio.core.system.atomic_write import PartFile
from ganstudio.core.system.errors import BadInput
from ganstudio.export.film import Film, Picture

if TYPE_CHECKING:
    from av import VideoFrame

THREADS = 2
BT709 = 1  # FFmpeg's number of it, among primaries, transfers and matrices alike
LIMITED = 1  # luma from 16 to 235, as every player takes it


class Codec(msgspec.Struct, frozen=True, kw_only=True):
    """How one ending is encoded."""

    container: str
    encoder: str
    title: str
    options: dict[str, str]
    container_options: dict[str, str] = {}


CODECS = {
    # A third of the time of `veryfast` (4.3 against 15 ms a frame of moving plots at 1280x720). A constant quantiser
    # needs no look ahead: 17 % less time than crf=18 with mb-tree, 46.2 dB against 44.8, 1.1 times its size.
    ".mp4": Codec(
        container="mp4",
        encoder="libx264",
        title="H.264",
        options={"preset": "ultrafast", "qp": "24"},
        container_options={"movflags": "+faststart"},
    ),
    # 12 ms a frame of the same plots; without `screen` it takes as long and a third more room.
    ".webm": Codec(
        container="webm",
        encoder="libvpx-vp9",
        title="VP9",
        options={
            "deadline": "realtime",
            "cpu-used": "8",
            "crf": "28",
            "b": "0",
            "lag-in-frames": "0",
            "row-mt": "1",
            "tile-columns": "2",
            "tune-content": "screen",
            "static-thresh": "100",
        },
    ),
}


def lacking(ending: str) -> str:
    """Why films of an ending in ``CODECS`` cannot be written on this machine; empty if they can."""
    codec = CODECS[ending]
    try:
        import av
    except (ImportError, OSError) as fault:
        return f"PyAV does not load ({fault})"
    try:
        av.codec.Codec(codec.encoder, "w")
    except ValueError:  # UnknownCodecError is one
        return f"this build of PyAV has no encoder for {codec.title} ({codec.encoder})"
    return ""


class VideoFilm(Film):
    """A constant number of frames a second, whole at its name only when it is finished."""

    def __init__(self, path: Path, width: int, height: int, fps: int, title: str) -> None:
        """Opens the encoder and a file beside ``path``; BadInput or OSError if that cannot be."""
        super().__init__(path, width, height, fps)
        ending = path.suffix.lower()
        codec = CODECS[ending]
        if width % 2 or height % 2:
            even = f"{width - width % 2}x{height - height % 2}"
            raise BadInput(
                f"film {path} cannot be {width}x{height}: {codec.title} needs even widths and heights, such as {even}; "
                ".gif and .png take any"
            )
        if fault := lacking(ending):
            raise BadInput(f"film {path} cannot be written: {fault}; .gif and .png need none")
        import av
        from av.video.reformatter import VideoReformatter

        self._beat = Fraction(1, fps)
        self._reformatter = VideoReformatter()
        self._part = PartFile(path)
        try:
            with _plain_faults():
                name = f"file:{self._part.path}"  # else a folder called `http:` would be a wish for the network
                container = av.open(name, "w", format=codec.container, options=codec.container_options)
        except BaseException:
            self._part.drop()
            raise
        self._container = container
        try:
            with _plain_faults():
                if title:
                    container.metadata["title"] = title
                stream = container.add_stream(codec.encoder, rate=fps, options=dict(codec.options))
                assert isinstance(stream, av.VideoStream)
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                context = stream.codec_context
                context.thread_count = THREADS
                context.time_base = self._beat
                context.color_primaries = context.color_trc = context.colorspace = BT709
                context.color_range = LIMITED
                self._stream = stream
                container.start_encoding()  # writes the head: a full disk says so here
        except BaseException:
            self._discard()
            raise

    def _write(self, picture: Picture, times: int) -> None:
        with _plain_faults():
            frame = self._converted(picture)
            for _ in range(times):
                self._go_on()
                frame.pts, frame.time_base = self.written, self._beat
                self._container.mux(self._stream.encode(frame))
                self.written += 1

    def _converted(self, picture: Picture) -> VideoFrame:
        """1.6 ms at 1280x720 for BGRX, 2.2 ms for RGB, whichever the filter; `AREA` keeps small dots' colours best."""
        from av import VideoFrame

        raw = VideoFrame.from_numpy_buffer(picture, "bgra" if picture.shape[2] == 4 else "rgb24")
        return self._reformatter.reformat(
            raw, format="yuv420p", interpolation="AREA", dst_colorspace=BT709, dst_color_range=LIMITED, threads=1
        )

    def _complete(self) -> None:
        with _plain_faults():
            self._container.mux(self._stream.encode(None))
            self._container.close()
        self._go_on()
        self._part.place()

    def _discard(self) -> None:
        with contextlib.suppress(OSError), _plain_faults():
            self._container.close()
        self._part.drop()


@contextlib.contextmanager
def _plain_faults() -> Iterator[None]:
    """FFmpeg's faults as OSErrors; some are and some are not."""
    import av

    try:
        yield
    except av.FFmpegError as fault:
        raise OSError(fault.errno or 0, fault.strerror or str(fault)) from None
