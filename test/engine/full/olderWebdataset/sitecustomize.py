"""Makes a newer webdataset as stock open_clip 3.3 wants it (0.2.86 at most): without the mark that later ones give at a shard's end."""

from functools import partial

import webdataset.tariterators

webdataset.tariterators.tar_file_expander = partial(webdataset.tariterators.tar_file_expander, eof_value=None)
