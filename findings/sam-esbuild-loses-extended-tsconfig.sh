#!/usr/bin/env bash
# sam's builder for esbuild silently compiles with other settings if tsconfig.json extends a file outside of CodeUri.
#
# Versions   aws-sam-cli 1.170.0 with aws-lambda-builders 1.67.0, esbuild 0.25.12, Node.js 20 or newer
# Behaviour  sam copies CodeUri to a temporary directory and runs esbuild there, where the file that is extended does not exist.
#            esbuild would warn about it, but sam shows what esbuild writes only if it fails.
# Seen       `esbuild app.ts` with "useDefineForClassFields": false in the extended file: the handler returns "set".
#            `sam build` of the same: exit 0, no warning, and the handler returns undefined.
# Expected   That a missing file ends the build, or at least causes a warning. A base file at the root of the repository is the
#            usual way to share settings between functions.
#
# Needs python3 with venv, node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv sam
sam/bin/pip install --quiet aws-sam-cli==1.170.0 aws-lambda-builders==1.67.0
npm install --silent --prefix "$work/tools" esbuild@0.25.12 > log
export PATH="$work/sam/bin:$work/tools/node_modules/.bin:$PATH" SAM_CLI_TELEMETRY=0

mkdir -p app/fn
cd app
cat > template.yaml <<'TEMPLATE'
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: esbuild, BuildProperties: {EntryPoints: [app.ts]}}
    Properties: {CodeUri: fn, Runtime: nodejs22.x, Handler: app.handler}
TEMPLATE
echo '{"compilerOptions": {"target": "ES2022", "useDefineForClassFields": false}}' > tsconfig.base.json
echo '{"extends": "../tsconfig.base.json"}' > fn/tsconfig.json
echo '{"name": "fn", "version": "1.0.0"}' > fn/package.json
# with useDefineForClassFields the field of the subclass is set to undefined after the constructor of its base has run
cat > fn/app.ts <<'SOURCE'
class Base { constructor() { this.fill(); } fill() {} }
class Record extends Base { value?: string; fill() { this.value = "set"; } }
export const handler = async () => new Record().value;
SOURCE

answer() { node -e 'require(process.argv[1]).handler().then((value) => console.log(value))' "$1"; }
esbuild fn/app.ts --bundle --platform=node --format=cjs --log-level=error --outfile=plain.js
sam build > "$work/log" 2>&1
! grep -qi 'warn' "$work/log"

seen="esbuild: $(answer ./plain.js), sam: $(answer ./.aws-sam/build/Fn/app.js)"
echo "$seen"
[ "$seen" = "esbuild: set, sam: undefined" ]
