#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace preemptd::cli {

/// What a report looked like when it arrived.
struct Received {
  core::BootTime at{};
  std::string id;    ///< the CloudEvent's
  std::string type;  ///< "preemptd.drain.finished"
  std::string body;  ///< as it came, at most 1 MiB
};

/// A webhook of our own on a free loopback port, to see reports arrive. It answers on its own threads; every member may
/// be called from any.
class WebhookReceiver {
 public:
  /// Local fault when no port can be had.
  static core::Result<std::unique_ptr<WebhookReceiver>> open();
  ~WebhookReceiver();

  const std::string& url() const { return url_; }
  /// In the order of arrival; a report repeated with the same id is there once.
  std::vector<Received> received() const;
  bool has(const std::string& type) const;
  /// From now on every report is answered with this status and forgotten; 200 takes them again.
  void answer_with(int status) { status_ = status; }
  /// How many were refused that way.
  int refused() const { return refused_; }

 private:
  struct Server;  // keeps cpp-httplib out of sight
  WebhookReceiver();
  int take(const std::string& body, const std::string& binary_id, const std::string& binary_type);

  std::unique_ptr<Server> server_;
  std::string url_;
  std::atomic<int> status_{200};
  std::atomic<int> refused_{0};
  mutable std::mutex mutex_;
  std::vector<Received> received_;
};

}  // namespace preemptd::cli
