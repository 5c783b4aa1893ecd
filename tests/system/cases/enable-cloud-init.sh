# packaging/image/user-data.yaml, run as cloud-init would, from a place with what package.sh makes, under the names it gives.
# files_of USER-DATA: write_files and runcmd as a shell script, with the place exchanged.
files_of() {
  python3 - "$1" <<'PYTHON'
import shlex, sys, yaml
data = yaml.safe_load(open(sys.argv[1]))
for file in data["write_files"]:
    path = shlex.quote(file["path"])
    print(f"install -D -m {file['permissions']} /dev/null {path}; printf %s {shlex.quote(file['content'])} >{path}")
for command in data["runcmd"]:
    print(shlex.join(command).replace("https://example-bucket.oss-cn-hangzhou-internal.aliyuncs.com", "http://127.0.0.1:8009"))
PYTHON
}

boot_1() {
  for need in curl apt-get; do
    if ! command -v $need >/dev/null; then echo "SKIP cloud-init's script: no $need here"; return; fi
  done
  if ! python3 -c 'import yaml'; then echo "SKIP cloud-init's script: no python3-yaml here"; return; fi
  eventually 20 watching
  without_preemptd
  rm -f /etc/preemptd/hooks.d/*
  mkdir -p /srv/place/preemptd
  cp /packages/* /srv/place/preemptd/
  . /packaging/checksums.sh
  checksums /srv/place/preemptd
  systemd-run --quiet --unit=place python3 -m http.server --bind 127.0.0.1 --directory /srv/place 8009
  eventually 10 curl -fs http://127.0.0.1:8009/
  files_of /packaging/image/user-data.yaml >/case/first-boot
  sh -eux /case/first-boot
  grep -q fleet.example.com /etc/preemptd/conf.d/50-site.toml
  # The webhook of the sample is nobody's.
  rm /etc/preemptd/conf.d/50-site.toml
  watches_and_drains

  # A package that is not what the list says is not installed.
  dpkg --purge preemptd
  echo >>"$(ls /srv/place/preemptd/preemptd_*.deb)"
  no sh -eu /case/first-boot
  no dpkg -s preemptd
}
