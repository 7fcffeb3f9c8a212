"""open_clip's ViT-B/32 with random weights over a folder of pictures, as its users run it: its own transform in a DataLoader, PyTorch on the CPU."""

import json
import resource
import sys
import time
from pathlib import Path

import open_clip
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset):
    def __init__(self, folder: str, transform) -> None:
        self.files = sorted(Path(folder).iterdir())
        self.transform = transform

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> torch.Tensor:
        with Image.open(self.files[index]) as picture:
            return self.transform(picture)


def cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    folder, batch, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.manual_seed(1)
    model, _, transform = open_clip.create_model_and_transforms("ViT-B-32-quickgelu", pretrained=None)
    model.eval()
    pictures = Pictures(folder, transform)
    started, cpu = time.perf_counter(), cpu_seconds()
    rows = 0
    with torch.inference_mode():
        for pixels in DataLoader(pictures, batch_size=batch, num_workers=workers):
            rows += torch.nn.functional.normalize(model.encode_image(pixels), dim=-1).shape[0]
    ms, cpu_ms = (time.perf_counter() - started) * 1000, (cpu_seconds() - cpu) * 1000
    assert rows == len(pictures)
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms}))


main()
