"""Tables as pyarrow writes them in its many ways, and what it reads from those that Winnow changed."""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 3000


def tables():
    texts = [None if row % 97 == 0 else f"a cat number {row} – café {'x' * (row % 50)}" for row in range(ROWS)]
    lists = [None if row % 31 == 0 else [] if row % 17 == 0 else [f"first {row}", f"second {row}"] for row in range(ROWS)]
    pictures = [{"bytes": bytes([row % 256]) * (row % 300), "path": f"{row}.jpg"} for row in range(ROWS)]
    rest = {
        "image": pa.array(pictures),
        "kind": pa.array([f"k{row % 5}" for row in range(ROWS)]).dictionary_encode(),
        "time": pa.array(range(ROWS), pa.timestamp("ns")),
        "tags": pa.array([["a", "b"]] * ROWS),
    }
    told = {"huggingface": '{"info": {"features": {}}}'}
    plain = pa.table({"text": texts, "captions": lists, **rest}).replace_schema_metadata(told)
    large = pa.table({**rest, "text": pa.array(texts, pa.large_string()), "captions": pa.array(lists, pa.large_list(pa.string()))})
    names = pa.array(["" if text is None else text for text in texts])
    fields = [
        pa.field("text", pa.string(), nullable=False),
        pa.field("captions", pa.list_(pa.field("element", pa.string(), nullable=False)), nullable=False),
    ]
    filled = pa.table([names, pa.array([found or [] for found in lists])], schema=pa.schema(fields))
    yield "snappyIndexed", plain, dict(compression="snappy", write_page_index=True)
    yield "zstdSecondVersion", plain, dict(compression="zstd", write_page_index=True, data_page_version="2.0", sorting_columns=[pq.SortingColumn(0)])
    yield "checksums", large, dict(compression="gzip", write_page_checksum=True)
    yield "deltas", plain, dict(compression="brotli", use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})
    yield "dictionaryOfText", plain.set_column(0, "text", pa.array(texts).dictionary_encode()), dict(compression="lz4")
    yield "oldLists", plain, dict(compression="none", use_compliant_nested_type=False)
    yield "required", filled, dict(compression="snappy", store_schema=False)


def facts(file):
    about = file.metadata
    groups = [about.row_group(at) for at in range(about.num_row_groups)]
    others = [
        (column.path_in_schema, column.compression, column.num_values, column.has_offset_index, column.statistics and column.statistics.to_dict())
        for group in groups
        for column in (group.column(at) for at in range(about.num_columns))
        if column.path_in_schema.split(".")[0] not in ("text", "captions")
    ]
    return [file.schema.to_arrow_schema().to_string(), str(about.metadata), about.created_by, [group.num_rows for group in groups], others]


def compare(before, after):
    first, second = pq.ParquetFile(before), pq.ParquetFile(after, page_checksum_verification=True)
    assert facts(first) == facts(second), after
    assert first.schema.equals(second.schema), after
    old, new = first.read(), second.read()
    new.validate(full=True)
    changed = {}
    for name in old.column_names:
        pairs = zip(old[name].to_pylist(), new[name].to_pylist(), strict=True)
        changed[name] = [[row, now] for row, (then, now) in enumerate(pairs) if then != now]
    return changed


folder = Path(sys.argv[2])
if sys.argv[1] == "write":
    for name, table, options in tables():
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=700, **options)
else:
    print(json.dumps({path.stem: compare(path, Path(sys.argv[3]) / path.name) for path in sorted(folder.glob("*.parquet"))}))
