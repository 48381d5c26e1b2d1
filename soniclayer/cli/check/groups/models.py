"""The models that the workers load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check
from soniclayer.cli.check.outcome import CannotKnow, NotHere, Severity, fault, ok, several, unknown
from soniclayer.errors import SonicLayerError
from soniclayer.models.catalogue import load_catalogue
from soniclayer.models.condition import State, find_condition
from soniclayer.settings import default_config_dir

if TYPE_CHECKING:
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place


def look_at_presence(place: Place) -> Outcome:
    """Whether all files are there, in their size."""
    return _conditions(place, hashed=False)


def look_at_hashes(place: Place) -> Outcome:
    """Whether every byte is right."""
    if not place.deep:
        return unknown("reading every byte takes a while: soniclayer check --deep")
    return _conditions(place, hashed=True)


def look_at_learning(place: Place) -> Outcome:
    """What the label model has learned of labels.yaml comes with SonicLayer, or is kept after the first time."""
    settings = place.worker
    if settings.label_backend != "embedding":
        raise NotHere("this label model learns nothing")
    labels, shipped = settings.config_dir / "labels.yaml", default_config_dir() / "labels.yaml"
    try:
        if labels.read_bytes() == shipped.read_bytes():
            return ok("labels.yaml is as it came, and so is what is learned of it")
        edited_at = labels.stat().st_mtime
        kept = settings.cache_dir.glob("*.npz") if settings.cache_dir else ()
        latest = max((file.stat().st_mtime for file in kept), default=0.0)
    except OSError as error:
        raise CannotKnow(f"{error.filename}: {error.strerror}") from None
    if latest < edited_at:
        return fault(
            f"labels.yaml was edited, and nothing that was learned since is kept in {settings.cache_dir}",
            "systemctl restart soniclayer.target: each start learns anew until it can be kept; is the folder writable?",
        )
    return ok(f"kept in {settings.cache_dir}")


def _conditions(place: Place, *, hashed: bool) -> Outcome:
    settings = place.worker
    names = list(dict.fromkeys((settings.whisper_model, settings.label_model)))
    try:
        models = load_catalogue(settings.config_dir / "models.yaml").pick(names)
    except SonicLayerError as error:
        raise CannotKnow(str(error).splitlines()[0]) from None
    found = {model.name: find_condition(model, settings.models_dir, hashed=hashed) for model in models}
    wrong = [f"{name}: {'; '.join(at.faults)}" for name, at in found.items() if at.state is not State.READY]
    if wrong:
        bad = [name for name, at in found.items() if at.state is not State.READY]
        return fault(f"{several(wrong)} in {settings.models_dir}", f"soniclayer models fetch {' '.join(bad)}")
    return ok(f"{', '.join(found)} in {settings.models_dir}")


CHECKS = (
    Check("models.present", "the models are there, whole", Severity.ERROR, look_at_presence),
    Check("models.hashes", "every byte of the models is right", Severity.ERROR, look_at_hashes),
    Check("models.learned", "what is learned of the labels is kept", Severity.ADVICE, look_at_learning),
)
