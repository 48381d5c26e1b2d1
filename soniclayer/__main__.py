"""`python -m soniclayer` is the same as `soniclayer`."""

import sys

from soniclayer.main import main

sys.exit(main())
