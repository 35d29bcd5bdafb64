# make                 set up, then the whole pipeline of RECIPE, ending in a report
# make setup           only make .venv with the tested versions of everything
# make test            set up, then ruff, mypy and the tests
# make corpus          the recipe up to the last stage of that package (likewise: vocab, pretrain, finetune)
# make instances       the recipe up to its instances
# make pretrain GPUS=8 the same on eight GPUs of this machine
# make plan | doctor | clean

RECIPE ?= recipes/tiny.toml
GPUS ?= 1
# The oldest Python that will do may not be the one called python3.
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p))))
BIN := .venv/bin

.PHONY: all setup test corpus vocab instances pretrain finetune plan doctor clean
all: setup
	@$(BIN)/python -m tools make $(RECIPE) --gpus $(GPUS)

corpus vocab pretrain finetune: setup
	@$(BIN)/python -m tools make $(RECIPE) --until $@ --gpus $(GPUS)

instances: setup
	@$(BIN)/python -m tools make $(RECIPE) --until pretrain.instances

setup: .venv/ready

.venv/ready: setup.cfg constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "malmoi: $(PYTHON) is older than Python 3.11; install one and run: make PYTHON=/path/to/python3.11"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints.txt
	@touch $@
	@echo "set up in .venv; next: make (the tiny pipeline) or make test"

test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/python -m pytest

plan doctor: setup
	@$(BIN)/python -m tools $@ $(if $(filter plan,$@),$(RECIPE))

clean:
	rm -rf build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
