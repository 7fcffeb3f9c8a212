"""Shards as webdataset and tarfile write them, and what both read from those that Winnow changed."""

import io
import json
import sys
import tarfile
from pathlib import Path

import webdataset as wds

folder = Path(sys.argv[2])
formats = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def samples():
    for at in range(40):
        # Longer than a header has room for, and not ASCII: each format has its own way.
        key = f"{'deep/' * 30}{at:05d}" if at % 3 == 0 else f"caf\u00e9{at:05d}"
        yield key, {"jpg": bytes([at]) * (at * 97), "txt": f"a cat number {at}\n".encode(), "json": json.dumps({"caption": f"other {at}", "n": at}).encode()}


def write():
    with wds.TarWriter(str(folder / "webdataset.tar"), encoder=False) as writer:
        for key, fields in samples():
            writer.write({"__key__": key, **fields})
    for name, kind in formats.items():
        with tarfile.open(folder / f"{name}.tar", "w", format=kind) as archive:
            for key, fields in samples():
                for field, data in fields.items():
                    if name == "ustar" and len(key) > 90:
                        key = key[5 * 20 :]
                    member = tarfile.TarInfo(f"{key}.{field}")
                    member.size, member.mtime, member.mode = len(data), 1_700_000_000, 0o640
                    archive.addfile(member, io.BytesIO(data))


def members(path):
    with tarfile.open(path) as archive:
        return [(member.name, member.get_info() | {"size": 0, "chksum": 0}, archive.extractfile(member).read()) for member in archive]


def compare(before, after):
    old, new = members(before), members(after)
    assert [(name, info) for name, info, _ in old] == [(name, info) for name, info, _ in new], after
    loaded = {sample["__key__"]: sample for sample in wds.WebDataset(str(after), shardshuffle=False, empty_check=False)}
    for name, _, data in new:
        stem, field = name.rsplit(".", 1)
        assert loaded[stem][field] == data, name
    return [[name, now.decode()] for (name, _, then), (_, _, now) in zip(old, new, strict=True) if then != now]


if sys.argv[1] == "write":
    write()
else:
    print(json.dumps({path.stem: compare(path, Path(sys.argv[3]) / path.name) for path in sorted(folder.glob("*.tar"))}))
