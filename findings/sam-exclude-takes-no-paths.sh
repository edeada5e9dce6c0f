#!/usr/bin/env bash
# `sam build --exclude Child/Two` excludes nothing and says nothing, where `sam build Child/Two` builds just that function.
#
# Versions   aws-sam-cli 1.170.0 with aws-lambda-builders 1.67.0
# Behaviour  The name of a resource to build is compared with its full path through nested stacks as well. The names to exclude
#            are compared with the function's own name alone, and one that matches nothing is no error.
# Seen       `sam build Child/Two`: Two alone. `--exclude Child/Two`: exit 0, and Two is built. `--exclude Two`: it is left out,
#            and would be in every stack that has a function of that name.
# Guessed    That both take the same names, or that a name that matches nothing is refused, as it is when it is to be built.
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

# build ARGUMENT...: from nothing, and the functions that have an artifact then
build() {
    rm -rf .aws-sam
    sam build "$@" > "$work/log" 2>&1
    (cd .aws-sam/build && find . -name app.py | sed 's,^\./,,; s,/app.py$,,' | sort | paste -sd ' ')
}

seen="Child/Two: $(build Child/Two). Without Child/Two: $(build --exclude Child/Two). Without Two: $(build --exclude Two)."
echo "$seen"
[ "$seen" = "Child/Two: Child/Two. Without Child/Two: Child/Two One. Without Two: One." ]
