#!/usr/bin/env bash
# sam's builder for uv deploys the old code of a package in the same repository that a function names by its path.
#
# Versions   aws-sam-cli 1.170.0 with aws-lambda-builders 1.67.0, uv 0.13.9, hatchling 1.27.0
# Behaviour  uv keeps the wheel that it built of a directory, and builds it again only when its pyproject.toml, setup.py or
#            setup.cfg changes. sam runs uv with the cache of the user, so removing .aws-sam does not help.
# Seen       VALUE = 1 in the shared package, `sam build`; VALUE = 2, .aws-sam removed, `sam build`: the artifact says 1. With
#            UV_NO_CACHE=1 it says 2.
# Expected   That a build from nothing installs the files that are there. pip and its builder do.
#
# Needs python3 (3.11 or newer) with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv sam
sam/bin/pip install --quiet aws-sam-cli==1.170.0 aws-lambda-builders==1.67.0 uv==0.13.9
export PATH="$work/sam/bin:$PATH" SAM_CLI_TELEMETRY=0 UV_CACHE_DIR="$work/uv"
runtime=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')

mkdir -p app/fn app/shared/src/shared
cd app
cat > template.yaml <<TEMPLATE
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: python-uv}
    Properties: {CodeUri: fn, Runtime: $runtime, Handler: app.handler}
TEMPLATE
cat > shared/pyproject.toml <<'PROJECT'
[project]
name = "shared"
version = "1.0"
[build-system]
requires = ["hatchling==1.27.0"]
build-backend = "hatchling.build"
PROJECT
cat > fn/pyproject.toml <<'PROJECT'
[project]
name = "fn"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["shared"]
[tool.uv.sources]
shared = {path = "../shared"}
PROJECT
echo 'import shared' > fn/app.py

# build VALUE [VARIABLE=...]: builds from nothing; prints the value in the artifact
build() {
    rm -rf .aws-sam
    echo "VALUE = $1" > shared/src/shared/__init__.py
    env "${@:2}" sam build --beta-features > "$work/log" 2>&1
    sed -n 's/VALUE = //p' .aws-sam/build/Fn/shared/__init__.py
}

seen="1: $(build 1), 2: $(build 2), 2 without the cache: $(build 2 UV_NO_CACHE=1)"
echo "$seen"
[ "$seen" = "1: 1, 2: 1, 2 without the cache: 2" ]
