# An instance without a role: that is said, with what to do; metadata alone brings the drain.
boot_1() {
  eventually 20 preempt-sim fault --admin $admin --target metadata --kind status --value 404 --only ram/security-credentials
  systemctl restart preemptd.service
  eventually 20 watching
  eventually 20 sh -c 'journalctl -u preemptd.service | grep "source.trouble.*role"'
  no preemptctl doctor --json >/case/doctor.json
  jq -e '.checks | any(.check == "role" and .finding == "warn") and any(.check == "api" and .finding == "fail")' /case/doctor.json
  hook 10-any <<'HOOK'
#!/bin/sh
true
HOOK
  reclaim --notice-seconds 60
  eventually 10 drain_is_over
  record '.notice.sources == ["metadata"]'
}
