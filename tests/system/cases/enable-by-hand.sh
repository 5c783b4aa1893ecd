# Somebody who starts only the watcher gets the drain as well: at once, after the watcher's restart, and after the next boot.
boot_1() {
  eventually 20 watching
  systemctl disable --now preemptd.service preemptd-drain.path preemptd-shutdown.service
  no is preemptd-drain.path ActiveState active
  systemctl enable --now preemptd.service
  watches_and_drains
  systemctl stop preemptd-drain.path
  systemctl restart preemptd.service
  eventually 20 watching
  is preemptd-drain.path ActiveState active
  eventually 10 is preemptd-drain.service ActiveState inactive
  [ "$(paste -sd, /case/ran)" = drain ] # a drain that is over is not run again
  rm /case/ran
  preempt-sim withdraw --admin $admin
  eventually 60 reported preemptd.undo.finished
  leave reboot
}

boot_2() {
  rm -rf /var/lib/preemptd/drains/*
  rm -f /case/ran
  watches_and_drains
}
