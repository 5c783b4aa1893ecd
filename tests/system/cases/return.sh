# A spot instance that is stopped, not released: after the next start the node undoes its drain.
boot_1() {
  eventually 20 watching
  hook 10-both <<'HOOK'
#!/bin/sh
echo "$1" >>/case/ran
HOOK
  reclaim --notice-seconds 8 --behavior stop
  eventually 10 drain_is_over
  leave poweroff
}

boot_2() {
  eventually 40 grep undo /case/ran
  [ "$(paste -sd, /case/ran)" = drain,undo ]
  eventually 10 reported preemptd.undo.finished
}
