"""Where compiled kernels are kept between runs.

Numba keeps them beside the source, or else in the user's cache folder; where it can write to neither (a
read-only image without a home) it refuses to load a kernel at all. Then a folder of this user's own in the
temporary folder is named. ``NUMBA_CACHE_DIR`` overrules everything.
"""

from __future__ import annotations

import os  # noqa: TID251 - looks where may be written; nothing of a result depends on it

__all__ = ["choose_cache"]


def choose_cache() -> None:
    """Name a cache folder to Numba where it would find none. Has to run before Numba is loaded."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118 - pathlib loads slowly
    here = os.path.dirname(__file__)  # noqa: PTH120 - the same
    if "NUMBA_CACHE_DIR" not in os.environ and not _writable(here) and not _writable(home):
        os.environ["NUMBA_CACHE_DIR"] = _own_temporary()


def _writable(path: str) -> bool:
    """Whether files can be made in a folder, or the folder itself where it is missing."""
    while not os.path.isdir(path) and os.path.dirname(path) != path:  # noqa: PTH112, PTH120 - the same
        path = os.path.dirname(path)  # noqa: PTH120 - the same
    return os.access(path, os.W_OK | os.X_OK)


def _own_temporary() -> str:
    """Return a folder that only this user can write to: what is kept there is loaded as code."""
    import tempfile

    path = os.path.join(tempfile.gettempdir(), f"waystation-kernels-{os.getuid()}")  # noqa: PTH118 - the same
    try:
        os.mkdir(path, 0o700)  # noqa: PTH102 - the same
    except FileExistsError:
        found = os.lstat(path)
        if found.st_uid == os.getuid() and found.st_mode & 0o170077 == 0o040000:
            return path
    except OSError:
        pass
    else:
        return path
    return tempfile.mkdtemp(prefix="waystation-kernels-")
