"""
clip-retrieval's inference (its reader, mapper, runner and writer of vectors, without its log) with ViT-B/32 of random weights over a folder of pictures.

`site` is where the package alone lies (`pip install --no-deps --target`): its pins do not go beside those of the tests. What it imports and this does not use
(a tracker, off by default; multilingual text models; its server) is stood in for, and so is its download of weights.
"""

import contextlib
import json
import resource
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy
import open_clip
import torch


def stand_in(name: str, **attributes: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module
    return module


class Silence:
    """Its log runs in a process that is spawned, and says nothing about the work."""

    def __call__(self, _: object) -> None:
        return

    def start(self) -> None:
        return

    end = start


def cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    site, folder, batch, workers, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    torch.manual_seed(1)
    model, _, transform = open_clip.create_model_and_transforms("ViT-B-32-quickgelu", pretrained=None)
    model.eval()
    loaded = (model, transform, open_clip.get_tokenizer("ViT-B-32-quickgelu"))
    stand_in("wandb")
    stand_in("sentence_transformers", SentenceTransformer=None)
    stand_in("all_clip", load_clip=lambda **_: loaded)
    for name in ("clip_retrieval", "clip_retrieval.clip_inference"):
        stand_in(name, __path__=[str(Path(site, *name.split(".")))])
    from clip_retrieval.clip_inference.mapper import ClipMapper
    from clip_retrieval.clip_inference.reader import FilesReader
    from clip_retrieval.clip_inference.runner import Runner
    from clip_retrieval.clip_inference.writer import NumpyWriter

    what = {"enable_text": False, "enable_image": True, "enable_metadata": False}
    clip = {"use_mclip": False, "clip_model": "", "use_jit": False, "mclip_model": ""}
    runner = Runner(
        reader_builder=lambda sampler: FilesReader(sampler, loaded[1], loaded[2], folder, batch, workers, **what),
        mapper_builder=lambda: ClipMapper(**what, **clip),
        writer_builder=lambda i: NumpyWriter(partition_id=i, output_folder=out, output_partition_count=1, **what),
        logger_builder=lambda _: Silence(),
        output_partition_count=1,
    )
    started, cpu = time.perf_counter(), cpu_seconds()
    with contextlib.redirect_stdout(sys.stderr):
        runner(0)
    ms, cpu_ms = (time.perf_counter() - started) * 1000, (cpu_seconds() - cpu) * 1000
    rows = numpy.load(f"{out}/img_emb/img_emb_0.npy").shape[0]
    assert rows == sum(1 for _ in Path(folder).iterdir())
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms}))


if __name__ == "__main__":
    main()
