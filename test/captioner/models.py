"""Makes small captioners with random weights as transformers.js reads them, and what transformers says of pictures by them: models.py <folder>.

The decoders are written out here over transformers' own layers, with the cache as plain inputs and outputs: that is what a graph has. What they are compared with is
transformers' own `generate`.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import nn
from transformers import (
    BartConfig,
    Florence2Config,
    Florence2ForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    PreTrainedTokenizerFast,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
    ViTModel,
)

opset = 17
side = 32
pictures = 4
new_tokens = 12
words = "a the red blue small large cat dog bird boat sits runs lies on in under beside mat grass sea tree house and with two three of picture what is seen"


def make_tokenizer(specials: list[str]) -> PreTrainedTokenizerFast:
    """A small byte-level BPE like GPT-2's and BART's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", *specials], show_progress=False
    )
    tokenizer.train_from_iterator([f"{word} {other}" for word in words.split() for other in words.split()], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>")


def enliven(model: nn.Module, embeddings: float = 0.6) -> None:
    """Larger random weights than usual: with the usual ones all pictures get the same text."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and "norm" not in name:
                weight.copy_(torch.randn(weight.shape, generator=generator) * (embeddings if "embed" in name or "wte" in name or "lm_head" in name else 0.35))


def write_pictures(folder: Path) -> list[Path]:
    """Pictures of the models' own size, so that nobody resizes."""
    random = numpy.random.default_rng(3)
    paths = []
    for at in range(pictures):
        coarse = random.integers(0, 256, (4, 4, 3), dtype=numpy.uint8)
        path = folder / f"{at}.png"
        Image.fromarray(coarse.repeat(side // 4, 0).repeat(side // 4, 1)).save(path)
        paths.append(path)
    return paths


def heads_of(states: torch.Tensor, heads: int) -> torch.Tensor:
    batch, length, width = states.shape
    return states.view(batch, length, heads, width // heads).transpose(1, 2)


def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, is_causal: bool) -> torch.Tensor:
    """Attention of the last positions over all; those before are the cache's."""
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    if is_causal:
        length, total = query.shape[-2], key.shape[-2]
        ahead = torch.arange(total)[None, :] > torch.arange(length)[:, None] + (total - length)
        scores = scores.masked_fill(ahead, torch.finfo(scores.dtype).min)
    mixed = (scores.softmax(-1) @ value).transpose(1, 2)
    return mixed.reshape(mixed.shape[0], mixed.shape[1], -1)


class Gpt2Decoder(nn.Module):
    """GPT-2 with cross-attention: tokens and the picture's states to logits."""

    def __init__(self, model: GPT2LMHeadModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, encoder_hidden_states: torch.Tensor, *past: torch.Tensor) -> tuple[torch.Tensor, ...]:
        body, heads = self.model.transformer, self.model.config.n_head
        places = torch.arange(input_ids.shape[1]) + past[0].shape[2]
        states = body.wte(input_ids) + body.wpe(places)
        present = []
        for at, layer in enumerate(body.h):
            query, key, value = (heads_of(part, heads) for part in layer.attn.c_attn(layer.ln_1(states)).chunk(3, -1))
            key, value = torch.cat([past[2 * at], key], 2), torch.cat([past[2 * at + 1], value], 2)
            present += [key, value]
            states = states + layer.attn.c_proj(attend(query, key, value, True))
            query = heads_of(layer.crossattention.q_attn(layer.ln_cross_attn(states)), heads)
            key, value = (heads_of(part, heads) for part in layer.crossattention.c_attn(encoder_hidden_states).chunk(2, -1))
            states = states + layer.crossattention.c_proj(attend(query, key, value, False))
            states = states + layer.mlp(layer.ln_2(states))
        return self.model.lm_head(body.ln_f(states)), *present


def export(path: Path, module: nn.Module, inputs: dict[str, torch.Tensor], outputs: list[str], axes: dict[str, dict[int, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with torch.inference_mode():
        torch.onnx.export(
            module.eval(), tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs, dynamic_axes=axes, opset_version=opset, dynamo=False
        )


class Function(nn.Module):
    """A function as a module, with the model whose weights it uses."""

    def __init__(self, model: nn.Module, function) -> None:
        super().__init__()
        self.model = model
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def export_decoder(path: Path, decoder: nn.Module, inputs: dict[str, torch.Tensor], layers: int, shape: tuple[int, ...], infix: str = "") -> None:
    """A decoder whose cache may be empty; `shape` is that of a layer's keys."""
    past = {f"past_key_values.{at}{infix}.{kind}": torch.randn(shape) for at in range(layers) for kind in ("key", "value")}
    present = [name.replace("past_key_values", "present") for name in past]
    axes = {name: {0: "batch", 1: f"{name}_length"} for name in inputs} | {name: {0: "batch_size", 2: "past_length"} for name in past}
    export(path, decoder, inputs | past, ["logits", *present], axes | {name: {0: "batch", 2: "total_length"} for name in present})


def make_vit_gpt2(folder: Path) -> None:
    torch.manual_seed(0)
    tokenizer = make_tokenizer([])
    vision = ViTConfig(image_size=side, patch_size=8, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    text = GPT2Config(
        vocab_size=len(tokenizer), n_positions=256, n_embd=32, n_layer=2, n_head=2, add_cross_attention=True, is_decoder=True,
        bos_token_id=0, eos_token_id=2, tie_word_embeddings=False,
    )
    model = VisionEncoderDecoderModel(encoder=ViTModel(vision, add_pooling_layer=False), decoder=GPT2LMHeadModel(text))
    model.config.decoder_start_token_id, model.config.pad_token_id, model.config.eos_token_id = 0, 1, 2
    model.generation_config.decoder_start_token_id, model.generation_config.pad_token_id, model.generation_config.eos_token_id = 0, 1, 2
    model.generation_config.bos_token_id = 0
    enliven(model)
    model.eval()
    processor = ViTImageProcessor(size={"height": side, "width": side})
    for part in (processor, tokenizer):
        part.save_pretrained(folder)
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    pixels = torch.randn(1, 3, side, side)
    export(folder / "onnx/encoder_model.onnx", Function(model.encoder, lambda pixels: model.encoder(pixels).last_hidden_state),
           {"pixel_values": pixels}, ["last_hidden_state"], {"pixel_values": {0: "batch"}, "last_hidden_state": {0: "batch"}})
    states = model.encoder(pixels).last_hidden_state.detach()
    export_decoder(folder / "onnx/decoder_model_merged.onnx", Gpt2Decoder(model.decoder),
                   {"input_ids": torch.tensor([[0, 5]]), "encoder_hidden_states": states}, 2, (1, 2, 3, 16))
    write_expected(folder, lambda picture: model.generate(
        pixel_values=processor(picture, return_tensors="pt")["pixel_values"], do_sample=False, num_beams=1, max_new_tokens=new_tokens
    ), tokenizer)


def write_expected(folder: Path, generate, tokenizer: PreTrainedTokenizerFast) -> None:
    expected = {}
    for path in write_pictures(folder):
        with torch.inference_mode():
            tokens = generate(Image.open(path).convert("RGB"))
        expected[path.name] = tokenizer.decode(tokens[0], skip_special_tokens=True).strip()
    (folder / "expected.json").write_text(json.dumps(expected, indent=1), encoding="utf8")


class BartDecoder(nn.Module):
    """BART's decoder over embeddings, as Florence-2 has it."""

    def __init__(self, model: Florence2ForConditionalGeneration) -> None:
        super().__init__()
        self.model = model

    def forward(self, encoder_attention_mask: torch.Tensor, encoder_hidden_states: torch.Tensor, inputs_embeds: torch.Tensor, *past: torch.Tensor) -> tuple[torch.Tensor, ...]:
        body = self.model.model.language_model.decoder
        heads = body.config.decoder_attention_heads
        places = torch.arange(inputs_embeds.shape[1]) + past[0].shape[2] + 2
        states = body.layernorm_embedding(inputs_embeds * body.embed_tokens.embed_scale + body.embed_positions.weight[places])
        present = []
        unseen = (1 - encoder_attention_mask[:, None, None, :].to(states.dtype)) * torch.finfo(states.dtype).min
        for at, layer in enumerate(body.layers):
            own = layer.self_attn
            query, key, value = (heads_of(part(states), heads) for part in (own.q_proj, own.k_proj, own.v_proj))
            key, value = torch.cat([past[2 * at], key], 2), torch.cat([past[2 * at + 1], value], 2)
            present += [key, value]
            states = layer.self_attn_layer_norm(states + own.out_proj(attend(query, key, value, True)))
            other = layer.encoder_attn
            query, key, value = heads_of(other.q_proj(states), heads), heads_of(other.k_proj(encoder_hidden_states), heads), heads_of(other.v_proj(encoder_hidden_states), heads)
            scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + unseen
            mixed = (scores.softmax(-1) @ value).transpose(1, 2)
            states = layer.encoder_attn_layer_norm(states + other.out_proj(mixed.reshape(states.shape)))
            states = layer.final_layer_norm(states + layer.fc2(layer.activation_fn(layer.fc1(states))))
        return self.model.lm_head(states), *present


def write_processor(folder: Path, kind: str, more: dict) -> None:
    """The files of a processor as published exports have them; the pixels become (x / 255 - 0.5) / 0.5."""
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "do_resize": True, "do_rescale": True, "do_normalize": True, "rescale_factor": 1 / 255, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
        "resample": 3, "size": {"height": side, "width": side}, "processor_class": kind, **more,
    }), encoding="utf8")


def pixels_of(picture: Image.Image) -> torch.Tensor:
    return (torch.tensor(numpy.asarray(picture)).permute(2, 0, 1)[None].float() / 255 - 0.5) / 0.5


def make_florence(folder: Path) -> None:
    torch.manual_seed(0)
    image, task = "<image>", "a picture with what is seen"
    tokenizer = make_tokenizer([image])
    image_id = tokenizer.convert_tokens_to_ids(image)
    text = BartConfig(
        vocab_size=len(tokenizer), d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64,
        decoder_ffn_dim=64, max_position_embeddings=256, scale_embedding=False, bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2,
        forced_eos_token_id=None, activation_function="gelu",
    )
    vision = {
        "depths": [1, 1], "patch_size": [7, 3], "patch_stride": [4, 2], "patch_padding": [3, 1], "patch_prenorm": [False, True], "embed_dim": [16, 32],
        "num_heads": [2, 2], "num_groups": [2, 2], "window_size": 4, "projection_dim": 32, "drop_path_rate": 0.0, "max_position_embeddings": 50, "max_temporal_embeddings": 10,
    }
    model = Florence2ForConditionalGeneration(Florence2Config(text_config=text.to_dict(), vision_config=vision, image_token_id=image_id))
    enliven(model)
    model.eval()
    generation = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2}
    for name, value in generation.items():
        setattr(model.generation_config, name, value)
    model.generation_config.forced_eos_token_id = None
    tokenizer.save_pretrained(folder)
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    write_processor(folder, "Florence2Processor", {"image_processor_type": "CLIPImageProcessor", "task_prompts_without_inputs": {"<MORE_DETAILED_CAPTION>": task}})
    body = model.model
    pixels, embed = torch.randn(1, 3, side, side), body.get_input_embeddings()
    export(folder / "onnx/vision_encoder.onnx", Function(model, lambda pixels: model.get_image_features(pixels).pooler_output),
           {"pixel_values": pixels}, ["image_features"], {"pixel_values": {0: "batch"}, "image_features": {0: "batch"}})
    export_embeddings(folder, embed)
    sequence = torch.randn(1, 9, 32)
    names = {"attention_mask": torch.ones(1, 9, dtype=torch.long), "inputs_embeds": sequence}
    axes = {name: {0: "batch", 1: "sequence"} for name in (*names, "last_hidden_state")}
    encoder = body.language_model.encoder
    export(folder / "onnx/encoder_model.onnx", Function(encoder, lambda mask, embeds: encoder(attention_mask=mask, inputs_embeds=embeds).last_hidden_state),
           names, ["last_hidden_state"], axes)
    inputs = {"encoder_attention_mask": names["attention_mask"], "encoder_hidden_states": sequence, "inputs_embeds": torch.randn(1, 2, 32)}
    export_decoder(folder / "onnx/decoder_model_merged.onnx", BartDecoder(model), inputs, 2, (1, 2, 3, 16), ".decoder")
    with torch.inference_mode():
        count = model.get_image_features(pixels).pooler_output.shape[1]
    prompt = tokenizer(task, return_tensors="pt")["input_ids"]
    tokens = torch.cat([torch.full((1, count), image_id), prompt], 1)
    write_expected(folder, lambda picture: model.generate(
        input_ids=tokens, attention_mask=torch.ones_like(tokens), pixel_values=pixels_of(picture), do_sample=False, num_beams=1, max_new_tokens=new_tokens
    ), tokenizer)


def export_embeddings(folder: Path, embed: nn.Module) -> None:
    export(folder / "onnx/embed_tokens.onnx", Function(embed, lambda ids: embed(ids)), {"input_ids": torch.tensor([[0, 5, 2]])}, ["inputs_embeds"],
           {name: {0: "batch", 1: "sequence"} for name in ("input_ids", "inputs_embeds")})


class LlamaDecoder(nn.Module):
    """Llama over embeddings, as SmolVLM has it."""

    def __init__(self, model: SmolVLMForConditionalGeneration) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs_embeds: torch.Tensor, attention_mask: torch.Tensor, position_ids: torch.Tensor, *past: torch.Tensor) -> tuple[torch.Tensor, ...]:
        body = self.model.model.text_model
        heads, width = body.config.num_attention_heads, body.config.head_dim
        turns = 1 / body.config.rope_parameters["rope_theta"] ** (torch.arange(0, width, 2).float() / width)
        angles = (position_ids[..., None].float() * turns).repeat(1, 1, 2)[:, None]
        turned = lambda part: part * angles.cos() + torch.cat([-part[..., width // 2 :], part[..., : width // 2]], -1) * angles.sin()
        states = inputs_embeds + 0 * attention_mask.sum()
        present = []
        for at, layer in enumerate(body.layers):
            own, normed = layer.self_attn, layer.input_layernorm(states)
            query, key, value = (heads_of(part(normed), heads) for part in (own.q_proj, own.k_proj, own.v_proj))
            key, value = torch.cat([past[2 * at], turned(key)], 2), torch.cat([past[2 * at + 1], value], 2)
            present += [key, value]
            states = states + own.o_proj(attend(turned(query), key, value, True))
            states = states + layer.mlp(layer.post_attention_layernorm(states))
        return self.model.lm_head(body.norm(states)), *present


template = (
    "{% for message in messages %}User:{% for part in message.content %}{% if part.type == 'image' %}<image>{% else %} {{ part.text }}{% endif %}{% endfor %}"
    "<end>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)


def make_smolvlm(folder: Path) -> None:
    torch.manual_seed(0)
    image, around, whole = "<image>", "<fake_token_around_image>", "<global-img>"
    tokenizer = make_tokenizer([image, around, whole, "<end>", "User:", "Assistant:", "\n"])
    tokenizer.backend_tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.chat_template = template
    image_id = tokenizer.convert_tokens_to_ids(image)
    text = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, head_dim=16,
        max_position_embeddings=512, bos_token_id=0, pad_token_id=1, eos_token_id=2,
    )
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": side, "patch_size": 8}
    model = SmolVLMForConditionalGeneration(SmolVLMConfig(text_config=text.to_dict(), vision_config=vision, image_token_id=image_id, scale_factor=2, pad_token_id=1))
    enliven(model)
    model.eval()
    model.generation_config.bos_token_id, model.generation_config.pad_token_id, model.generation_config.eos_token_id = 0, 1, 2
    tokenizer.save_pretrained(folder)
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    tokens_of_picture = (side // 8) ** 2 // 4
    (folder / "processor_config.json").write_text(json.dumps({"image_seq_len": tokens_of_picture, "processor_class": "SmolVLMProcessor"}), encoding="utf8")
    write_processor(folder, "SmolVLMProcessor", {
        "image_processor_type": "SmolVLMImageProcessor", "do_image_splitting": False, "do_pad": True, "max_image_size": {"longest_edge": side}, "size": {"longest_edge": side},
    })
    body = model.model
    seeing = body.vision_model

    def see(pixels: torch.Tensor) -> torch.Tensor:
        patches = seeing.embeddings.patch_embedding(pixels[0]).flatten(2).transpose(1, 2)
        states = seeing.encoder(inputs_embeds=patches + seeing.embeddings.position_embedding.weight).last_hidden_state
        return body.connector(seeing.post_layernorm(states))

    export(folder / "onnx/vision_encoder.onnx", Function(model, see), {"pixel_values": torch.randn(1, 1, 3, side, side)}, ["image_features"], {})
    export_embeddings(folder, body.get_input_embeddings())
    inputs = {"inputs_embeds": torch.randn(1, 4, 32), "attention_mask": torch.ones(1, 7, dtype=torch.long), "position_ids": torch.arange(3, 7)[None]}
    export_decoder(folder / "onnx/decoder_model_merged.onnx", LlamaDecoder(model), inputs, 2, (1, 2, 3, 16))
    asked = f"User:{around}{whole}{image * tokens_of_picture}{around} what is seen<end>\nAssistant:"
    tokens = tokenizer(asked, return_tensors="pt", add_special_tokens=False)["input_ids"]
    generate = lambda given, **more: model.generate(
        input_ids=given, attention_mask=torch.ones_like(given), do_sample=False, num_beams=1, max_new_tokens=new_tokens, **more
    )[:, given.shape[1]:]
    write_expected(folder, lambda picture: generate(tokens, pixel_values=pixels_of(picture)[None]), tokenizer)
    alone = tokenizer("User: what is seen<end>\nAssistant:", return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        text_alone = tokenizer.decode(generate(alone)[0], skip_special_tokens=True).strip()
    (folder / "expectedText.json").write_text(json.dumps(text_alone), encoding="utf8")


families = {"vitGpt2": make_vit_gpt2, "florence2": make_florence, "smolVlm": make_smolvlm}

if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of tracing: the sizes that it takes for constants are constant here
    for family, make in families.items():
        folder = Path(sys.argv[1]) / family
        folder.mkdir(parents=True)
        make(folder)
