"""Makes an encoder of chance weights from a tiny configuration, with the checkpoint beside it, as a run of the trainer full leaves both.

Usage: made_encoder.py CONFIGURATION OUT; the checkpoint goes to OUT/model, the encoder to OUT/tiny.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "src/trainers"))
import torch
from export_encoder import export
from full.model import make_model, write_model
from full.settings import Settings

configuration, out = Path(sys.argv[1]), Path(sys.argv[2])
settings = Settings(model=f"local-dir:{configuration}", scratch=True, seed=1)
model, _ = make_model(settings, torch.device("cpu"))
out.mkdir(parents=True, exist_ok=True)
write_model(model, settings, out / "model")
export(out / "tiny", f"local-dir:{out / 'model'}", None, None)
