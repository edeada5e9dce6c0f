#!/bin/sh
set -e
cp "$ARTIFACTS_DIR/../../../shared/one.py" "$ARTIFACTS_DIR/by_script.py"
