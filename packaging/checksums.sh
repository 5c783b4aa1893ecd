# shellcheck shell=sh
# checksums FOLDER: writes SHA256SUMS for the files of a folder, with their bare names, as `sha256sum --check` takes it.
checksums() {
  (cd "$1" && rm -f SHA256SUMS && sha256sum -- * >../sums && mv ../sums SHA256SUMS)
}
