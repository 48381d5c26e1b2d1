"""`soniclayer status`: `facts` asks Redis, the store and the disk; `page` shows it to people."""
