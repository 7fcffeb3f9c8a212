"""CLIP's ViT-B/32 vision tower with random weights and 256 outputs, as ONNX: speed does not depend on what the weights are."""

import json
import sys
import time

import torch
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection


class Tower(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.model = CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=256))

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.model(pixel_values=pixel_values).image_embeds


def main() -> None:
    started = time.perf_counter()
    torch.manual_seed(1)
    torch.onnx.export(
        Tower().eval(),
        (torch.zeros(2, 3, 224, 224),),
        sys.argv[1],
        input_names=["pixel_values"],
        output_names=["image_embeds"],
        dynamic_axes={"pixel_values": {0: "batch"}, "image_embeds": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    print(json.dumps({"ms": (time.perf_counter() - started) * 1000}))


main()
