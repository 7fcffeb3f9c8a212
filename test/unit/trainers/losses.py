"""The trainer's losses on blocks that a test gives, with torch's derivatives. Usage: losses.py FILE; the answer goes to stdout as JSON."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[3] / "src/trainers"))
from full.batches import deal_batches
from full.endings import Watched, find_fall, is_above_chance, is_better
from full.loss import Inputs, Loss
from full.losses import LOSSES
from full.settings import Settings
from stepped import step


def numbers(values: list) -> torch.Tensor:
    return torch.tensor([math.nan if value is None else value for value in values], dtype=torch.float64)


def tensor(block: dict) -> torch.Tensor:
    return numbers(block["values"]).reshape(block["rows"], block["columns"])


def targets(given: dict) -> dict[str, torch.Tensor]:
    def taken(name: str, value: dict | list) -> torch.Tensor:
        if isinstance(value, dict):
            return tensor(value)
        return torch.tensor(value, dtype=torch.float64 if name == "weights" else None)

    return {name: taken(name, value) for name, value in given.items() if name != "seed"}


def evaluate(loss: Loss, given: dict) -> dict:
    blocks = {name: tensor(block).requires_grad_() for name, block in given["blocks"].items()}
    temperature, bias = (torch.tensor(given[name], dtype=torch.float64, requires_grad=True) for name in ("temperature", "bias"))
    taken = targets(given["targets"])
    if "labels" in taken:
        taken["labels"] = taken["labels"].reshape(blocks["imagePrototypes"].shape)
    state = {name: numbers(values) for name, values in given["state"].items()}
    inputs = Inputs(blocks, taken, temperature, bias, given["options"], state, given["targets"].get("seed", 0))
    value = loss(inputs)
    value.backward()
    zero = {name: torch.zeros_like(block) if block.grad is None else block.grad for name, block in blocks.items()}
    return {
        "loss": value.item(),
        "gradients": {name: gradient.flatten().tolist() for name, gradient in zero.items()},
        "temperature": 0.0 if temperature.grad is None else temperature.grad.item(),
        "bias": 0.0 if bias.grad is None else bias.grad.item(),
        "state": {name: values.flatten().nan_to_num(-1).tolist() for name, values in inputs.state.items()},
    }


def declared(loss: Loss) -> dict:
    return {
        "id": loss.id,
        "blocks": loss.blocks,
        "needs": loss.needs,
        "captions": loss.captions,
        "options": loss.options,
        "startBias": loss.start_bias,
    }


def judge(case: dict) -> list:
    now, before = Watched(case["now"], case["canary"]), Watched(case["before"], case["canaryBefore"])
    fall = find_fall(now, before, guard=case["guard"], images=case["images"])
    return [is_better(now.recall, before.recall), is_above_chance(before.recall, case["images"]), fall]


given = json.loads(Path(sys.argv[1]).read_text(encoding="utf8"))
deck = given["deck"]
print(
    json.dumps(
        {
            "declared": [declared(loss) for loss in LOSSES.values()],
            "results": [evaluate(LOSSES[case["id"]], case) for case in given["cases"]],
            "settings": asdict(Settings(model="ViT-B-32")),
            "steps": [step(case) for case in given["steps"]],
            "judged": [judge(case) for case in given["judged"]],
            "batches": deal_batches(deck["classOf"], deck["together"], seed=deck["seed"], epoch=deck["epoch"], size=deck["size"]),
        }
    )
)
