#!/usr/bin/env bash
# sam's builder for Go stamps a program of a clean checkout as modified, because of the directory that sam itself has made.
#
# Versions   aws-sam-cli 1.170.0 with aws-lambda-builders 1.67.0, go 1.24.4, any git
# Behaviour  sam makes .aws-sam before it runs go, and go counts files that git does not track as changes of the checkout.
# Seen       `go build` in a checkout in which nothing was changed: vcs.modified=false; `sam build` of the same: vcs.modified=true,
#            with the same commit. With .aws-sam in .gitignore sam's program says false, too.
# Expected   That a build from a clean checkout, as in CI, is stamped as clean.
#
# Needs python3 with venv, git and a go that can download another version (1.21 or newer).
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv sam
sam/bin/pip install --quiet aws-sam-cli==1.170.0 aws-lambda-builders==1.67.0
export PATH="$work/sam/bin:$PATH" SAM_CLI_TELEMETRY=0 GOTOOLCHAIN=go1.24.4 GOFLAGS=-buildvcs=auto

mkdir -p app/src
cd app
cat > template.yaml <<'TEMPLATE'
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: go1.x}
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: bootstrap}
TEMPLATE
printf 'module example\n\ngo 1.21\n' > src/go.mod
printf 'package main\n\nfunc main() {}\n' > src/main.go

commit() {
    git add --all
    git -c user.name=x -c user.email=x@localhost commit --quiet --message "$1"
}
# prints whether the program says that the checkout was modified
stamp() { go version -m "$1" | sed -n 's/.*vcs.modified=//p'; }

git init --quiet
commit first
(cd src && go build -o "$work/plain" .)
sam build > "$work/log" 2>&1
untracked=$(stamp .aws-sam/build/Fn/bootstrap)
rm -rf .aws-sam
echo .aws-sam/ > .gitignore
commit second
sam build > "$work/log" 2>&1
ignored=$(stamp .aws-sam/build/Fn/bootstrap)

seen="go: $(stamp "$work/plain"), sam: $untracked, sam with .aws-sam ignored: $ignored"
echo "modified, by $seen"
[ "$seen" = "go: false, sam: true, sam with .aws-sam ignored: false" ]
