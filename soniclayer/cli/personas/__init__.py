"""`soniclayer personas`: `command` declares it, each action has a file; `here` finds the personas they are about."""
