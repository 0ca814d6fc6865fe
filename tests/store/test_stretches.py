"""Members that workers read for themselves: the right bytes, the same archive, and never changed ones."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import pytest
from traces_for_tests import many, tar_of

from waystation.store.committing import _with_data, _without_data
from waystation.store.ingesting import BatchRules, ingest
from waystation.store.inputs import iter_sources
from waystation.terms.errors import InputError


def bytes_at(stretch: tuple[str, int, int]) -> bytes:
    path, first, n = stretch
    with open(path, "rb") as f:
        f.seek(first)
        return f.read(n)


def strange_tar(form: int) -> bytes:
    """Long names, links, a folder, an empty file, and sizes around a block."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for i, size in enumerate((1, 511, 512, 513, 0, 5_000)):
            info = tarfile.TarInfo(f"{'d' * 70}/{'é' * 60}/{i}.json")
            info.size = size
            tar.addfile(info, io.BytesIO(bytes([65 + i]) * size))
            link = tarfile.TarInfo(f"link{i}")
            link.type, link.linkname = tarfile.SYMTYPE, "x" * 120
            tar.addfile(link)
            folder = tarfile.TarInfo(f"folder{i}")
            folder.type = tarfile.DIRTYPE
            tar.addfile(folder)
    return out.getvalue()


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("parts", [1, 3])
def test_a_stretch_holds_the_bytes_of_its_member(form, parts, tmp_path):
    data = strange_tar(form) if form != tarfile.USTAR_FORMAT else tar_of(many(9))
    step = -(-len(data) // parts)
    for i in range(parts):
        name = "day.tar" if parts == 1 else f"day.tar.a{'abc'[i]}"
        (tmp_path / name).write_bytes(data[i * step : (i + 1) * step])
    sources = list(iter_sources([str(tmp_path)]))
    lying = [s for s in sources if s.stretch is not None]
    assert all(bytes_at(s.stretch) == s.data for s in lying)
    assert len(lying) >= len([s for s in sources if s.data]) - (parts - 1)
    assert not any(s.stretch for s in sources if s.refused or not s.data)
    light = [_without_data(s) for s in sources]
    assert not any(s.data for s in light if s.stretch)
    assert list(_with_data(light)) == sources


def test_what_comes_out_of_a_stream_travels_as_bytes(tmp_path):
    packed = tmp_path / "day.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        info = tarfile.TarInfo("a.json")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    (tmp_path / "plain.json").write_bytes(b"{}")
    assert all(s.stretch is None for s in iter_sources([str(tmp_path)]))


def test_a_tar_that_changes_while_it_is_read_is_not_taken(tmp_path):
    tar = tmp_path / "day.tar"
    tar.write_bytes(tar_of(many(2)))
    light = [_without_data(s) for s in iter_sources([str(tar)])]
    data = bytearray(tar.read_bytes())
    data[light[1].stretch[1] + 5] ^= 1
    tar.write_bytes(data)
    read = _with_data(light)
    assert next(read).data
    with pytest.raises(InputError, match="changed while it was read"):
        next(read)
    tar.write_bytes(data[: light[1].stretch[1]])  # cut off
    with pytest.raises(InputError, match="run the same command again"):
        list(_with_data([replace(light[1])]))


def test_workers_that_read_the_tar_write_the_same_archive(tmp_path):
    tar = tmp_path / "day.tar"
    tar.write_bytes(tar_of(many(7)))
    rules = BatchRules(max_files=3)
    for name, workers in (("one", 1), ("two", 2)):
        ingest([str(tar)], tmp_path / name, workers=workers, rules=rules)
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.parquet")}
        for n in ("one", "two")
    )
    assert len(one) > 5
    assert one.keys() == two.keys()
    assert [k for k in one if k.parts[0] == "positions" and one[k] != two[k]] == []
