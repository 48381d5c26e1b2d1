"""What is heavy, or touches hostile bytes: it runs in the engine child alone.

`child` is the parent's side and light; `server` is the child's main; `messages` is what they tell each other. The other
modules (`audio`, `speech`, `whisper`, `labels`) are imported by `server`, when a call needs them.
"""
