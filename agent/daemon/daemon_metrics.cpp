#include "daemon/daemon.h"
#include "sys/files.h"

namespace preemptd::daemon {

/// The optional ways out for metrics: a page on loopback, a file for node_exporter. Neither can hold up the watch.
void Daemon::open_metrics() {
  listener_.reset();
  const std::string& address = loaded_.config.metrics.listen;
  if (address.empty()) return set_fault("metrics listener", std::nullopt);
  auto listener = report::Listener::open(*loop_, address, [this](std::string_view path) { return page(path); });
  set_fault("metrics listener", listener ? std::nullopt : std::optional(core::describe(listener.error())));
  if (listener) listener_ = std::move(*listener);
}

report::Page Daemon::page(std::string_view path) const {
  const Status s = status();
  if (path == "/status") return {200, "application/json", to_json_text(s)};
  if (path == "/metrics")
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(metrics_.snapshot(s, reporter_->status()))};
  // Healthy means that a notice would be seen: not that hooks, sinks or disks are well.
  const bool healthy = !s.blind && (s.metadata.good > 0 || s.control.good > 0);
  return {healthy ? 200 : 503, "text/plain; charset=utf-8", s.line + "\n"};
}

void Daemon::write_metrics() {
  const std::string path = loaded_.config.metrics.textfile;
  if (path.empty()) return;
  disk_->post([path, text = metrics_text(metrics_.snapshot(status(), reporter_->status())), box = kept_metrics_.get()] {
    box->post(report::write_metrics_file(path, text));
  });
}

}  // namespace preemptd::daemon
