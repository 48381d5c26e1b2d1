# `make` lists what there is to do. Everything runs in VENV; nothing else on the machine is changed.

VENV ?= $(if $(shell test -w . -o -x .venv/bin/python && echo yes),.venv,$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/soniclayer/venv)
PYTHON ?=
TORCH_INDEX_URL ?=
export PYTHON TORCH_INDEX_URL

SAMPLE = tests/data/broadcast/broadcast.flac
SHELL_SCRIPTS = .ci/run install.sh $(wildcard requirements/*.sh deploy/install/*.sh deploy/nginx/*.sh tests/*.sh tests/system/*.sh) deploy/systemd/tell-failure
BIN = $(VENV)/bin
VENV_PATH = $(shell realpath -m "$(VENV)")

# What tools remember between runs lies in VENV too: a read-only checkout is enough.
export RUFF_CACHE_DIR = $(VENV_PATH)/.cache/ruff
export MYPY_CACHE_DIR = $(VENV_PATH)/.cache/mypy
export HYPOTHESIS_STORAGE_DIRECTORY = $(VENV_PATH)/.cache/hypothesis

.PHONY: help system-packages venv demo run models test check quality conditions fuzz faults bench labels format lock screenshots readme wheel clean \
  install install-langflow uninstall purge wheelhouse sbom audit dist

help: ## list what there is to do
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 26
	@echo
	@echo "  VENV=$(VENV)"
	@echo "  PYTHON=...              a Python 3.10-3.13, default: the first one found"
	@echo "  TORCH_INDEX_URL=...     where make test gets torch from, default: pip's index"
	@echo "  AUDIO=... TRUTH=...     what make quality and make bench measure, default: the sample broadcast"
	@echo "  JSON=...                where make quality, fuzz and bench write their figures"
	@echo "  INSTALL=...             options of make install, install-langflow, uninstall and purge; ./install.sh --help lists them"

system-packages: ## apt-get install what make needs, if anything is missing
	requirements/system-packages.sh

venv: ## make the virtual environment with what the demo needs
	@requirements/install.sh $(VENV) engines

demo: venv ## install, fetch the models and analyse the sample broadcast
	$(BIN)/soniclayer models fetch
	$(BIN)/soniclayer analyze $(SAMPLE)

run: venv ## run the whole suite in this terminal, without root; RUN="--port 8001 --workers 2"
	@requirements/install.sh $(VENV) engines service
	$(BIN)/soniclayer models fetch
	$(BIN)/soniclayer suite $(RUN)

install: ## install the suite on this server, or upgrade it (root); INSTALL="--workers 2 --domain NAME"
	@./install.sh install $(INSTALL)

install-langflow: ## the same, with Langflow for the personas; later plain make install upgrades it too (root)
	@./install.sh install --with-langflow $(INSTALL)

uninstall: ## take the suite off this server, and leave its data (root)
	@./install.sh uninstall $(INSTALL)

purge: ## show what the suite has on this server, ask, and remove all of it (root)
	@./install.sh purge $(INSTALL)

wheelhouse: venv ## fill DIR with what make install INSTALL="--wheelhouse DIR" needs without a network; SETS="nli torch cuda langflow"
	requirements/wheelhouse.sh $(VENV) "$(DIR)" $(SETS)

models: venv ## fetch the models that the demo and the tests use
	$(BIN)/soniclayer models fetch whisper-base whisper-tiny.en minilm smollm2-135m

.PHONY: tools
tools:
	@requirements/install.sh $(VENV) dev

test: tools models ## install what the tests need and run them all; T="-k word" runs some
	@requirements/install.sh $(VENV) dev torch
	$(BIN)/python -m pytest -o cache_dir=$(VENV_PATH)/.cache/pytest $(T)

check: tools ## lint, formats, types, layers, shell, YAML, JavaScript, spelling, units
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir $(VENV)/.cache/import-linter
	$(BIN)/shellcheck $(SHELL_SCRIPTS)
	$(BIN)/shfmt -d $(SHELL_SCRIPTS)
	$(BIN)/yamllint --strict .
	$(BIN)/oxlint --deny-warnings soniclayer/dashboard
	$(BIN)/codespell
	tests/verify_units.sh

JSON_OPTION = $(if $(JSON),--json "$(JSON)")
AUDIO_OPTIONS = $(if $(AUDIO),--audio "$(AUDIO)") $(if $(TRUTH),--truth "$(TRUTH)")
CASES ?= 5000
SEED ?= 1
KILLS ?= 200
RECORDINGS ?= 80

quality: tools models ## measure an analysis against its truth: words, topics, tones, non-speech; MODEL=... LANGUAGE=...
	PYTHONPATH=tests $(BIN)/python -m quality $(AUDIO_OPTIONS) $(JSON_OPTION) $(if $(MODEL),--model "$(MODEL)") \
	  $(if $(LANGUAGE),--language "$(LANGUAGE)")

conditions: tools models ## measure how well soft, thin and noisy programmes are heard; T="--only telephone"
	PYTHONPATH=tests $(BIN)/python -m quality.conditions $(JSON_OPTION) $(T)

fuzz: tools ## break files of every container and see that nothing else breaks; CASES=50 SEED=2
	PYTHONPATH=tests $(BIN)/python -m fuzz --cases $(CASES) --seed $(SEED) --keep $(VENV_PATH)/.cache/fuzz $(JSON_OPTION)

faults: tools models ## break all that can break, on a booted machine, and lose nothing (root; 45 minutes); T="-k redis" KILLS=500
	PYTHONPATH=tests $(BIN)/python -m faults --kills $(KILLS) --recordings $(RECORDINGS) --seed $(SEED) $(T)

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

screenshots: tools models ## take the pictures of the dashboard in docs/images again; T="--only library,sign-in"
	PYTHONPATH=tests $(BIN)/python -m dashboard.screenshots $(T)

readme: venv ## put the demo's real output into README.md
	$(BIN)/python docs/readme_demo.py

wheel: venv ## build dist/soniclayer-*.whl
	$(BIN)/python -m hatchling build --target wheel --directory dist

sbom: tools ## write what a server runs, with hashes and licences, as CycloneDX into dist/
	$(BIN)/python requirements/sbom.py dist

audit: tools ## ask whether a vulnerability is known in what is locked; 3 = the data are out of reach; AUDIT="--ignore-vuln ID"
	$(BIN)/python requirements/audit.py $(AUDIT)

dist: tools ## build all that a release has into dist/: wheel, sources, bills of materials, SHA256SUMS
	rm -rf dist
	$(BIN)/python -m hatchling build --target wheel --target sdist --directory dist
	$(BIN)/python requirements/sbom.py dist
	cd dist && sha256sum * >SHA256SUMS

clean: ## remove .venv, dist and all caches from this folder
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find soniclayer tests docs -name __pycache__ -type d -exec rm -rf {} +
