#!/usr/bin/env bash
# `sam build --cached` still uses the old packages if only package-lock.json has changed.
#
# Versions   aws-sam-cli 1.170.0 with aws-lambda-builders 1.67.0, Node.js 20 or newer with its npm
# Behaviour  For its incremental build sam uses only the digest of package.json as that of the manifest, and reuses what was
#            installed before. The changed lock file is in the artifact, beside packages that it does not name.
# Seen       package.json says ms ^2.1.0 throughout. Locked at 2.1.2: 2.1.2. Then locked at 2.1.3 and `sam build --cached`:
#            "Manifest is not changed", 2.1.2 in node_modules. `sam build` of the same: 2.1.3.
# Expected   That a build notices what `npm update` and `npm audit fix` write. Both often change only the lock file.
#
# Needs python3 with venv, node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv sam
sam/bin/pip install --quiet aws-sam-cli==1.170.0 aws-lambda-builders==1.67.0
export PATH="$work/sam/bin:$PATH" SAM_CLI_TELEMETRY=0

mkdir -p app/fn
cd app
cat > template.yaml <<'TEMPLATE'
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: fn, Runtime: nodejs22.x, Handler: app.handler}
TEMPLATE
echo 'exports.handler = async () => require("ms")("1h")' > fn/app.js
echo '{"name": "fn", "version": "1.0.0", "dependencies": {"ms": "^2.1.0"}}' > "$work/package.json"

# lock VERSION: package.json stays as it is
lock() {
    cp "$work/package.json" fn/package.json
    (cd fn && npm install --silent --package-lock-only "ms@$1" > "$work/log")
    sed -i "s/\"ms\": \"^$1\"/\"ms\": \"^2.1.0\"/" fn/package-lock.json
    cp "$work/package.json" fn/package.json
}
installed() { sed -n 's/.*"version": "\(.*\)".*/\1/p' .aws-sam/build/Fn/node_modules/ms/package.json; }

lock 2.1.2
sam build --cached > "$work/log" 2>&1
first=$(installed)
lock 2.1.3
sam build --cached > "$work/log" 2>&1
cached=$(installed)
grep -q 'Manifest is not changed for (Fn)' "$work/log"
sam build > "$work/log" 2>&1

seen="locked 2.1.2: $first, locked 2.1.3 and --cached: $cached, without --cached: $(installed)"
echo "$seen"
[ "$seen" = "locked 2.1.2: 2.1.2, locked 2.1.3 and --cached: 2.1.2, without --cached: 2.1.3" ]
