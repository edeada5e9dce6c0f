#!/usr/bin/env bash
# sam's builder for uv puts a path of the build machine into the artifact instead of an editable package, and succeeds.
#
# Versions   aws-sam-cli 1.170.0 with aws-lambda-builders 1.67.0, uv 0.13.9, hatchling 1.27.0
# Behaviour  The builder exports the lock file as requirements and installs them with --target. An editable source stays editable
#            there: a .pth file with the absolute path of its code. Python reads no .pth file in a function's directory, and the
#            path does not exist in Lambda.
# Seen       `sam build` exits with 0; the artifact has _editable_impl_shared.pth, which names the checkout, and no code of the
#            package. Without `editable = true` the code is there.
# Expected   That a build for deployment installs a copy, or refuses. `editable = true` is what `uv add --editable` writes, and
#            members of a uv workspace are editable by default.
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
echo 'VALUE = 1' > shared/src/shared/__init__.py
echo 'import shared' > fn/app.py

# build MORE: builds with MORE in the table of the source; prints what the artifact has of the package
build() {
    rm -rf .aws-sam fn/uv.lock
    cat > fn/pyproject.toml <<PROJECT
[project]
name = "fn"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["shared"]
[tool.uv.sources]
shared = {path = "../shared"$1}
PROJECT
    sam build --beta-features > "$work/log" 2>&1
    local has=
    [ ! -e .aws-sam/build/Fn/shared/__init__.py ] || has+="code "
    [ "$(cat .aws-sam/build/Fn/*.pth 2>/dev/null)" != "$PWD/shared/src" ] || has+="path "
    echo "${has% }"
}

seen="plain: $(build ''), editable: $(build ', editable = true')"
echo "$seen"
[ "$seen" = "plain: code, editable: path" ]
