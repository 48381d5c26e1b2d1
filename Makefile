# `make` lists what there is to do. Everything runs in VENV; nothing else on the machine is changed.

VENV ?= $(if $(shell test -w . -o -x .venv/bin/python && echo yes),.venv,$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/soniclayer/venv)
PYTHON ?=
TORCH_INDEX_URL ?=
export PYTHON TORCH_INDEX_URL

SAMPLE = tests/data/broadcast/broadcast.flac
SHELL_SCRIPTS = .ci/run $(wildcard requirements/*.sh)
BIN = $(VENV)/bin
VENV_PATH = $(shell realpath -m "$(VENV)")

# What tools remember between runs lies in VENV too: a read-only checkout is enough.
export RUFF_CACHE_DIR = $(VENV_PATH)/.cache/ruff
export MYPY_CACHE_DIR = $(VENV_PATH)/.cache/mypy
export HYPOTHESIS_STORAGE_DIRECTORY = $(VENV_PATH)/.cache/hypothesis

.PHONY: help system-packages venv demo models test check quality conditions fuzz bench labels format lock readme wheel clean

help: ## list what there is to do
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24
	@echo
	@echo "  VENV=$(VENV)"
	@echo "  PYTHON=...              a Python 3.10-3.13, default: the first one found"
	@echo "  TORCH_INDEX_URL=...     where make test gets torch from, default: pip's index"
	@echo "  AUDIO=... TRUTH=...     what make quality and make bench measure, default: the sample broadcast"
	@echo "  JSON=...                where make quality, fuzz and bench write their figures"

system-packages: ## apt-get install what make needs, if anything is missing
	requirements/system-packages.sh

venv: ## make the virtual environment with what the demo needs
	@requirements/install.sh $(VENV) engines

demo: venv ## install, fetch the models and analyse the sample broadcast
	$(BIN)/soniclayer models fetch
	$(BIN)/soniclayer analyze $(SAMPLE)

models: venv ## fetch the models that the demo and the tests use
	$(BIN)/soniclayer models fetch whisper-base whisper-tiny.en minilm

.PHONY: tools
tools:
	@requirements/install.sh $(VENV) dev

test: tools models ## install what the tests need and run them all; T="-k word" runs some
	@requirements/install.sh $(VENV) dev torch
	$(BIN)/python -m pytest -o cache_dir=$(VENV_PATH)/.cache/pytest $(T)

check: tools ## lint, formats, types, layers, shell, YAML, spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir $(VENV)/.cache/import-linter
	$(BIN)/shellcheck $(SHELL_SCRIPTS)
	$(BIN)/shfmt -d $(SHELL_SCRIPTS)
	$(BIN)/yamllint --strict .
	$(BIN)/codespell

JSON_OPTION = $(if $(JSON),--json "$(JSON)")
AUDIO_OPTIONS = $(if $(AUDIO),--audio "$(AUDIO)") $(if $(TRUTH),--truth "$(TRUTH)")
CASES ?= 5000
SEED ?= 1

quality: tools models ## measure an analysis against its truth: words, topics, tones, non-speech; MODEL=... LANGUAGE=...
	PYTHONPATH=tests $(BIN)/python -m quality $(AUDIO_OPTIONS) $(JSON_OPTION) $(if $(MODEL),--model "$(MODEL)") \
	  $(if $(LANGUAGE),--language "$(LANGUAGE)")

conditions: tools models ## measure how well soft, thin and noisy programmes are heard; T="--only telephone"
	PYTHONPATH=tests $(BIN)/python -m quality.conditions $(JSON_OPTION) $(T)

fuzz: tools ## break files of every container and see that nothing else breaks; CASES=50 SEED=2
	PYTHONPATH=tests $(BIN)/python -m fuzz --cases $(CASES) --seed $(SEED) --keep $(VENV_PATH)/.cache/fuzz $(JSON_OPTION)

bench: tools models ## measure speed and memory; T="--only speed" runs a part
	PYTHONPATH=tests $(BIN)/python -m bench $(AUDIO_OPTIONS) $(JSON_OPTION) $(T)

labels: tools models ## learn the labels again after config/labels.yaml changed
	PYTHONPATH=tests $(BIN)/python -m labels

format: tools ## let the tools rewrite what they can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/shfmt -w $(SHELL_SCRIPTS)

lock: tools ## renew requirements/*.txt from pyproject.toml; LOCK=--upgrade takes newer versions
	UV=$(BIN)/uv requirements/lock.sh $(LOCK)

readme: venv ## put the demo's real output into README.md
	$(BIN)/python docs/readme_demo.py

wheel: venv ## build dist/soniclayer-*.whl
	$(BIN)/python -m hatchling build --target wheel --directory dist

clean: ## remove .venv, dist and all caches from this folder
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find soniclayer tests docs -name __pycache__ -type d -exec rm -rf {} +
