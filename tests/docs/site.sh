#!/bin/bash
# The site is made without a warning, twice with the same bytes; each page is in it, in the search, and fetches nothing from elsewhere.
#   site.sh SOURCE OUTPUT
set -euo pipefail
command -v mkdocs >/dev/null || { echo "SKIP the documentation's site: mkdocs is not installed"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
rm -rf "$2" "$2-again"
SOURCE_DATE_EPOCH=1700000000 "$1/packaging/site/site.sh" "$2"
SOURCE_DATE_EPOCH=1700000000 "$1/packaging/site/site.sh" "$2-again" >/dev/null
diff -r "$2" "$2-again" || fail "the same pages made another site"
rm -rf "$2-again"
pages=$(cd "$1/docs" && find . -name '*.md' | sed 's|^\./||; s|README\.md$|index.md|; s|\.md$|.html|')
for page in $pages; do
  [ -s "$2/$page" ] || fail "$page is not in the site"
  grep -qF "\"$page" "$2/search/search_index.json" || [ "$page" = index.html ] || fail "$page cannot be found by searching"
done
! grep -rlE '(src|href)="https?://[^"]*\.(js|css|woff2?)"' "$2" --include='*.html' || fail "a page fetches from elsewhere"
echo "ok: $(echo "$pages" | wc -l) pages"
