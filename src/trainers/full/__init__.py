"""Winnow's own trainer of CLIP-like models: open_clip as a library, alone or under `torchrun`. `train_full.py` starts it."""
