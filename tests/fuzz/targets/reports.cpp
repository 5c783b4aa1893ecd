#include <nlohmann/json.hpp>

#include "core/json.h"
#include "fuzz/target.h"
#include "node/evidence.h"
#include "report/outbox/outbox_files.h"
#include "report/sinks/body_template.h"
#include "report/sinks/chat_sink.h"
#include "report/sinks/http_outcome.h"
#include "report/sinks/standard_webhooks.h"

namespace preemptd::fuzz {
namespace {

report::CloudEvent sample() {
  report::CloudEvent event;
  event.id = "1";
  event.type = "preemptd.notice.seen";
  event.source = "preemptd://cn-hangzhou/i-1";
  event.subject = "i-1";
  event.data = R"({"instance_id":"i-1","failed_hooks":["a"],"rehearsal":false,"deadline_seconds":300})";
  return event;
}

}  // namespace

void fuzz(std::string_view input) {
  if (const auto body = report::BodyTemplate::make(std::string(input), {sample()})) {
    const auto rendered = body->render(sample(), {});
    require(rendered.has_value() && core::parse_json(*rendered).has_value(), "a template that was taken makes JSON");
  }
  auto rest = input;
  const auto name = std::string(take_line(rest));
  if (const auto stored = report::parse_file_text(name, rest))
    require(report::parse_file_text(name, report::to_file_text(stored->event, stored->marks)).has_value(),
            "a report that is written is read");
  const http::Reply reply{200, {{"Retry-After", name}}, std::string(rest)};
  for (const auto kind : {report::Chat::dingtalk, report::Chat::feishu, report::Chat::wecom, report::Chat::slack})
    static_cast<void>(report::chat_outcome(kind, reply));
  static_cast<void>(report::outcome_of(http::Reply{503, {{"Retry-After", name}}, std::string(rest)}));
  static_cast<void>(report::parse_webhook_secrets(input));
  static_cast<void>(node::parse_evidence(input));
}

}  // namespace preemptd::fuzz
