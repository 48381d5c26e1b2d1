"""Label models (`pipeline.label_model.LabelModel`): `embedding` is the default, `nli` is for a GPU.

For the engine child alone: both load what is heavy.
"""
