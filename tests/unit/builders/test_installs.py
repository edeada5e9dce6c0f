"""What an installer is told: packages of a registry, or something among the sources."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.builders.installs import (
    INSTALLERS,
    are_requirements_remote,
    is_gemfile_lock_remote,
    is_gemfile_remote,
    is_node_lock_remote,
    is_npmrc_remote,
    is_package_json_remote,
)

CHECKS = list({check for installer in INSTALLERS.values() for check in installer.reads.values()})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n\n",
        "six\nrequests==2.32.0\n",
        "requests[socks, security] >= 2.8.1, == 2.8.* ; python_version < '3.9' and os_name == 'a/b'  # why\n",
        "zope.interface~=5.0\nruamel.yaml.clib!=0.2.8\nboto3 (>=1.0)\n",
        "--index-url https://${TOKEN}@host/simple/\n--extra-index-url=https://index.example/simple\n",
        "-i https://host/simple --trusted-host host\n--only-binary :all:\n--pre\n--require-hashes\n",
        "-f https://host/wheels\n",
        "six==1.16.0 \\\n    --hash=sha256:0a \\\n    --hash=sha256:0b\n",
        "pkg @ https://host/pkg-1.0-py3-none-any.whl\nhttps://host/pkg.tar.gz\n",
        "git+https://github.com/a/b@v1#egg=b\npkg@git+ssh://git@host/b.git\n",
        "\ufeffsix\r\nattrs\r\n",
        "six #-e .\n",
    ],
)
def test_requirements_of_an_index_are_remote(text: str) -> None:
    assert are_requirements_remote(text)


@pytest.mark.parametrize(
    "line",
    [
        "-r more.txt", "-rmore.txt", "--requirement=more.txt", "-c limits.txt", "--constraint limits.txt",
        "-e .", "--editable=lib", ".", "./lib", "lib/", "/abs/lib", "~/lib", "..\\lib", "pkg.whl", "pkg-1.0.tar.gz",
        "pkg.zip", "pkg.ZIP ; python_version > '3'", "pkg==1.0.zip", "-f wheels", "--find-links=./wheels",
        "--find-links file:///wheels", "--index-url file:///index", "-i index", "--no-index --find-links=wheels",
        "pkg @ file:///lib", "pkg @ ./lib", "pkg @ ${LIB}", "${LIB}", "file:lib", "git+file:///lib", "pkg[lib/x]",
        "six --config-settings=--x=./y", "six --global-option=x", "--unknown", "-i", "six /lib", "'six'",
        "six \\\n -r x",
    ],
)  # fmt: skip
def test_requirements_that_name_something_else_are_not(line: str) -> None:
    assert not are_requirements_remote(f"six\n{line}\nattrs\n")


@pytest.mark.parametrize(
    "version",
    [
        "1.2.3", "~1.2.3", "^1", ">=1 <2 || ~3.1", "*", "", "latest", "x", "npm:other@^1", "npm:@scope/other@1",
        "https://host/x.tgz", "git+https://host/x.git#v1", "git+ssh://git@host/x.git", "git@host:a/b.git",
        "user/repo", "user/repo#semver:^5", "github:user/repo",
    ],
)  # fmt: skip
@pytest.mark.parametrize("group", ["dependencies", "devDependencies", "overrides"])
def test_packages_of_a_registry_are_remote(group: str, version: str) -> None:
    assert is_package_json_remote(json.dumps({"main": "./app.js", "files": ["lib"], group: {"x": version}}))


@pytest.mark.parametrize(
    "version",
    [
        "file:lib", "file:../lib", "link:lib", "workspace:*", "portal:lib", "./lib", "../lib", ".", "/lib", "~/lib",
        "lib.tgz", "vendor/lib.tgz", "vendor/a/lib", "LIB.TAR.GZ", "git+file:///lib", "c:\\lib", "npm:x/../y/z",
        1, None,
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "group", ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "overrides"]
)
def test_packages_that_are_files_are_not(group: str, version: object) -> None:
    assert not is_package_json_remote(json.dumps({group: {"fine": "1.0.0", "x": version}}))


@pytest.mark.parametrize(
    "package",
    [
        *({"scripts": {name: "x"}} for name in (
            "preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare", "prepack", "prepublish",
            "dependencies", "predependencies", "postdependencies",
        )),
        {"scripts": ["install"]}, {"workspaces": ["lib"]}, {"bundleDependencies": ["x"]},
        {"bundledDependencies": True}, {"dependencies": ["x"]}, {"dependencies": "x"},
        {"overrides": {"a": {"b": "file:c"}}}, {"overrides": ["x"]}, [], None, "x",
    ],
)  # fmt: skip
def test_packages_that_run_or_hold_code_are_not_remote(package: object) -> None:
    assert not is_package_json_remote(json.dumps(package))


@pytest.mark.parametrize(
    "package",
    [
        {}, {"scripts": {"test": "x", "build": "x", "prebuild": "x", "installer": "x", "postpack": "x"}},
        {"workspaces": [], "bundleDependencies": False, "dependencies": None},
        {"overrides": {"a": {".": "1", "b": "$c"}}},
    ],
)  # fmt: skip
def test_what_no_install_heeds_is_no_matter(package: object) -> None:
    assert is_package_json_remote(json.dumps(package))


@pytest.mark.parametrize("text", ["", "{", "\ufeff{}", "[" * 100_000])
def test_a_broken_package_is_not_remote(text: str) -> None:
    assert not is_package_json_remote(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"packages": {"node_modules/x": {"resolved": "https://host/x.tgz", "integrity": "sha512-file"}}}', True),
        ('{"packages": {"node_modules/x": {"resolved": "lib", "link": true}}}', False),
        ('{"packages": {"node_modules/x": {"resolved": "file:vendor/x.tgz"}}}', False),
        ('{"dependencies": {"x": {"version": "file:lib"}}}', False),
        ('x@^1.0.0:\n  version "1.0.0"\n  resolved "https://host/x.tgz#1"\n', True),
        ('"x@file:lib":\n  version "1.0.0"\n', False),
    ],
)
def test_a_lock_tells_what_comes_from_a_file(text: str, expected: bool) -> None:
    assert is_node_lock_remote(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("registry=https://host/\n//host/:_authToken=${TOKEN}\n; cafile=./x\n", True),
        ("cafile=./ca.pem", False),
        ("a=1\nscript-shell = '../sh'", False),
        ("userconfig=file:x", False),
    ],
)
def test_settings_of_npm_tell_what_is_a_path(text: str, expected: bool) -> None:
    assert is_npmrc_remote(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# frozen_string_literal: true, or not,\n\nsource 'https://rubygems.org'\n\nruby '3.3.0'\n",
        'git_source(:github) { |repo| "https://github.com/#{repo}.git" }\ngem "rake"\n',
        "gem 'a', '~> 1.0', '>= 1.0.1', require: false # why\ngem('b', :require => 'b/c')\n",
        "gem 'a', git: 'https://host/a.git', branch: \"main\"\ngem 'b', :git => 'git@host:a/b.git'\n",
        "gem 'a', github: 'x/a', platforms: %i[mri windows]\ngem 'b', group: [:test, :development]\n",
        "group :test, :development do\n  gem 'c',\n    '1.0'\nend\nsource 'https://host' do\n  gem 'd'\nend\n",
        "gem 'a', source: 'https://host'\n",
    ],
)
def test_gems_of_a_server_are_remote(text: str) -> None:
    assert is_gemfile_remote(text)


@pytest.mark.parametrize(
    "line",
    [
        "gemspec", "gem 'a', path: 'lib'", "gem 'a', :path => 'lib'", "path 'lib' do", "eval_gemfile 'more'",
        "gem 'a', File.read('version')", "ruby file: '.ruby-version'", "gem 'a', git: 'lib'", "gem 'a', git: x",
        "gem 'a', :git => './lib'", "source './gems'", "source 'file:///gems'", "source gems", 'gem "a#{b}"',
        "if ENV['X']", "require './x'", "gem 'a'; load 'x'", "gem 'a' if load 'x'", "plugin 'x'", "x = 1", "`ls`",
        "gem 'a', git: ['https://host', 'lib']", "gem 'a',", "gem 'a', source:", "# a,\ngemspec",
        "gem 'a', # b,\ngemspec",
        "install_if -> { true } do", "gem 'a', glob: '*.gemspec'", "__END__", "=begin", "gem 'a', git: nil, path: 'b'",
        'git_source(:x) { |r| "https://h/#{File.read(r)}" }', "gem 'a\\", "end.x",
    ],
)  # fmt: skip
def test_a_gemfile_that_may_read_something_is_not_remote(line: str) -> None:
    assert not is_gemfile_remote(f"source 'https://rubygems.org'\n{line}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GEM\n  remote: https://rubygems.org/\n  specs:\n    PATH (1.0)\n", True),
        ("PATH\n  remote: .\n  specs:\n", False),
    ],
)
def test_a_lock_of_bundler_tells_what_comes_from_a_path(text: str, expected: bool) -> None:
    assert is_gemfile_lock_remote(text) is expected


@given(st.text() | st.text(alphabet="gem 'a\",:=>-r./@{}[]()#\\\n%i"))
def test_no_text_is_too_strange(text: str) -> None:
    for check in CHECKS:
        assert check(text) in {True, False}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
_FIELDS = st.sampled_from(["scripts", "dependencies", "overrides", "workspaces", "peerDependencies", "x"])


@given(st.dictionaries(_FIELDS, _JSON))
def test_no_package_is_too_strange(package: object) -> None:
    assert is_package_json_remote(json.dumps(package)) in {True, False}


_FILE_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}(/[a-z][a-z0-9_]{0,8}){0,2}", fullmatch=True)
_ABOVE = st.sampled_from(["./", "../", "../../", "/"])


@given(_FILE_NAMES, _ABOVE, st.sampled_from(["{}", "-r {}", "-c {}", "-e {}", "--find-links {}", "x @ {}", "x@{}"]))
def test_requirements_that_name_a_file_are_never_kept(name: str, above: str, form: str) -> None:
    assert not are_requirements_remote(f"six\n{form.format(above + name)}\n")


@given(_FILE_NAMES, _ABOVE, st.sampled_from(["{}", "file:{}", "link:{}", "git+file://{}", "  {}", "{}.tgz"]))
def test_packages_that_name_a_file_are_never_kept(name: str, above: str, form: str) -> None:
    assert not is_package_json_remote(json.dumps({"dependencies": {"x": form.format(above + name)}}))


@given(_FILE_NAMES, _ABOVE, st.sampled_from(["gem 'x', path: '{}'", "gem 'x', git: '{}'", "source '{}'", "load '{}'"]))
def test_gemfiles_that_name_a_file_are_never_kept(name: str, above: str, form: str) -> None:
    assert not is_gemfile_remote(form.format(above + name))


@pytest.mark.parametrize("text", ["a" + " " * 50_000 + "b", "#" * 50_000, "a[" * 20_000, "gem" + " 'a'" * 20_000 + "`"])
def test_long_texts_are_read_at_once(text: str) -> None:
    for check in CHECKS:
        assert check(text) in {True, False}
