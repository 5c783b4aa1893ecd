# docs/start/getting-started.md, typed word by word on a node: every command does what it should, the settings it shows are taken, and the node
# drains with the hooks that it has then. Left out are the lines that install, and the rehearsal with faults, which others test.
page=/usr/share/doc/preemptd/start/getting-started.md

commands() {
  awk '/^```/ { fence = !fence; inside = fence && $0 == "```"; next } inside' $page | sed 's/  *#.*//' |
    grep -vE '^(apt|dnf|packaging/)|--fault|--watch|records show' | grep .
}
settings() { awk '/^```toml/ { inside = 1; next } /^```/ { inside = 0 } inside' $page; }

boot_1() {
  if [ ! -e $page ]; then echo "SKIP the first page: dpkg on this machine leaves documentation out"; return; fi
  eventually 20 watching
  # The webhook of the page is nobody's: the test's own receiver stands in its place.
  settings | sed 's#https://ops.example.com/preemptd#http://127.0.0.1:8003/#' >/etc/preemptd/conf.d/50-reports.toml
  grep -q 127.0.0.1:8003 /etc/preemptd/conf.d/50-reports.toml
  commands >/case/commands
  [ "$(wc -l </case/commands)" -ge 12 ]
  while IFS= read -r command; do
    echo "\$ $command"
    sh -ec "$command" </dev/null
  done </case/commands
  reclaim --notice-seconds 300
  eventually 60 drain_is_over
  record '[.hooks[] | select(.name == "30-save.sh" and .result.outcome == "ok")] | length == 1'
  eventually 10 reported preemptd.drain.finished
}
