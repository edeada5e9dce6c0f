#!/usr/bin/env bash
# pip leaves out a requirement below a comment that ends with a backslash; uv installs it from the same file.
#
# Versions   pip 25.3, uv 0.13.9
# Behaviour  pip first joins the lines that a backslash continues and then removes comments, so the next line becomes a part of
#            the comment, without a word. A comment on a line of its own is not joined. For uv each comment ends with its line.
# Seen       requirements.txt with `idna==3.6  # see docs\` and `six==1.16.0`: pip installs idna, uv installs both.
# Expected   That both install the same, or that one complains. sam's builder python-pip and python-uv read this file.
#
# Needs python3 (3.11 or newer) with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet pip==25.3 uv==0.13.9

printf '%s\n' 'idna==3.6  # see docs\' 'six==1.16.0' > requirements.txt
tools/bin/pip install --quiet --target by-pip -r requirements.txt
tools/bin/uv pip install --quiet --python tools/bin/python --target by-uv -r requirements.txt

installed() { find "$1" -maxdepth 1 -name '*.dist-info' -printf '%f\n' | sort | sed 's/\.dist-info//' | paste -sd' '; }

seen="pip: $(installed by-pip), uv: $(installed by-uv)"
echo "$seen"
[ "$seen" = "pip: idna-3.6, uv: idna-3.6 six-1.16.0" ]
