"""An epoch of a linear head on both sides by PyTorch: raw float32 vectors in, figures as JSON on stdout."""

import json
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F


def info_nce(cosines: torch.Tensor) -> torch.Tensor:
    target = torch.arange(cosines.shape[0])
    return (F.cross_entropy(cosines / 0.07, target) + F.cross_entropy(cosines.T / 0.07, target)) / 2


def sig_lip(cosines: torch.Tensor) -> torch.Tensor:
    signs = 2 * torch.eye(cosines.shape[0]) - 1
    return -F.logsigmoid(signs * (cosines / 0.07 - 10)).sum() / cosines.shape[0]


def dcl(cosines: torch.Tensor) -> torch.Tensor:
    logits = cosines / 0.07
    others = logits.masked_fill(torch.eye(logits.shape[0], dtype=torch.bool), float("-inf"))
    return ((others.logsumexp(1) - logits.diag()).mean() + (others.logsumexp(0) - logits.diag()).mean()) / 2


def smoothed(cosines: torch.Tensor) -> torch.Tensor:
    target = torch.arange(cosines.shape[0])
    options = {"label_smoothing": 0.1}
    return (F.cross_entropy(cosines / 0.07, target, **options) + F.cross_entropy(cosines.T / 0.07, target, **options)) / 2


losses = {"infoNce": info_nce, "sigLip": sig_lip, "dcl": dcl, "labelSmoothing": smoothed}


def main() -> None:
    images_file, texts_file, dim, batch, threads, name = sys.argv[1:]
    torch.set_num_threads(int(threads))
    images, texts = (torch.from_numpy(np.fromfile(file, dtype=np.float32).reshape(-1, int(dim))) for file in (images_file, texts_file))
    heads = [torch.nn.Linear(int(dim), int(dim), bias=False) for _ in range(2)]
    for head in heads:
        torch.nn.init.eye_(head.weight)
    optimiser = torch.optim.AdamW([head.weight for head in heads], lr=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.01)
    order = torch.randperm(images.shape[0], generator=torch.Generator().manual_seed(1))
    started = time.perf_counter()
    for rows in order.split(int(batch)):
        x, y = (F.normalize(head(vectors[rows]), dim=1) for head, vectors in zip(heads, (images, texts)))
        loss = losses[name](x @ y.T)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    ms = (time.perf_counter() - started) * 1000
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"ms": ms, "rssMb": rss / 1024, "version": torch.__version__}))


main()
