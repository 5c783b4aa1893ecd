#include "cli/rehearsal/webhook_receiver.h"

#include <httplib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/json.h"

namespace preemptd::cli {

struct WebhookReceiver::Server {
  httplib::Server http;
  std::thread thread;
};

WebhookReceiver::WebhookReceiver() : server_(std::make_unique<Server>()) {}

WebhookReceiver::~WebhookReceiver() {
  server_->http.stop();
  if (server_->thread.joinable()) server_->thread.join();
}

core::Result<std::unique_ptr<WebhookReceiver>> WebhookReceiver::open() {
  std::unique_ptr<WebhookReceiver> receiver(new WebhookReceiver());
  auto& http = receiver->server_->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(2); };
  http.set_payload_max_length(1024 * 1024);
  http.set_keep_alive_timeout(1);
  http.Post("/", [self = receiver.get()](const httplib::Request& request, httplib::Response& response) {
    response.status = self->take(request.body, request.get_header_value("ce-id"), request.get_header_value("ce-type"));
  });
  const int port = http.bind_to_any_port("127.0.0.1");
  if (port <= 0) return core::fail(core::ErrorCode::local, "no loopback port could be had for the webhook");
  receiver->url_ = "http://127.0.0.1:" + std::to_string(port) + "/";
  receiver->server_->thread = std::thread([&http] { http.listen_after_bind(); });
  while (!http.is_running()) std::this_thread::yield();  // stop() before that would be lost
  return receiver;
}

int WebhookReceiver::take(const std::string& body, const std::string& binary_id, const std::string& binary_type) {
  if (status_ != 200) {
    ++refused_;
    return status_;
  }
  Received report{core::BootClock::now(), binary_id, binary_type, body};
  if (report.id.empty()) {
    const auto event = core::parse_json(body);
    if (!event) return 400;
    report.id = core::string_at(*event, "id").value_or("");
    report.type = core::string_at(*event, "type").value_or("");
  }
  const std::lock_guard lock(mutex_);
  const auto same = [&](const Received& other) { return other.id == report.id; };
  if (std::none_of(received_.begin(), received_.end(), same)) received_.push_back(std::move(report));
  return 200;
}

std::vector<Received> WebhookReceiver::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

bool WebhookReceiver::has(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(received_.begin(), received_.end(), [&](const Received& one) { return one.type == type; });
}

}  // namespace preemptd::cli
