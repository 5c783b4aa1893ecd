// One event of every type, made and sent by the code that makes and sends the real ones.
//   send_samples print                                  each as a CloudEvent on a line of its own, plain and with all
//   that can be added send_samples metrics                                the metrics of an agent that has seen
//   something of everything send_samples post URL structured|binary SECRETS     to a webhook, signed with the secrets
//   in that file
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "http/curl_transport.h"
#include "node/sample_events.h"
#include "report/metrics/metrics.h"
#include "report/sinks/webhook_sink.h"

namespace {

using namespace preemptd;

report::MetricsSnapshot sample_snapshot() {
  report::MetricsSnapshot s;
  s.version = "0.1.0";
  s.sources = {{"metadata", true, {{"good", 1}, {"timed_out", 2}}, core::Millis(250)},
               {"operation-lock", false, {}, {}}};
  s.notice_pending = true;
  s.notice_left = core::Seconds(200);
  s.drains = {{"ok", 1}};
  s.hooks_finished = {{"ok", 2}};
  s.hook_durations.add(core::Seconds(3));
  s.last_margin = core::Seconds(-1);
  s.hooks_found = {{"ok", 2}};
  s.plan_margin = core::Seconds(100);
  s.sinks = {{"ops", {{"delivered", 3}}, 1}, {"quotes\" \\ and\nlines", {{"retry", 1}}, 0}};
  return s;
}

int post(const char* url, const char* mode, const char* secrets_file) {
  std::ifstream file(secrets_file);
  std::ostringstream secrets;
  secrets << file.rdbuf();
  auto keys = report::parse_webhook_secrets(secrets.str());
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  auto transport = http::make_curl_transport(std::move(options));
  if (!keys || !transport) return 2;
  const auto form =
      std::strcmp(mode, "binary") == 0 ? report::CloudEventMode::binary : report::CloudEventMode::structured;
  report::WebhookSink sink({core::Secret(url), form, *keys, {}}, std::move(*transport));
  for (auto& event : node::sample_events()) {
    const auto& clock = core::system_clock();
    const auto by = core::Deadline::after(clock.boot_now(), core::Seconds(10));
    const auto outcome =
        sink.deliver({std::move(event), {.late = true, .lost = 2, .merged = {}}, by, clock.wall_now()});
    if (outcome.kind != report::DeliveryOutcome::Kind::delivered) {
      std::fprintf(stderr, "not delivered: %s\n", outcome.detail.c_str());
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "post") == 0) return post(argv[2], argv[3], argv[4]);
  if (argc == 2 && std::strcmp(argv[1], "metrics") == 0)
    return std::fputs(report::metrics_text(sample_snapshot()).c_str(), stdout) < 0;
  for (const auto& event : node::sample_events()) {
    if (auto good = report::check_event(event); !good)
      std::fprintf(stderr, "%s\n", core::describe(good.error()).c_str());
    std::puts(report::to_structured(event).c_str());
    std::puts(report::to_structured(event, {.late = true, .lost = 1, .merged = node::sample_events()}).c_str());
  }
  return 0;
}
