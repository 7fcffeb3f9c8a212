"""Runs of the trainer one after the other in this process, because loading torch takes as long as all of them.

Usage: runs.py FOLDER...; the codes that they end with go to stdout as the last line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[3] / "src/trainers"))
sys.path.insert(0, str(Path(__file__).parent / "fakes"))
from full.main import run_in

# Tests share few cores, and small matrices gain nothing by several.
torch.set_num_threads(1)
codes = {Path(folder).name: run_in(Path(folder)) for folder in sys.argv[1:]}
print(json.dumps(codes))
