"""Tells what a Python has for training, as a line of JSON: its version, packages, GPUs and cores. Needs nothing but Python itself."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    *("torch", "torchvision", "open_clip_torch", "pandas", "safetensors", "pillow", "peft", "onnx", "onnxruntime", "tensorboard"),
    *("wandb", "webdataset", "accelerate", "datasets", "diffusers", "simpletuner", "transformers"),
)


def packages() -> dict[str, str]:
    """The versions of the packages that are there."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def gpus() -> tuple[list[dict], str | None]:
    """The GPUs that torch can use, and why torch can't be used at all where that is so."""
    try:
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        free = [torch.cuda.mem_get_info(at) for at in range(count)]
        names = [torch.cuda.get_device_name(at) for at in range(count)]
    except Exception as error:
        return [], f"{type(error).__name__}: {error}".splitlines()[0]
    return [{"name": name, "freeBytes": left, "memoryBytes": whole} for name, (left, whole) in zip(names, free, strict=True)], None


def main() -> None:
    """Prints what there is."""
    found, failure = gpus()
    told = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "cores": os.cpu_count(),
        "packages": packages(),
        "gpus": found,
        "failure": failure,
    }
    print(json.dumps(told))


main()
