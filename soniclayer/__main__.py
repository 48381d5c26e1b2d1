"""`python -m soniclayer` is the same as `soniclayer`."""

import sys

from soniclayer.cli.main import main

sys.exit(main())
