"""The catalogue `config/models.yaml`: models, their files with hashes, and their sources in order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path  # noqa: TC003 - pydantic needs it at run time
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from soniclayer.config_files import FileModel, load_yaml
from soniclayer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# One path part, not hidden: our own hidden files and folders lie beside them.
PlainName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Requirement = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+$")]


def load_catalogue(path: Path) -> Catalogue:
    """Read and check the catalogue.

    Raises:
        ConfigError: all faults at once, each with file and line.
    """
    return load_yaml(path, Catalogue)


class ModelFile(FileModel):
    """One file of a model. Without hash and size it is fetched only when told to record them (`--record`)."""

    name: PlainName
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    size_bytes: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _hash_and_size(self) -> ModelFile:
        if (self.sha256 is None) != (self.size_bytes is None):
            raise ValueError("sha256 and size_bytes stand together or not at all")
        return self


class FolderSource(FileModel):
    """A local folder: `<path>/<model name>/<file>`, or one of the model's other folder names."""

    kind: Literal["folder"]
    path: Path

    def has(self, file_name: str) -> bool:  # noqa: ARG002 - only a look tells
        """Whether it is worth asking for the file."""
        return True


class HubSource(FileModel):
    """A repository of the model hub at a revision.

    `files` maps our file names to its paths; left out: it has them all, by the same names.
    """

    kind: Literal["hub"]
    repo: Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]
    revision: Annotated[str, StringConstraints(pattern=r"^[\w.-]+$")]
    files: dict[PlainName, str] = Field(default_factory=dict)

    def has(self, file_name: str) -> bool:
        """Whether it is worth asking for the file."""
        return not self.files or file_name in self.files


class Part(FileModel):
    """A member of a package's wheel."""

    package: Requirement
    member: str


class RegistrySource(FileModel):
    """Wheels of the package registry. `files` maps our file names to the parts they are joined of."""

    kind: Literal["registry"]
    files: dict[PlainName, tuple[Part, ...]]

    def has(self, file_name: str) -> bool:
        """Whether it is worth asking for the file."""
        return file_name in self.files


Source = Annotated[FolderSource | HubSource | RegistrySource, Field(discriminator="kind")]


class Model(FileModel):
    """A model. `folders` are other names its folder goes by, looked for in local folders."""

    name: PlainName
    purpose: str
    licence: str
    default: bool = False
    folders: tuple[PlainName, ...] = ()
    files: tuple[ModelFile, ...]
    sources: tuple[Source, ...] = ()

    @field_validator("files")
    @classmethod
    def _some_and_no_twins(cls, files: tuple[ModelFile, ...]) -> tuple[ModelFile, ...]:
        if not files:
            raise ValueError("a model has at least one file")
        _refuse_twins(file.name for file in files)
        return files

    @field_validator("sources")
    @classmethod
    def _sources_know_the_files(cls, sources: tuple[Source, ...], info: ValidationInfo) -> tuple[Source, ...]:
        if "files" in info.data:
            known = {file.name for file in info.data["files"]}
            for source in sources:
                strange = set(getattr(source, "files", {})) - known
                if strange:
                    raise ValueError(f"a source has files the model has not: {', '.join(sorted(strange))}")
        return sources

    @property
    def size_bytes(self) -> int | None:
        """Size of all files; None when one is not known."""
        sizes = [file.size_bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


class Catalogue(FileModel):
    """All models."""

    models: tuple[Model, ...]

    @field_validator("models")
    @classmethod
    def _names_differ(cls, models: tuple[Model, ...]) -> tuple[Model, ...]:
        _refuse_twins(model.name for model in models)
        return models

    def pick(self, names: Sequence[str]) -> tuple[Model, ...]:
        """The models of these names, in their order; of no names, the default ones.

        Raises:
            ModelError: a name is not in the catalogue.
        """
        if not names:
            return tuple(model for model in self.models if model.default)
        known = {model.name: model for model in self.models}
        for name in names:
            if name not in known:
                raise ModelError(f"no model is named {name!r}: there are {', '.join(known)}")
        return tuple(known[name] for name in dict.fromkeys(names))


def _refuse_twins(names: Iterable[str]) -> None:
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise ValueError(f"names stand twice: {', '.join(twins)}")
