"""Object storage: one connection a bucket, patience while the server is away, and errors with a remedy.

Where and who come from the usual variables of the environment (``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_SESSION_TOKEN``); no key gets into a table, a manifest or
a message.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from waystation.terms.errors import ArchiveError, NetworkError, UsageError, WaystationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore.store import ObjectStore
    from pyarrow.fs import FileSystem

__all__ = ["S3Rules", "connection", "endpoint", "filesystem", "library", "patiently"]

Result = TypeVar("Result")

_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_IDENTITIES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_SKIP_SIGNATURE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_BUCKET: Final = r"NoSuchBucket|NO_SUCH_BUCKET|InvalidBucketName"
_DENIED: Final = (
    r"\b40[13] (Forbidden|Unauthorized)|HTTP status 403|ACCESS_DENIED|AccessDenied|InvalidAccessKeyId|"
    r"INVALID_ACCESS_KEY_ID|INVALID_CLIENT_TOKEN|EXPIRED_TOKEN|ExpiredToken|"
    r"SignatureDoesNotMatch|SIGNATURE_DOES_NOT_MATCH"
)
_AWAY: Final = (
    r"(?i)error sending request|error decoding response|connection|timed? ?out|reset by peer|dns error|"
    r"NETWORK_CONNECTION|REQUEST_TIMEOUT|INTERNAL_FAILURE|InternalError|SERVICE_UNAVAILABLE|SLOW_?DOWN|"
    r"curlCode|\b50[0234] [A-Z]|HTTP status 50[0234]"
)
# What libraries say, by what it means: theirs are texts, not types. The first that fits.
_MEANINGS: Final = tuple(
    (name, re.compile(form)) for name, form in (("bucket", _BUCKET), ("denied", _DENIED), ("away", _AWAY))
)


_ANSWERED: Final[list[str]] = []  # the last place whose server answered this process


@dataclass(frozen=True)
class S3Rules:
    """How long to wait for a server. A run of hours should outlive its restart, not its removal."""

    patience_s: float = 180.0  # a server that comes back within this is waited for
    first_s: float = 30.0  # one that never answered is more likely misspelt than restarting
    connect_s: float = 5.0  # in a data centre an answer takes milliseconds
    request_s: float = 60.0  # one request: 16 MB at 0.3 MB/s
    first_pause_s: float = 0.2  # doubled each time …
    longest_pause_s: float = 5.0  # … up to this


def endpoint() -> str | None:
    """Return the address of the S3 server, None for Amazon's own."""
    return next((os.environ[n] for n in _ENDPOINTS if os.environ.get(n)), None)


@cache
def library(bucket: str) -> Any:  # noqa: ANN401 - a module
    """Return the package that speaks to object storage. Raises ``UsageError`` where it is not installed."""
    try:
        import obstore
        import obstore.store
    except ImportError as error:
        raise UsageError(
            f"s3://{bucket}: object storage needs a package more: pip install 'waystation[cluster]'"
        ) from error
    return obstore


@cache
def connection(bucket: str) -> ObjectStore:
    """Return a connection to a bucket. Raises ``UsageError`` where a package or the key is missing."""
    store: Any = library(bucket).store
    server = endpoint()
    if server and not any(os.environ.get(n) for n in _IDENTITIES):
        raise UsageError(
            f"s3://{bucket}: no key for the server at {_plain(server)}; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY in the environment"
        )
    rules = S3Rules()
    client: dict[str, Any] = {
        "connect_timeout": timedelta(seconds=rules.connect_s),
        "timeout": timedelta(seconds=rules.request_s),
        "allow_http": bool(server and server.startswith("http://")),
    }
    extra = {"endpoint": server} if server else {}
    retries: Any = {"max_retries": 1, "retry_timeout": timedelta(seconds=rules.request_s)}
    made: ObjectStore = store.S3Store(bucket, client_options=client, retry_config=retries, **extra)
    return made


@cache
def filesystem() -> FileSystem:
    """Return what reads Parquet from a server in pieces; paths there are ``bucket/key``."""
    from pyarrow import fs

    rules, server = S3Rules(), endpoint()
    options: dict[str, Any] = {
        "connect_timeout": rules.connect_s,
        "request_timeout": rules.request_s,
        "retry_strategy": fs.AwsStandardS3RetryStrategy(max_attempts=2),
        "anonymous": os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in {"1", "true"},
    }
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        options["region"] = region
    if server:
        scheme, _, host = server.partition("://")
        options |= {"endpoint_override": host.rstrip("/"), "scheme": scheme}
        options.setdefault("region", "us-east-1")
    return fs.S3FileSystem(**options)


def patiently(ask: Callable[[], Result], place: str, rules: S3Rules = S3Rules()) -> Result:
    """Return what ``ask`` returns; while the server is away, ask again. ``place``: what messages name.

    ``ask`` may act more than once. Raises ``NetworkError`` for a server that stays away, ``ArchiveError`` for
    a bucket that is not there or not ours, ``FileNotFoundError`` for an object that is not there.
    """
    waiting = rules.patience_s if _ANSWERED else rules.first_s
    until, pause = time.monotonic() + waiting, rules.first_pause_s
    while True:
        try:
            got = ask()
        except WaystationError:
            raise
        except Exception as error:  # noqa: BLE001 - two libraries, with trees of their own
            meaning = _meaning(error)
            if meaning != "away" or time.monotonic() + pause > until:
                raise _told(error, meaning, place, waiting) from None  # texts of libraries may hold headers
        else:
            _ANSWERED[:] = [place]
            return got
        time.sleep(pause)
        pause = min(2 * pause, rules.longest_pause_s)


def _meaning(error: Exception) -> str:
    if type(error).__name__ in {"AlreadyExistsError", "PreconditionError"}:
        return "other"
    text = str(error).split("\nDebug source")[0]  # below it stand settings, whose names mislead
    return next((name for name, form in _MEANINGS if form.search(text)), "other")


def _told(error: Exception, meaning: str, place: str, waiting: float) -> Exception:
    server = _plain(endpoint() or "Amazon S3")
    bucket = place.removeprefix("s3://").split("/", 1)[0]
    if meaning == "bucket":
        return ArchiveError(
            f"{place}: there is no bucket {bucket!r} at {server}; make it there, or check the spelling and "
            "AWS_ENDPOINT_URL"
        )
    if meaning == "denied":
        return ArchiveError(
            f"{place}: {server} refuses access; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what that "
            f"key may do in {bucket!r} (list, read, write, delete)"
        )
    if meaning == "away":
        return NetworkError(
            f"{place}: {server} gave no answer, or only faults, for {waiting:.0f} s; check AWS_ENDPOINT_URL "
            "and that the server runs, then run the same command again: what was committed stays"
        )
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(f"{place}: no such object")
    ours = not isinstance(error, OSError) and not type(error).__module__.startswith("obstore")
    if ours or type(error).__name__ in {"AlreadyExistsError", "PreconditionError"}:
        return error  # a fault of the data or of ours, or an answer that the caller asked for
    return ArchiveError(f"{place}: {server}: {_brief(error)}")


def _brief(error: Exception) -> str:
    """Return the code and sentence of an answer, without the request."""
    found = re.findall(r"<(?:Code|Message)>([^<]{1,200})</", str(error))
    return ": ".join(found) or f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"


def _plain(server: str) -> str:
    """Return an address without a name and password in it."""
    return re.sub(r"//[^/@]*@", "//", server)
