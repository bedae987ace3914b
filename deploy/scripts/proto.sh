#!/usr/bin/env bash
# Writes shared/GoogleProtos/Generated anew from shared/GoogleProtos/proto. Needed after a change of those files only: what it writes is
# committed. It builds the generator first, some minutes; needs protoc (Debian: protobuf-compiler).
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v protoc >/dev/null || { echo 'protoc is missing. Run: apt-get install protobuf-compiler' >&2; exit 1; }

# The generator of the very version that the code is linked with; as a product of a dependency it needs no plugin in our targets.
build=(swift build --scratch-path .build-proto --configuration release)
"${build[@]}" --product protoc-gen-swift
generator=$("${build[@]}" --show-bin-path)/protoc-gen-swift

source=shared/GoogleProtos/proto
target=shared/GoogleProtos/Generated
rm -rf "$target"
mkdir -p "$target"
protoc --proto_path="$source" --plugin=protoc-gen-swift="$generator" \
  --swift_opt=Visibility=Package,FileNaming=PathToUnderscores --swift_out="$target" "$source"/*.proto
