#!/usr/bin/env bash
# `sam build --exclude Child/Two` silently excludes nothing, while `sam build Child/Two` builds only that function.
#
# Versions   aws-sam-cli 1.170.0 with aws-lambda-builders 1.67.0
# Behaviour  sam compares the name of a resource to build also with full paths through nested stacks. It compares names to
#            exclude only with the function's own name, and a name that matches nothing is not an error.
# Seen       `sam build Child/Two`: only Two. `--exclude Child/Two`: exit 0, and Two is built. `--exclude Two`: it is left out,
#            and would be in every stack that has a function of that name.
# Expected   That both accept the same names, or that --exclude refuses a name that matches nothing, as sam does for a name to
#            build.
#
# Needs python3 (3.11 or newer) with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv sam
sam/bin/pip install --quiet aws-sam-cli==1.170.0 aws-lambda-builders==1.67.0
export PATH="$work/sam/bin:$PATH" SAM_CLI_TELEMETRY=0
runtime=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')

mkdir -p app/one app/two
cd app
echo 'def handler(event, context): return 1' | tee one/app.py > two/app.py
cat > template.yaml <<TEMPLATE
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: one, Runtime: $runtime, Handler: app.handler}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child.yaml}
TEMPLATE
cat > child.yaml <<TEMPLATE
Transform: AWS::Serverless-2016-10-31
Resources:
  Two:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: two, Runtime: $runtime, Handler: app.handler}
TEMPLATE

# build ARGUMENT...: builds from nothing; prints the functions that have an artifact
build() {
    rm -rf .aws-sam
    sam build "$@" > "$work/log" 2>&1
    (cd .aws-sam/build && find . -name app.py | sed 's,^\./,,; s,/app.py$,,' | sort | paste -sd ' ')
}

seen="Child/Two: $(build Child/Two). Without Child/Two: $(build --exclude Child/Two). Without Two: $(build --exclude Two)."
echo "$seen"
[ "$seen" = "Child/Two: Child/Two. Without Child/Two: Child/Two One. Without Two: One." ]
