# Hardened metadata, no role, no permission: each costs one feature, is said once, and the drain comes all the same.
boot_1() {
  eventually 20 watching
  hook 10-any <<'HOOK'
#!/bin/sh
true
HOOK
  preempt-sim fault --admin $admin --target api --kind status --value 403
  systemctl restart preemptd.service
  eventually 10 watching
  sleep 3
  reclaim --notice-seconds 60
  eventually 10 drain_is_over
}
