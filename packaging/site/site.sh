#!/bin/sh
# The documentation as web pages, from the same Markdown that people read in the repository; with search, and nothing fetched from elsewhere.
#   packaging/site/site.sh [FOLDER]      default: build/site; needs mkdocs and mkdocs-material (packaging/dependencies.sh test)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
mkdir -p "${1:-$top/build/site}"
output=$(cd "${1:-$top/build/site}" && pwd)
command -v mkdocs >/dev/null || { echo "site.sh: mkdocs is not installed. Run: packaging/dependencies.sh test" >&2; exit 1; }
# The same commit gives the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH PYTHONDONTWRITEBYTECODE=1
mkdocs build --quiet --strict --clean --config-file "$here/mkdocs.yml" --site-dir "$output"
echo "the pages are in $output; to read them, search included:"
echo "  python3 -m http.server --bind 127.0.0.1 --directory $output 8000     and open http://127.0.0.1:8000"
