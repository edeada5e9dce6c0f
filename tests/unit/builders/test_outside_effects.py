"""What recipes may write outside of a source, where they may do anything, and whose artifacts they name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samix.builders.shell.script import ARTIFACTS_DIR, argument, find_paths_out_of_artifact
from samix.files.access_log import record_observations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samix.builders.outside import Outside

FILES = ("shared/a.py", "shared/b.txt", "lib/l.py", "app/other/x.py", "app/fn/app.py", "requirements.txt")
ROOT = "ROOT := $(abspath $(ARTIFACTS_DIR)/../../..)\n"
HERE = "HERE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))\n"


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _relative(paths: Iterable[Path], root: Path) -> list[str]:
    return [os.path.relpath(path, os.path.realpath(root)) for path in paths]


@pytest.fixture(scope="session")
def look(look_outside: Callable[..., Outside]) -> Callable[..., Outside]:
    """What is found for the function `Fn` with this makefile."""

    def look(root: Path, makefile: str, **values: object) -> Outside:
        _write(root, dict.fromkeys(FILES, "") | {"app/fn/Makefile": makefile})
        return look_outside(root, "make", **{"name": "Fn", **values})

    return look


def _recipe(*commands: str) -> str:
    return "build-Fn:\n" + "".join(f"\t{command}\n" for command in commands)


READING = [
    "cp -r $(PWD)/lib $(ARTIFACTS_DIR)",
    "cp -rt $(ARTIFACTS_DIR) $(PWD)/lib",
    "cp --target-directory=$(ARTIFACTS_DIR) $(PWD)/lib/l.py",
    'cp -r "$(PWD)/lib/." "$(ARTIFACTS_DIR)/"',
    "/bin/cp $(PWD)/lib/l.py .",
    "-@cp $(PWD)/lib/l.py .",
    "rsync -a --delete $(PWD)/lib/ $(ARTIFACTS_DIR)/",
    "rsync -a --exclude-from $(PWD)/shared/b.txt $(PWD)/lib/ .",
    "install -m 644 $(PWD)/lib/l.py $(ARTIFACTS_DIR)",
    "ln -s $(PWD)/lib $(ARTIFACTS_DIR)/lib",
    "scp $(PWD)/lib/l.py .",
    "cat $(PWD)/shared/*.txt > $(ARTIFACTS_DIR)/all",
    "cat < $(PWD)/shared/b.txt",
    "test -f $(PWD)/lib/l.py && echo there",
    "[ -d $(PWD)/lib ] || exit 1",
    "if [ -f $(PWD)/lib/l.py ]; then echo $(PWD)/lib; fi",
    "ls $(PWD)/lib",
    "diff -r $(PWD)/lib .",
    "grep -q x $(PWD)/lib/l.py 2>/dev/null",
    "head -n 1 $(PWD)/shared/b.txt | tail -c 3",
    "wc -l $(PWD)/lib/*.py; sort $(PWD)/shared/b.txt",
    "find $(PWD)/lib -name '*.py'",
    "find $(PWD)/lib -name '*.py' -exec cp {} $(ARTIFACTS_DIR) \\;",
    "find $(PWD)/lib -name '*.py' | xargs -I{} cp {} $(ARTIFACTS_DIR)",
    "sed 's/a/b/' $(PWD)/lib/l.py > app.py",
    "awk '{ print $$1 }' $(PWD)/shared/b.txt",
    "jq . $(PWD)/lib/x.json",
    "sha256sum $(PWD)/lib/l.py",
    "tar -cf $(ARTIFACTS_DIR)/x.tar -C $(PWD)/lib .",
    "tar xzf $(PWD)/lib/x.tgz -C $(ARTIFACTS_DIR)",
    "tar -xzf $(PWD)/lib/x.tgz",
    "zip -r $(ARTIFACTS_DIR)/x.zip $(PWD)/lib",
    "unzip -q $(PWD)/lib/x.zip -d $(ARTIFACTS_DIR)",
    "pip install -r $(PWD)/requirements.txt -t $(ARTIFACTS_DIR)",
    "python3 -m pip install --target $(ARTIFACTS_DIR) -c $(PWD)/lib/c.txt x",
    "uv pip install --target=$(ARTIFACTS_DIR) -r $(PWD)/requirements.txt",
    "$(CC) -I$(PWD)/lib -L $(PWD)/lib -o $(ARTIFACTS_DIR)/bootstrap main.c $(PWD)/lib/x.c",
    "tool -I$(PWD)/lib -L$(PWD)/lib",
    "gcc -I $(PWD) -o $(ARTIFACTS_DIR)/x x.c",
    "protoc -I$(PWD)/lib --python_out=$(ARTIFACTS_DIR) $(PWD)/lib/x.proto",
    "esbuild $(PWD)/lib/x.ts --bundle --outfile=$(ARTIFACTS_DIR)/x.js",
    "go build -o $(ARTIFACTS_DIR)/bootstrap $(PWD)/lib",
    "cd $(PWD)/lib && GOOS=linux go build -o $(ARTIFACTS_DIR)/bootstrap .",
    "git -C $(PWD) rev-parse HEAD",
    "git -C $(PWD)/lib describe > $(ARTIFACTS_DIR)/version",
    "docker run --rm -v $(PWD)/lib:/in:ro image",
    "cd $(PWD)/lib && pwd",
    "cd $(PWD)/lib && cp l.py $(ARTIFACTS_DIR)",
    "cd $(PWD)/lib && tar -cf - . | tar -xf - -C $(ARTIFACTS_DIR)",
    "cd $(PWD)/lib && pip install -r r.txt -t $(ARTIFACTS_DIR)",
    "(cd $(PWD)/lib && ls) && tool x",
    "for f in $(PWD)/lib/*.py; do cp $$f $(ARTIFACTS_DIR); done",
    "S=$$(cat $(PWD)/lib/l.py); echo $$S > x",
    'echo "$$(cd $(PWD)/lib && pwd)"',
    "L=$(PWD)/lib; cp -r $$L $(ARTIFACTS_DIR)",
    "echo $(PWD) > /dev/null 2>&1",
    "cp x $(ARTIFACTS_DIR) # > $(PWD)/lib/x",
    "rm -rf ../lib $$PWD/../lib `pwd`/../lib",
    "tool /usr/share/x --with=/opt/y",
    "command -v $(PWD)/lib/x",
    "rm -rf $(ARTIFACTS_DIR)/x && mkdir -p $(ARTIFACTS_DIR)/y .z",
    "rm -rf $(HERE)/x $(PWD)/app/fn/y",
    "rm -rf $(ARTIFACTS_DIR)/../../cache",
    "rm -rf ~/x $$HOME/y $(UNKNOWN)/z",
    "$(MAKE) other",
]


@pytest.mark.parametrize(
    "makefile",
    [
        "build-Fn: $(PWD)/lib/l.py ../other/x.py\n",
        "include $(HERE)/../../lib/x.mk\n" + _recipe("true"),
        "build-Fn: build-%: $(PWD)/lib\n\ttrue\n",
        "OUT = $(PWD)/out\nexport OUT\n" + _recipe("true"),
        "build-Fn: OUT = $(PWD)/out\n" + _recipe("true"),
        _recipe("true") + "clean:\n\trm -rf $(PWD)/lib\n\nbuild-B:\n\ttouch $(PWD)/out\n",
        "all: build-Fn build-B\n" + _recipe("true") + "build-B:\n\ttouch $(PWD)/out\n",
    ],
    ids=["prerequisites", "include", "a static pattern", "export", "a variable", "other rules", "rules named twice"],
)
def test_what_no_command_of_the_unit_does_is_not_written(
    look: Callable[..., Outside], tmp_path: Path, makefile: str
) -> None:
    assert look(tmp_path, HERE + makefile).written == ()


RULES = {
    "what it needs": ("build-Fn: $(PWD)/out/x\n$(PWD)/out/x: x.c\n\tgcc -o $@ $<\n", ["out/x"]),
    "what it needs by a pattern": ("build-Fn: $(PWD)/out/x.o\n$(PWD)/out/%.o: %.c\n\tgcc -o $@ $<\n", ["out"]),
    "where that lies": ("build-Fn: $(PWD)/out/x\n$(PWD)/out/x:\n\tmkdir -p $(@D) ${@D}/y\n", ["out"]),
    "what it needs by a variable": ("O = stamp\nbuild-Fn: $(O)\nstamp:\n\ttouch $(PWD)/out\n", ["out"]),
    "what all rules need": (_recipe("$(MAKE) a b=c -s") + "a: c\nc:\n\ttouch $(PWD)/out\n", ["out"]),
    "two rules": ("build-Fn: a\n" + _recipe("touch $(PWD)/out") + "a:\n\ttouch $(PWD)/a\n", ["a", "out"]),
    "in an included file": ("include $(HERE)/x.mk\n", ["out"]),
}


@pytest.mark.parametrize(("makefile", "expected"), RULES.values(), ids=RULES)
def test_a_rule_may_write(look: Callable[..., Outside], tmp_path: Path, makefile: str, expected: list[str]) -> None:
    _write(tmp_path, {"app/fn/x.mk": _recipe("touch $(PWD)/out")})
    assert _relative(look(tmp_path, HERE + makefile).written, tmp_path) == expected


@pytest.mark.parametrize("command", READING)
def test_a_command_that_only_reads_writes_nothing(look: Callable[..., Outside], tmp_path: Path, command: str) -> None:
    found = look(tmp_path, HERE + _recipe(command))
    assert (found.written, found.roaming, found.neighbours) == ((), (), ())


WRITING = {
    "echo x > $(PWD)/lib/out": ["lib/out"],
    "echo x >>$(PWD)/lib/out": ["lib/out"],
    "tool &> '$(PWD)/lib/out'": ["lib/out"],
    "> $(PWD)/lib/out": ["lib/out"],
    "cp app.py $(PWD)/lib": ["lib"],
    "cp -t $(PWD)/lib app.py": ["lib"],
    "cp app.py --target-directory=$(PWD)/lib": ["lib"],
    "rsync -rt . $(PWD)/lib/": ["lib"],
    "rsync --remove-source-files $(PWD)/lib/ $(ARTIFACTS_DIR)": ["lib"],
    "install -d $(PWD)/out/one $(PWD)/out/two": ["out/one", "out/two"],
    "install -m 755 app.py $(PWD)/out/app": ["out/app"],
    "ln -sf $(ARTIFACTS_DIR) $(PWD)/latest": ["latest"],
    "mv app.py $(PWD)/lib/": ["lib"],
    "mv $(PWD)/lib/l.py .": ["lib/l.py"],
    "mkdir -p $(PWD)/out": ["out"],
    "touch $(PWD)/stamp": ["stamp"],
    "rm -rf $(PWD)/lib/*.pyc": ["lib"],
    "$(RM) $(PWD)/lib/x": ["lib/x"],
    "sudo rm $(PWD)/lib/x": ["lib/x"],
    "echo x | tee -a $(PWD)/log": ["log"],
    "chmod +x $(PWD)/lib/l.py": ["lib/l.py"],
    "sed -i 's/a/b/' $(PWD)/lib/l.py": ["lib/l.py"],
    "sed -i.bak -e s/a/b/ $(PWD)/lib/l.py": ["lib/l.py"],
    "find $(PWD)/lib -name x -delete": ["lib"],
    "find $(PWD)/lib -name x -exec rm {} +": ["lib"],
    "find . -name x -exec cp {} $(PWD)/out \\;": ["out"],
    "tar -xzf x.tgz -C $(PWD)/out": ["out"],
    "tar -C $(PWD)/out -xzf x.tgz": ["out"],
    "tar xf x.tar --directory=$(PWD)/out": ["out"],
    "tar czf $(PWD)/out.tgz .": ["out.tgz"],
    "zip -qr $(PWD)/out.zip .": ["out.zip"],
    "unzip x.zip -d $(PWD)/out": ["out"],
    "gcc -o $(PWD)/out/x x.c": ["out/x"],
    "$(CC) -o$(PWD)/out/x x.c": ["out/x"],
    "go build -o $(PWD)/out/x .": ["out/x"],
    "curl -sSLo x https://e.com/x -o $(PWD)/out/y": ["out/y"],
    "wget -P $(PWD)/out https://e.com/x": ["out"],
    "pip install -t $(PWD)/out x": ["out"],
    "pip install --target=$(PWD)/out -r requirements.txt": ["out"],
    "pip3 install $(PWD)/lib -t $(ARTIFACTS_DIR)": ["lib"],
    "pip install -e $(PWD)/lib": ["lib"],
    "python -m pip install $(PWD)/lib/ -t $(ARTIFACTS_DIR)": ["lib"],
    "$(MAKE) -C $(PWD)/lib all": ["lib"],
    "make --directory=$(PWD)/lib": ["lib"],
    "npm --prefix $(PWD)/lib ci": ["lib"],
    "yarn --cwd $(PWD)/lib build": ["lib"],
    "cargo build --manifest-path $(PWD)/lib/Cargo.toml": ["lib/Cargo.toml"],
    "CARGO_TARGET_DIR=$(PWD)/target cargo build": ["target"],
    "tool $(PWD)/lib": ["lib"],
    "tool --out=$(PWD)/lib": ["lib"],
    "docker run -v $(PWD)/lib:/x image": ["lib"],
    "bash build.sh $(PWD)/lib": ["lib"],
    "env A=b tool $(PWD)/lib": ["lib"],
    "cd $(PWD)/lib && tool": ["lib"],
    "cd $(PWD)/lib; npm ci && npm run build": ["lib"],
    "cd '$(PWD)/lib' && go generate ./... && cp l.py $(ARTIFACTS_DIR)": ["lib"],
    "cd $(PWD)/lib && go build": ["lib"],
    "cd $(PWD)/lib && unzip x.zip": ["lib"],
    "cd $(PWD)/lib && cp l.py ../shared/l.py": ["shared/l.py"],
    "cd $(PWD) && cd lib && touch x": ["lib/x"],
    "(cd $(PWD)/lib && tool); tool": ["lib"],
    "if true; then cd $(PWD)/lib; tool; fi": ["lib"],
    "sh -c 'cd $(PWD)/lib && tool'": ["lib"],
    'bash -ec "touch $(PWD)/lib/x"': ["lib/x"],
    "X=$$(mkdir -p $(PWD)/out && echo x)": ["out"],
    "echo `touch $(PWD)/out`": ["out"],
    'echo "$$(touch $(PWD)/out)"': ["out"],
    "D=$(PWD)/out; mkdir -p $$D/x": ["out/x"],
    "export D=$(PWD)/out && mkdir -p $${D}/x": ["out/x"],
    "@for d in $(PWD)/one $(PWD)/two; do mkdir -p $$d; done": ["one", "two"],
    "for f in a b; do touch $(PWD)/out/$$f; done": ["out/a", "out/b"],
    "while read f; do touch $(PWD)/out/$$f; done": ["out"],
    "touch $(HERE)../x": ["app/x"],
    "touch $(ARTIFACTS_DIR)/../../../out": ["out"],
    "touch $(shell dirname $(HERE))/x": ["app/x"],
    "mkdir -p /outside/cache/x": ["/outside/cache/x"],
    "pip install -t /outside/cache -r $(PWD)/requirements.txt": ["/outside/cache"],
}


@pytest.mark.parametrize(("command", "expected"), WRITING.items())
def test_a_command_may_write(look: Callable[..., Outside], tmp_path: Path, command: str, expected: list[str]) -> None:
    found = look(tmp_path, HERE + _recipe(command))
    places = [
        path if path.is_relative_to("/outside") else path.relative_to(tmp_path.resolve()) for path in found.written
    ]
    assert [os.fspath(path) for path in places] == expected
    assert found.neighbours == ()


ROAMING = {
    "the project to change into": (_recipe("cd $(PWD) && tool"), ["."]),
    "braces": (_recipe("cd $${X} && cd ${PWD} && tool"), ["."]),
    "the project as an argument": (_recipe("tool $(PWD) x"), ["."]),
    "the project to read": (_recipe("cp -r $(PWD) x"), []),
    "the project by the artifact": (_recipe("cd $(ARTIFACTS_DIR)/../../.. && tool"), ["."]),
    "the project by a variable": (ROOT + _recipe("cd $(ROOT) && tool"), ["."]),
    "the project by the shell": (_recipe("R=$$(cd $(ARTIFACTS_DIR)/../../.. && pwd); cd $$R && tool"), ["."]),
    "the project by its makefile": (HERE + _recipe("cd $(HERE)/../.. && tool"), ["."]),
    "the project in a mount": (_recipe("docker run -v $(PWD):/var/task image make"), ["."]),
    "a script of the project": (_recipe("bash $(PWD)/lib/build.sh $(ARTIFACTS_DIR)"), []),
    "a script of the project by itself": (_recipe("$(PWD)/lib/build.sh $(ARTIFACTS_DIR)"), []),
    "a script of the project in its shell": (_recipe(". $(PWD)/lib/env.sh"), []),
    "a script by the artifact": (_recipe("python3 -u $(ARTIFACTS_DIR)/../../../lib/gen.py x"), []),
    "a script of the project that is told where": (_recipe("node $(PWD)/lib/gen.js $(PWD)/out"), ["out"]),
    "a script by a variable": ("S = $(PWD)/lib/build.sh\n" + _recipe("env A=b $(S)"), []),
    "a script of a makefile elsewhere": (HERE + _recipe("$(HERE)../../lib/build.sh"), []),
    "a script in a directory": (_recipe("cd $(PWD)/lib && ./build.sh"), ["lib"]),
    "nothing done there": (_recipe("cd $(PWD) && cp lib/l.py $(ARTIFACTS_DIR)"), []),
}


@pytest.mark.parametrize(("makefile", "written"), ROAMING.values(), ids=ROAMING)
def test_a_recipe_roams(look: Callable[..., Outside], tmp_path: Path, makefile: str, written: list[str]) -> None:
    found = look(tmp_path, makefile)
    assert _relative(found.roaming, tmp_path) == ["."]
    assert _relative(found.written, tmp_path) == written


@pytest.mark.parametrize(
    "command",
    [
        "cd $(PWD) && pwd",
        "ls -d $(PWD)/*",
        "cp $(PWD)/*.txt x",
        "cp -r $(PWD)/lib x",
        "cd $(PWD)",
        "echo $(PWD)",
        "/usr/bin/python3 gen.py",
        "/opt/tool/build.sh x",
        "./build.sh",
        "bash build.sh",
        "python3 -c 'import x'",
        "cat $(PWD)/lib/build.sh",
        "bash $(ARTIFACTS_DIR)/x.sh",
    ],
)
def test_a_recipe_does_not_roam(look: Callable[..., Outside], tmp_path: Path, command: str) -> None:
    assert look(tmp_path, _recipe(command)).roaming == ()


def test_a_recipe_that_runs_elsewhere_may_do_anything_there(look: Callable[..., Outside], tmp_path: Path) -> None:
    found = look(tmp_path, _recipe("cp x $(ARTIFACTS_DIR)"), working="shared")
    assert _relative(found.written, tmp_path) == _relative(found.roaming, tmp_path) == ["shared"]
    found = look(tmp_path, _recipe("touch ../out && cd ../lib && tool && cd .. && cp x y"), working="shared")
    assert _relative(found.written, tmp_path) == ["lib", "out", "shared", "y"]
    assert _relative(found.roaming, tmp_path) == ["."]
    found = look(tmp_path, _recipe("touch ../out"), working="app/fn/sub")
    assert (found.written, found.roaming) == ((), ())


@pytest.mark.parametrize(
    ("command", "in_source", "within", "named"),
    [
        pytest.param("touch $(PWD)/app/fn/x", False, ["app/fn/x"], [], id="where the source lies"),
        pytest.param("touch x", False, [], [], id="in the copy of the source"),
        pytest.param("touch x", True, ["app/fn/x"], [], id="in the source"),
        pytest.param("touch $(PWD)/lib/x", False, [], ["lib/x"], id="elsewhere"),
        pytest.param("cat $(PWD)/missing/x", False, [], ["missing/x"], id="read, and not there"),
        pytest.param("echo $(PWD)/.. /etc/x", False, [], [], id="what is not in the project"),
        pytest.param("cat $(PWD)", False, [], [], id="what holds the source"),
    ],
)
def test_what_a_recipe_writes_in_its_source_or_names(
    look: Callable[..., Outside], tmp_path: Path, command: str, in_source: bool, within: list[str], named: list[str]
) -> None:
    found = look(tmp_path, _recipe(command), in_source=in_source)
    assert _relative(found.within, tmp_path) == within
    assert _relative(found.named, tmp_path) == named


def test_make_that_runs_in_the_source_writes_around_it(look: Callable[..., Outside], tmp_path: Path) -> None:
    makefile = _recipe("touch x ../y && cd ../other && tool", "mkdir -p $(CURDIR)/../../z")
    assert look(tmp_path, makefile).written == ()
    assert _relative(look(tmp_path, makefile, in_source=True).written, tmp_path) == ["app/other", "app/y", "z"]


NEIGHBOURS = {
    "a path": (_recipe("cp $(ARTIFACTS_DIR)/../Web/x ."), ["Web/x"]),
    "braces": (_recipe("cp $${ARTIFACTS_DIR}/../Web/x ."), ["Web/x"]),
    "the shell's variable": (_recipe('cp -r "$$ARTIFACTS_DIR/../Web" .'), ["Web"]),
    "a variable": ("W = $(ARTIFACTS_DIR)/../Web\n" + _recipe("cp $(W)/x ."), ["Web/x"]),
    "a choice": (
        "L := $(or $(SAMIX_ARTIFACTS_Layer),$(ARTIFACTS_DIR)/../Layer)\n" + _recipe('cp -R "$(L)/include" .'),
        ["Layer"],
    ),
    "dir": (_recipe("cp $(dir $(ARTIFACTS_DIR))Web/x ."), ["Web/x"]),
    "dirname": (_recipe("cp $$(dirname $$ARTIFACTS_DIR)/Web/x ."), ["Web/x"]),
    "dir of a path": ("B := $(dir $(abspath $(ARTIFACTS_DIR)))\n" + _recipe("cp $(B)/Web/x ."), ["Web/x"]),
    "change of directory": (_recipe("cd $(ARTIFACTS_DIR)/../Web && tar cf $(ARTIFACTS_DIR)/x ."), ["Web"]),
    "from the build dir": (_recipe("cd $(ARTIFACTS_DIR)/.. && cp -r Web/x Fn/"), ["Web/x"]),
    "another stack": (_recipe("cat $(ARTIFACTS_DIR)/../Child/Web/x"), ["Child/Web/x"]),
    "by the project": (_recipe("cp $(PWD)/.aws-sam/build/Web/x ."), ["Web/x"]),
    "by the root": (ROOT + _recipe("cp $(ROOT)/.aws-sam/build/Web/x ."), ["Web/x"]),
    "a flag": (_recipe("cc -I$(ARTIFACTS_DIR)/../Layer/include x.c -o x"), ["Layer/include"]),
    "a test": (_recipe("test -d $(ARTIFACTS_DIR)/../Web"), ["Web"]),
    "a program": (_recipe("$(ARTIFACTS_DIR)/../Tool/bin/run"), ["Tool/bin/run"]),
    "a prerequisite": ("build-Fn: $(ARTIFACTS_DIR)/../Web/x\n", ["Web/x"]),
    "a wildcard below": (_recipe("cp $(ARTIFACTS_DIR)/../Web/*.js ."), ["Web"]),
    "many": (
        _recipe("cp $(ARTIFACTS_DIR)/../{Web,Api}/x $(ARTIFACTS_DIR)/../One $(ARTIFACTS_DIR)/../Two ."),
        [".", "One", "Two"],
    ),
    "a loop": (_recipe("for l in One Two; do cp -r $(ARTIFACTS_DIR)/../$$l .; done"), ["One", "Two"]),
    "the bare build dir": (_recipe("ls $(ARTIFACTS_DIR)/.. $(ARTIFACTS_DIR)/../"), ["."]),
    "what merely goes there": (_recipe("cd $(ARTIFACTS_DIR)/.. && cat Fn/x"), []),
    "its own artifact": (_recipe("cp x $(ARTIFACTS_DIR)/../Fn/y $(ARTIFACTS_DIR)/z $(ARTIFACTS_DIR)"), []),
    "a wildcard": (_recipe("cp $(ARTIFACTS_DIR)/../*/x $(ARTIFACTS_DIR)/../We* ."), ["."]),
    "an unknown variable": (_recipe("cp $(ARTIFACTS_DIR)/../$(NAME)/x ."), ["."]),
    "a search": (_recipe("find $(ARTIFACTS_DIR)/.. -name x -exec cp {} . \\;"), ["."]),
    "a list of what is there": (_recipe("cd $(ARTIFACTS_DIR)/.. && ls -R > Fn/list"), ["."]),
    "a search where it runs": (_recipe("cd $(ARTIFACTS_DIR)/.. && find -name x"), ["."]),
    "all that is there": (_recipe("cd $(ARTIFACTS_DIR)/.. && tar cf Fn/all.tar *"), ["."]),
    "a loop of make": (_recipe("$(foreach n,Web,cp -r $(ARTIFACTS_DIR)/../$(n) .;)"), ["."]),
    "a part of a value": (_recipe('cp "$${ARTIFACTS_DIR%/*}/Web/x" .'), ["Web/x"]),
    "a value without a word": (_recipe('cp "$${ARTIFACTS_DIR%Fn}Web/x" .'), ["."]),
    "a pattern for a path": (_recipe("cp $(patsubst %/Fn,%/Web,$(ARTIFACTS_DIR))/x ."), ["Web/x"]),
    "a pattern for some words": (
        _recipe("cp $(patsubst %.c,%.o,$(ARTIFACTS_DIR)/../Web/x $(PWD)/y) ."),
        ["Web/x"],
    ),
    "another word in a path": (_recipe("cp $(subst Fn,Web,$(ARTIFACTS_DIR))/x ."), ["."]),
    "a path without its slash": (_recipe("cp $(patsubst %/,%,$(dir $(ARTIFACTS_DIR)))/Web/x ."), ["Web/x"]),
    "words that stay there": (
        "OBJS := $(patsubst %.c,$(ARTIFACTS_DIR)/obj/%.o,x.c)\nDEPS := $(patsubst %.o,%.d,$(OBJS))\n"
        + _recipe(
            "rm -f $(DEPS) $(patsubst %,-I%,$(ARTIFACTS_DIR)/include)",
            "cat $${ARTIFACTS_DIR%/} ./cmd/$${ARTIFACTS_DIR##*/}/x $(subst $(CURDIR)/,,$(ARTIFACTS_DIR))/x > y",
            "mkdir -p $(dir $(ARTIFACTS_DIR)) $${ARTIFACTS_DIR//\\//-}",
        ),
        [],
    ),
    "other words": (_recipe("echo $(subst a,b,$(ARTIFACTS)) $(patsubst %.c,%.o,x.c) > $(ARTIFACTS_DIR)/x"), []),
    "a link": (_recipe("ln -s ../Web/x $(ARTIFACTS_DIR)/x", "ln -sf ../x $(ARTIFACTS_DIR)/lib/y"), ["Web/x"]),
    "a link to the directory": (_recipe("cd $(ARTIFACTS_DIR) && ln -s ../Web ."), ["Web"]),
    "an included file": ("-include $(ARTIFACTS_DIR)/../Web/x.mk\n" + _recipe("true"), ["Web/x.mk"]),
    "elsewhere in .aws-sam": (_recipe("cp $(ARTIFACTS_DIR)/../../deps/x $(ARTIFACTS_DIR)/../../build.toml ."), []),
    "another's rule": ("all: build-Fn build-B\n" + _recipe("true") + "build-B:\n\tcp $(ARTIFACTS_DIR)/../Web x\n", []),
    "a prerequisite's rule": ("build-Fn: lib\nlib:\n\tcp $(ARTIFACTS_DIR)/../Web/x x\n", ["Web/x"]),
    "a target that it makes": (_recipe("$(MAKE) lib") + "lib:\n\tcp $(ARTIFACTS_DIR)/../Web/x x\n", ["Web/x"]),
    "a pattern": ("build-%:\n\tcp $(ARTIFACTS_DIR)/../Web/x x\n", ["Web/x"]),
    "a pattern that is not used": (_recipe("true") + "build-%:\n\tcp $(ARTIFACTS_DIR)/../Web/x x\n", []),
    "a list of targets": ("N = Fn B\nbuild-Fn build-B:\n\tcp $(ARTIFACTS_DIR)/../Web/x x\n", ["Web/x"]),
    "targets by a variable": (
        "ALL = build-Fn build-B\n$(ALL):\n\tcp $(ARTIFACTS_DIR)/../Web/x x\n",
        ["Web/x"],
    ),
    "a variable that only others use": (
        "W = $(ARTIFACTS_DIR)/../Web\n" + _recipe("true") + "build-B:\n\tcp $(W) x\n",
        [],
    ),
    "another's value": (
        "build-B: W = Api\nbuild-Fn: W = Web\n" + _recipe("cp $(ARTIFACTS_DIR)/../$(W)/x ."),
        ["Web/x"],
    ),
    "the same variable of another's shell": (
        "all: build-B\nbuild-B:\n\tW=Api; cp $(ARTIFACTS_DIR)/../$$W x\n"
        + _recipe("W=Web; cp $(ARTIFACTS_DIR)/../$$W x"),
        ["Web"],
    ),
    "lines with a name": (
        "define take\ncp $(ARTIFACTS_DIR)/../$(1)/x .\nendef\n" + _recipe("$(call take,Web)"),
        ["Web/x"],
    ),
    "rules that are made": (
        "define rule\nbuild-$(1):\n\tcp $$(ARTIFACTS_DIR)/../$(2)/x .\nendef\n$(eval $(call rule,Fn,Web))\n",
        ["Web/x"],
    ),
    "a rule in one line": ("build-Fn: ; cp $(ARTIFACTS_DIR)/../Web/x .\n", ["Web/x"]),
    "conditions": (_recipe("true") + "ifdef X\n\tcp $(ARTIFACTS_DIR)/../Web/x .\nendif\n", ["Web/x"]),
    "one shell": (".ONESHELL:\n" + _recipe("cd $(ARTIFACTS_DIR)/../Web", "cp -r x $(ARTIFACTS_DIR)"), ["Web", "Web/x"]),
    "a comment": ("# $(ARTIFACTS_DIR)/../Web\n" + _recipe("# cp $(ARTIFACTS_DIR)/../Web ."), []),
}


@pytest.mark.parametrize(("makefile", "expected"), NEIGHBOURS.values(), ids=NEIGHBOURS)
@pytest.mark.parametrize("build_dir", [".aws-sam/build", "out/made"])
def test_a_makefile_names_neighbours(
    look: Callable[..., Outside], tmp_path: Path, makefile: str, expected: list[str], build_dir: str
) -> None:
    found = look(tmp_path, makefile.replace(".aws-sam/build", build_dir), build_dir=build_dir)
    assert [os.path.relpath(path, tmp_path / build_dir) for path in found.neighbours] == expected
    assert not any(path.is_relative_to(tmp_path / build_dir) for path in (*found.read, *found.written))


def test_neighbours_are_named_as_the_build_dir_is(look: Callable[..., Outside], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    makefile = HERE + _recipe("cp $(HERE)/../../.aws-sam/build/One . && cp $(ARTIFACTS_DIR)/../Two .")
    found = look(tmp_path / "link", makefile)
    assert found.neighbours == tuple(tmp_path / "link/.aws-sam/build" / name for name in ("One", "Two"))


def test_an_artifact_of_a_stack_finds_those_beside_it(look: Callable[..., Outside], tmp_path: Path) -> None:
    makefile = _recipe("cp $(ARTIFACTS_DIR)/../Web/x $(ARTIFACTS_DIR)/../../Top/x .", "ls $(ARTIFACTS_DIR)/..")
    found = look(tmp_path, makefile, name="Child/Fn")
    assert found.neighbours == tuple(tmp_path / ".aws-sam/build" / name for name in ("Child", "Child/Web/x", "Top/x"))


SCRIPTS = {
    "sh": ("sh copy.sh", {"copy.sh": 'cp -r "$ARTIFACTS_DIR/../Web/assets" "$ARTIFACTS_DIR"\n'}, ["Web/assets"]),
    "by its path": ("./copy.sh", {"copy.sh": "cp -r ${ARTIFACTS_DIR}/../Web .\n"}, ["Web"]),
    "by an argument": ("bash copy.sh $(ARTIFACTS_DIR)", {"copy.sh": 'cp "$1/../Web/x" "$1"\n'}, ["Web/x"]),
    "by another argument": ("bash copy.sh lib", {"copy.sh": 'cp "$1/../Web/x" "$1"\n'}, []),
    "by a variable": ("./copy.sh", {"copy.sh": 'out="$ARTIFACTS_DIR"\ncp $out/../Web/x $out\n'}, ["Web/x"]),
    "by dirname": ("./copy.sh", {"copy.sh": 'cp "$(dirname "$ARTIFACTS_DIR")/Web/x" .\n'}, ["Web/x"]),
    "by a part of the value": ("./copy.sh", {"copy.sh": 'cp "${ARTIFACTS_DIR%/*}"/Web/x .\n'}, ["Web/x"]),
    "unknown": ("./copy.sh", {"copy.sh": 'for one in Web; do cp -r "$ARTIFACTS_DIR/../$one" .; done\n'}, ["."]),
    "python": (
        "python3 copy.py",
        {"copy.py": 'import os\nx = open(os.path.join(os.environ["ARTIFACTS_DIR"], "..", "Web", "x")).read()\n'},
        ["Web/x"],
    ),
    "pathlib": (
        "python3 copy.py $(ARTIFACTS_DIR)",
        {"copy.py": "import sys\nout: Path = Path(sys.argv[1])\nx = (out.parent / 'Web' / 'x').read_text()\n"},
        ["Web/x"],
    ),
    "os.path": (
        "python3 copy.py",
        {"copy.py": 'a = os.path.join(os.path.dirname(os.environ["ARTIFACTS_DIR"]), "Web")\n'},
        ["Web"],
    ),
    "node": (
        "node copy.js",
        {"copy.js": "const web = path.resolve(process.env.ARTIFACTS_DIR, '../Web/x');\n"},
        ["Web/x"],
    ),
    "a script of a script": (
        "./first.sh",
        {"first.sh": ". ./lib/second.sh\n", "lib/second.sh": "cp $ARTIFACTS_DIR/../Web/x .\n"},
        ["Web/x"],
    ),
    "another makefile": (
        "$(MAKE) -f copy.mk copy",
        {"copy.mk": "copy:\n\tcp $(ARTIFACTS_DIR)/../Web/x .\n"},
        ["Web/x"],
    ),
    "a variable that it is given": ("OUT=$(ARTIFACTS_DIR) ./copy.sh", {"copy.sh": "cp $OUT/../Web/x .\n"}, ["Web/x"]),
    "a path around it that it is given": (
        "OUT=$(ARTIFACTS_DIR)/.. sh copy.sh",
        {"copy.sh": "cp $OUT/Web/x .\n"},
        [".", "Web/x"],
    ),
    "options": ("bash -euo pipefail copy.sh", {"copy.sh": "cp $ARTIFACTS_DIR/../Web/x .\n"}, ["Web/x"]),
    "the second argument": ("sh copy.sh lib $(ARTIFACTS_DIR)", {"copy.sh": "cp $2/../Web/x $1/../Api\n"}, ["Web/x"]),
    "after a change of directory": (
        "./copy.sh",
        {"copy.sh": 'set -e\ncd "$ARTIFACTS_DIR"\ncp -r ../Web/x .\n'},
        ["Web/x"],
    ),
    "in one line": ("./copy.sh", {"copy.sh": "set -e; out=$ARTIFACTS_DIR; cp $out/../Web/x .\n"}, ["Web/x"]),
    "a script that is named from the source": (
        "./scripts/a.sh",
        {"scripts/a.sh": "./scripts/b.sh\n", "scripts/b.sh": "cp $ARTIFACTS_DIR/../Web/x .\n"},
        ["Web/x"],
    ),
    "nothing around it": (
        "./copy.sh $(ARTIFACTS_DIR)",
        {"copy.sh": 'cd "$(dirname "$0")"\ncp app.py "$1"\ncp ../x "$ARTIFACTS_DIR"\nrm -r "$ARTIFACTS_DIR" ../y\n'},
        [],
    ),
    "directories in it": (
        "./copy.sh",
        {
            "copy.sh": 'dest="$ARTIFACTS_DIR/lib/x.so"\nmkdir -p "$(dirname "$dest")"\n'
            'touch "$(dirname "$ARTIFACTS_DIR/$f")"\n'
            'cp x "${ARTIFACTS_DIR%/}/" "${ARTIFACTS_DIR##*/}" "${dest%/*}"\n'
        },
        [],
    ),
    "directories in it, in Python": (
        "python3 copy.py $(ARTIFACTS_DIR)",
        {
            "copy.py": 'out = Path(os.environ["ARTIFACTS_DIR"]) / "lib" / name\nout.parent.mkdir()\n'
            'two = os.path.join(os.environ["ARTIFACTS_DIR"], name)\nos.makedirs(os.path.dirname(two))\n'
            'os.makedirs(os.path.dirname(os.path.join(os.environ["ARTIFACTS_DIR"], name)))\n'
            "here = os.path.dirname(os.path.abspath(sys.argv[0]))\n"
        },
        [],
    ),
    "directories in it, in JavaScript": (
        "node copy.js",
        {"copy.js": 'const out = path.join(process.env.ARTIFACTS_DIR, "lib", f);\nfs.mkdirSync(path.dirname(out));\n'},
        [],
    ),
    "functions of a script": (
        "./copy.sh $(ARTIFACTS_DIR)",
        {"copy.sh": 'copy() {\n  mkdir -p "$(dirname "$1")"\n}\nkey="${1%%=*}"\n'},
        [],
    ),
    "what is not the project's": ("./copy.sh", {"copy.sh": ". /etc/profile.sh\n"}, []),
    "a name that is not known": ("/opt/ci/$@.sh $^", {}, []),
    "a module": ("python3 -m tools.copy", {"tools/copy.py": 'os.environ["ARTIFACTS_DIR"] + "/../Web"\n'}, ["Web"]),
    "one that is not there": ("./gone.sh", {}, []),
}


@pytest.mark.parametrize(("command", "files", "expected"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_names_neighbours(
    look: Callable[..., Outside], tmp_path: Path, command: str, files: dict[str, str], expected: list[str]
) -> None:
    _write(tmp_path / "app" / "fn", files)
    found = look(tmp_path, _recipe(command))
    assert [os.path.relpath(path, tmp_path / ".aws-sam/build") for path in found.neighbours] == expected
    assert found.roaming == ()


PARENTS = {
    'Path(os.environ["ARTIFACTS_DIR"]).parents[2] / "shared"\n': ["shared"],
    'Path(os.environ["ARTIFACTS_DIR"]).parent.parent.parent / "shared" / name\n': ["shared"],
    'root = os.path.join(os.environ["ARTIFACTS_DIR"], "..", "..", "..", "lib")\n': ["lib"],
    "root = process.env.ARTIFACTS_DIR + '/../../../lib/l.py';\n": ["lib/l.py"],
    'cp -r "${ARTIFACTS_DIR%%/.aws-sam/*}/shared" .\n': ["shared"],
    'cp -r "$(dirname "$(dirname "$(dirname "$ARTIFACTS_DIR")")")/lib" .\n': ["lib"],
    "up=$ARTIFACTS_DIR/..\ncp -r $up/../../lib .\n": ["lib"],
}


@pytest.mark.parametrize(("script", "expected"), PARENTS.items())
def test_a_script_names_what_lies_in_the_project(
    look: Callable[..., Outside], tmp_path: Path, script: str, expected: list[str]
) -> None:
    _write(tmp_path / "app" / "fn", {"build.sh": script})
    assert _relative(look(tmp_path, _recipe("./build.sh")).read, tmp_path) == expected


@pytest.mark.parametrize(
    "text",
    ["dirname " * 30_000, "a" * 250_000, "x = y\n" * 40_000, "../" * 80_000, "$ARTIFACTS_DIR" * 15_000, "," * 200_000],
)
def test_any_script_is_read_in_a_moment(text: str) -> None:
    """A search whose time grows with the square of the length would take minutes."""
    assert find_paths_out_of_artifact(text, (ARTIFACTS_DIR, *argument(1, "\ue004")), is_run_there=True) is not None


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("require('fs').copyFileSync('../Web/app.js', 'web.js');", ("../Web/app.js",)),
        ("cp -r ../Web .", ("../Web",)),
        ("const lib = require('../lib');\nimport x from '../x';\nawait import('..');", ()),
        ("const root = path.join(__dirname, '..', 'x');", ()),
        ("root = Path(__file__).parent / '..'", ()),
    ],
)
def test_what_runs_in_the_artifact_finds_what_is_around_it(text: str, ways: tuple[str, ...]) -> None:
    assert find_paths_out_of_artifact(text, (ARTIFACTS_DIR,), is_run_there=True) == ways
    assert find_paths_out_of_artifact(text, (ARTIFACTS_DIR,)) == ()


def test_what_is_put_before_a_plan_by_a_build_changes_no_plan(look: Callable[..., Outside], tmp_path: Path) -> None:
    """A script in the artifact is what an earlier build put there."""
    makefile = _recipe("cd $(ARTIFACTS_DIR) && node made/run.js")
    before = look(tmp_path, makefile)
    _write(tmp_path / ".aws-sam/build/Fn/made", {"run.js": "open('../Web/x')\n"})
    assert look(tmp_path, makefile) == before


@pytest.mark.parametrize(
    ("script", "recipe", "roams", "reads"),
    [
        ('cp -r "$ARTIFACTS_DIR/../../../lib" .', "", False, ["lib"]),
        ('root=$(cd "$ARTIFACTS_DIR/../../.." && pwd)', "", True, []),
        ("cp -r $ROOT/lib .", "export ROOT := $(abspath $(ARTIFACTS_DIR)/../../..)\n", True, []),
        ("cp -r $ROOT/lib .", "ROOT := $(abspath $(ARTIFACTS_DIR)/../../..)\n", False, []),
        ("cp -r lib $ARTIFACTS_DIR", "", False, []),
    ],
)
def test_script_in_a_copy_may_write_anywhere_in_the_project(
    look: Callable[..., Outside], tmp_path: Path, script: str, recipe: str, roams: bool, reads: list[str]
) -> None:
    _write(tmp_path / "app" / "fn", {"build.sh": f"{script}\n"})
    found = look(tmp_path, recipe + _recipe("sh build.sh"))
    assert _relative(found.roaming, tmp_path) == (["."] if roams else [])
    assert [path for path in _relative(found.read, tmp_path) if path != "."] == reads


READ = {
    "by the artifact": (_recipe("cp -r $(ARTIFACTS_DIR)/../../../lib ."), ["lib"]),
    "by the root": (ROOT + _recipe("cp -r $(ROOT)/shared $(ARTIFACTS_DIR)"), ["shared"]),
    "by the shell": (_recipe("cp -r $${ARTIFACTS_DIR}/../../../lib/l.py ."), ["lib/l.py"]),
    "with wildcards": (_recipe("cp $(ARTIFACTS_DIR)/../../../shared/*.py ."), ["shared/a.py"]),
    "by dirname": (_recipe("cp -r $$(dirname $$ARTIFACTS_DIR)/../../lib ."), ["lib"]),
    "what is in the build dir": (_recipe("cp $(ARTIFACTS_DIR)/../Web/x ."), []),
    "what is in .aws-sam": (_recipe("cp $(ARTIFACTS_DIR)/../../x ."), []),
    "what is not there": (_recipe("cp $(ARTIFACTS_DIR)/../../../missing ."), []),
}


@pytest.mark.parametrize(("makefile", "expected"), READ.values(), ids=READ)
@pytest.mark.parametrize("is_built", [True, False])
def test_what_is_relative_to_the_artifact_is_read(
    look: Callable[..., Outside], tmp_path: Path, makefile: str, expected: list[str], *, is_built: bool
) -> None:
    if is_built:
        _write(tmp_path, {".aws-sam/build/Fn/x": "", ".aws-sam/build/Web/x": "", ".aws-sam/x": ""})
    assert _relative(look(tmp_path, makefile).read, tmp_path) == expected


def test_what_is_written_has_its_links_resolved(look: Callable[..., Outside], tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("shared")
    found = look(tmp_path, _recipe("mkdir -p $(PWD)/out/one/../two $(PWD)/shared/two/three"))
    assert _relative(found.written, tmp_path) == ["shared/two"]


def test_what_holds_the_root_is_not_written(look: Callable[..., Outside], tmp_path: Path) -> None:
    found = look(tmp_path, _recipe("cd $(PWD)/.. && tool", "rm -rf / /dev/x $(PWD)/../../.."))
    assert (found.written, found.roaming) == ((), ())


def test_what_is_asked_for_is_noted(look: Callable[..., Outside], tmp_path: Path) -> None:
    with record_observations() as observation:
        look(tmp_path, _recipe("mkdir -p $(PWD)/out"))
    assert os.path.join(os.path.realpath(tmp_path), "out") in observation.paths


PIECES = [
    *("cd ", "cp ", "tool ", "$(PWD)", "$(ARTIFACTS_DIR)", "/..", "/lib", " && ", "; ", "|", "(", ")", "$$(", "`"),
    *('"', "'", ">", "<", "&", "\\", "#", "\n\t", "\n", "$(", "${", "}", "$$", "{", "=", "A=", "$(A)", "for A in "),
    *(
        "tar -",
        "find ",
        "-exec",
        "sh -c ",
        "-C ",
        "-o",
        "-",
        "--",
        "*",
        "\0",
        "é",
        "define x\n",
        "endef\n",
        "$(call x,",
    ),
    *("$(eval $(x))\n", "build-Fn: ", "build-%:", ":", "::", "%", "include ", "x.mk", "sed -i", "env ", "command -v "),
]


@given(text=st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=100))
@example(text="$$(" * 5_000)
@example(text='"' + "$$(" * 5_000 + '"')
@example(text="(" * 5_000 + "cd /" + ")" * 5_000)
@example(text="cd $(A)" + "".join(f"; A=$(A)$(A){number}" for number in range(50)))
@example(text="$(eval $(call x))\ndefine x\n$(eval $(call x))\nendef\n")
def test_any_recipe_says_something(look: Callable[..., Outside], text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(os.path.realpath(directory))
        found = look(root, f"build-Fn:\n\t{text}\n".encode("utf-8", "replace").decode())
        build_dir = root / ".aws-sam/build"
        for path in (*found.written, *found.roaming, *found.neighbours):
            assert path.is_absolute()
            assert ".." not in path.parts
        for path in found.written:
            assert not path.is_relative_to(root / "app/fn")
            assert not path.is_relative_to(root / ".aws-sam")
        for path in found.neighbours:
            assert path.is_relative_to(build_dir)
            assert not path.is_relative_to(build_dir / "Fn")
