"""How often the built-in encoder prefers the right caption, by what is wrong in the other, on unseen scenes.

Usage: builtin_quality.py ENCODER SEED COUNT
Prints {kind: figures} as JSON.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src" / "build" / "builtin"))

from evaluate import evaluate_encoder  # noqa: E402  (found by the line above)

folder, seed, count = sys.argv[1:4]
print(json.dumps(evaluate_encoder(Path(folder), int(seed), int(count), [])["rightBeforeWrong"]))
