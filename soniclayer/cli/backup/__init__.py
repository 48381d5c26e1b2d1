"""`soniclayer backup`, `backups`, `drill` and `restore`, a module each."""
