"""The dual encoder: a small convolutional picture tower that keeps places apart, and a small text transformer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from preprocess import IMAGE_SIZE
from tokens import END_ID, MAX_TOKENS, PAD_ID

EMBEDDING_SIZE = 192
FEATURES = 256
VISION_WIDTH = 128
TEXT_WIDTH = 128
TEXT_LAYERS = 3
VISION_LAYERS = 1
GRID = IMAGE_SIZE // 16


class Attention(nn.Module):
    """Multi-head self-attention with an optional mask of valid tokens."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, tokens: Tensor, bias: Tensor | None) -> Tensor:
        batch, length, width = tokens.shape
        parts = self.project_in(tokens).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], bias)
        result: Tensor = self.project_out(mixed.transpose(1, 2).reshape(batch, length, width))
        return result


class TransformerBlock(nn.Module):
    """Attention and a two-layer network, each with a norm before and a sum after."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_attention, self.norm_network = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width)
        self.network = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))

    def forward(self, tokens: Tensor, bias: Tensor | None = None) -> Tensor:
        tokens = tokens + self.attention(self.norm_attention(tokens), bias)
        result: Tensor = tokens + self.network(self.norm_network(tokens))
        return result


def convolution(inputs: int, outputs: int, stride: int, kernel: int = 3) -> nn.Sequential:
    """A convolution with batch norm and a rectifier; it keeps the size, or divides it by the stride."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, (kernel - stride + 1) // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class ResidualBlock(nn.Module):
    """Two convolutions and a sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolution(width, width, 1)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, picture: Tensor) -> Tensor:
        return functional.relu(picture + self.second(self.first(picture)))


class VisionTower(nn.Module):
    """Pixel values to image embeddings; the last grid is flattened, never averaged, so that places stay readable."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            convolution(3, 48, 4, kernel=8), ResidualBlock(48),
            convolution(48, 96, 2), ResidualBlock(96), convolution(96, VISION_WIDTH, 2))
        self.places = nn.Parameter(torch.randn(GRID * GRID, VISION_WIDTH) * 0.1)
        self.blocks = nn.ModuleList(TransformerBlock(VISION_WIDTH) for _ in range(VISION_LAYERS))
        self.norm = nn.LayerNorm(VISION_WIDTH)
        self.squeeze = nn.Linear(VISION_WIDTH, 24)
        self.gather = nn.Sequential(nn.Linear(24 * GRID * GRID, FEATURES), nn.ReLU())
        self.project = nn.Linear(FEATURES, EMBEDDING_SIZE)

    def features(self, pixel_values: Tensor, half: bool = False) -> Tensor:
        """What the picture shows, before the projection; `half` computes the convolutions in bfloat16, which is faster."""
        if half:
            with torch.autocast("cpu", torch.bfloat16):
                grid = self.convolutions(pixel_values).float()
        else:
            grid = self.convolutions(pixel_values)
        tokens = grid.flatten(2).transpose(1, 2) + self.places
        for block in self.blocks:
            tokens = block(tokens)
        result: Tensor = self.gather(self.squeeze(self.norm(tokens)).flatten(1))
        return result

    def forward(self, pixel_values: Tensor) -> Tensor:
        result: Tensor = self.project(self.features(pixel_values))
        return result


class TextTower(nn.Module):
    """Token ids to text embeddings; whatever follows the first end mark is ignored, so padding changes nothing."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, TEXT_WIDTH)
        nn.init.normal_(self.words.weight, std=0.2)
        self.places = nn.Parameter(torch.randn(MAX_TOKENS, TEXT_WIDTH) * 0.1)
        self.blocks = nn.ModuleList(TransformerBlock(TEXT_WIDTH) for _ in range(TEXT_LAYERS))
        self.norm = nn.LayerNorm(TEXT_WIDTH)
        self.gather = nn.Sequential(nn.Linear(2 * TEXT_WIDTH, FEATURES), nn.ReLU())
        self.project = nn.Linear(FEATURES, EMBEDDING_SIZE)

    def features(self, input_ids: Tensor) -> Tensor:
        """What the caption tells, before the projection."""
        ends = (input_ids == END_ID).to(torch.int64)
        valid = ((torch.cumsum(ends, 1) - ends) == 0) & (input_ids != PAD_ID)
        weight = valid.to(torch.float32)
        tokens = self.words(input_ids) + self.places[:input_ids.shape[1]]
        bias = (weight - 1)[:, None, None, :] * 1e4
        for block in self.blocks:
            tokens = block(tokens, bias)
        tokens = self.norm(tokens)
        mean = (tokens * weight[..., None]).sum(1) / weight.sum(1, keepdim=True).clamp(min=1)
        result: Tensor = self.gather(torch.cat((tokens[:, 0], mean), 1))
        return result

    def forward(self, input_ids: Tensor) -> Tensor:
        result: Tensor = self.project(self.features(input_ids))
        return result


class DualEncoder(nn.Module):
    """Both towers and the trained logit scale."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.vision, self.text = VisionTower(), TextTower(vocabulary)
        self.logit_scale = nn.Parameter(torch.tensor(2.6593))
        self.threshold = nn.Parameter(torch.tensor(0.5))
