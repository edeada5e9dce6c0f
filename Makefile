# make demo         set up what is missing, build examples/mixed and show the table
# make test         set up what is missing, then run all checks and tests, with the real sam and real containers
# make check        run only the static checks
# make unit         run only the fast tests
# make docs         make the documentation site in docs/_build/html
# make pictures     draw the pictures of the site again, from real builds (on a quiet machine)
# make bench        measure samix beside sam; docs/benchmarks.md has the results (two hours)
# make bench-smoke  the same with small applications, each build once, to check that it works (under three minutes)
# make fuzz         read 100,000 wrong templates, samconfigs and files of a build dir (half an hour), and build 200
#                   applications whose units share places and 100 whose units share dependencies, with samix and
#                   with sam (another hour)
# make test-sams    compare samix with older versions of sam and with the newest (a quarter of an hour)
# make crash-test   kill 300 builds at random moments and check what is left (about an hour)
# make clean        remove what demo and tests left here (not the engine and its images)

SHELL := /bin/bash
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)

.PHONY: demo test check unit docs pictures bench bench-smoke fuzz test-sams crash-test setup clean

demo:
	@.ci/setup demo
	@cd examples/mixed && samix build --skip-pull-image \
	    --parameter-overrides "HostPythonRuntime=$$(python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"

test: setup check
	pytest --numprocesses auto --dist worksteal

setup:
	@.ci/setup all

check:
	@.ci/setup python
	ruff check .
	ruff format --check .
	mypy

unit:
	@.ci/setup python
	pytest --numprocesses auto --dist worksteal tests/unit

docs:
	@.ci/setup python
	python docs/generate.py
	sphinx-build -W --keep-going -n -q docs docs/_build/html

pictures:
	@.ci/setup all
	PYTHONPATH=tests python docs/images/draw.py

bench:
	@.ci/setup all
	PYTHONPATH=tests python -m bench

bench-smoke:
	@.ci/setup all
	PYTHONPATH=tests python -m bench --smoke

fuzz:
	@.ci/setup python
	@.ci/setup tools
	@python -c 'import atheris' 2>/dev/null || pip install --quiet --editable '.[fuzz]' || echo 'atheris does not install here'
	PYTHONPATH=tests python -m fuzz

test-sams:
	@.ci/setup all
	PYTHONPATH=tests python -m sams --numprocesses=auto --dist=worksteal

crash-test:
	@.ci/setup all
	PYTHONPATH=tests python -m crash

clean:
	rm -rf $(VENV) .venv-sams examples/mixed/.aws-sam docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
