"""Fetches a published file: with progress, a checksum, a way to end it, and a quick error if there is no internet.

The addresses and checksums are torchvision's; its own download neither gives up on a silent server nor can be ended.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from ganstudio.core.system.progress import report
from ganstudio.files.torchvision_import import import_torchvision

PATIENCE_S = 5.0  # for a name to be resolved, and for a server to answer or go on
CHUNK = 1 << 18  # bytes
MOST_BYTES = 4 * 2**30


class NotFetched(Exception):
    """A file could not be fetched: the message says from where and why, in a few words."""


class Published(msgspec.Struct, frozen=True):
    """A file that is on the internet."""

    name: str
    addresses: list[str]  # tried in turn
    md5: str


def fetch(file: Published, folder: Path) -> Path:
    """The file in ``folder``, fetched there whole or not at all.

    Raises:
        NotFetched: None of its addresses gave it.
        OSError: It cannot be written.
        Cancelled: The listener to the progress has said so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reasons: list[str] = []
    for address in file.addresses:
        number, part = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=folder)
        os.close(number)
        try:
            _download(address, Path(part), file.name)
            if not import_torchvision().datasets.utils.check_md5(part, file.md5):
                raise NotFetched("what came is not the published file: its checksum differs")
            return Path(part).replace(folder / file.name)
        except NotFetched as fault:
            reasons.append(f"{urlsplit(address).hostname} ({fault})")
        finally:
            with contextlib.suppress(OSError):
                Path(part).unlink()
    raise NotFetched(" nor from ".join(reasons))


def _download(address: str, to: Path, name: str) -> None:
    what = f"fetching {name}"
    report(what, 0, 0)
    _resolve(urlsplit(address).hostname or "")
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "ganstudio"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer, to.open("wb") as handle:
            total = int(answer.headers.get("Content-Length") or 0)
            done = 0
            while chunk := answer.read(CHUNK):
                handle.write(chunk)
                done += len(chunk)
                report(what, done, max(total, done) if total else 0)
                if done > MOST_BYTES:
                    raise NotFetched("it does not end")
    except urllib.error.HTTPError as fault:
        fault.close()
        raise NotFetched(f"the server says {fault.code} {fault.reason}") from None
    except urllib.error.URLError as fault:
        raise NotFetched(_in_words(fault.reason)) from None
    except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as fault:
        raise NotFetched(_in_words(fault)) from None
    if total and done < total:
        raise NotFetched(f"the connection ended after {done:,} of {total:,} bytes")


def _in_words(fault: object) -> str:
    if isinstance(fault, TimeoutError):
        return f"no answer within {PATIENCE_S:.0f} s"
    if isinstance(fault, socket.gaierror):
        return "name not resolved"
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {fault.verify_message}"
    return str(getattr(fault, "strerror", None) or fault) or type(fault).__name__


def _resolve(host: str) -> None:
    """Has the name looked up, with less patience than the system's; a proxy does that itself."""
    if urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return
    outcome: list[str] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None)
            outcome.append("")
        except OSError:
            outcome.append("name not resolved")

    looking = threading.Thread(target=look_up, name="name look-up", daemon=True)
    looking.start()
    looking.join(PATIENCE_S)
    if reason := outcome[0] if outcome else "name not resolved":
        raise NotFetched(reason)
