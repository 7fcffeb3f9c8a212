"""Starts the trainer `full` of this folder by its path, as torchrun wants it: train_full.py FOLDER."""

import sys

try:
    from full.main import main
except ModuleNotFoundError as error:
    sys.exit(f'This Python lacks {error.name}: run "{sys.executable} -m pip install open_clip_torch", or choose another Python')

sys.exit(main())
