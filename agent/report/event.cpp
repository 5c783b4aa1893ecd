#include "report/event.h"

#include <nlohmann/json.hpp>

#include "core/event_types.h"
#include "core/notice.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::report {
namespace {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

/// The HTTP binding, section 3.1.3.2: blank, '"', '%' and everything outside printable ASCII, as UTF-8 bytes.
std::string header_value(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : core::valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '%') {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xfU];
  }
  return out;
}

Json summary_of(const CloudEvent& event) {
  Json summary{{"id", event.id}, {"type", event.type}, {"time", core::format_utc_millis(event.time)}};
  const Json data = core::parse_json(event.data).value_or(Json::object());
  for (const char* name : {"hook", "event", "attempt", "outcome", "took_ms", "ok", "skipped", "failed"}) {
    if (data.contains(name)) summary[name] = data[name];
  }
  return summary;
}

Json data_of(const CloudEvent& event, const Remarks& remarks) {
  Json data = Json::parse(event.data, nullptr, false);
  for (const CloudEvent& older : remarks.merged) data["merged"].push_back(summary_of(older));
  return data;
}

}  // namespace

std::string source_of(std::string_view region_id, std::string_view instance_id) {
  const auto part = [](std::string_view text) { return core::is_plain_name(text) ? std::string(text) : "unknown"; };
  return "preemptd://" + part(region_id) + "/" + part(instance_id);
}

bool is_final(const CloudEvent& event) {
  const auto* type = core::find_event_type(event.type);
  return type != nullptr && type->final;
}

bool is_progress(const CloudEvent& event) {
  const auto* type = core::find_event_type(event.type);
  return type != nullptr && type->progress;
}

Result<void> check_event(const CloudEvent& event) {
  if (!core::is_plain_name(event.id) || event.id.find('.') != std::string::npos) {
    return fail(ErrorCode::bad_input, "'" + core::printable(event.id, 150) + "' cannot be an event's id");
  }
  if (event.type.empty() || event.source.empty())
    return fail(ErrorCode::bad_input, "an event without type or source", event.id);
  const auto data = core::parse_json(event.data);
  if (!data || !data->is_object()) return fail(ErrorCode::bad_input, "the data is not a JSON object", event.id);
  if (to_structured(event).size() > kEventLimit)
    return fail(ErrorCode::bad_input, "the event is larger than 64 KiB", event.id);
  return {};
}

std::string to_structured(const CloudEvent& event, const Remarks& remarks) {
  Json object{{"specversion", "1.0"},
              {"id", event.id},
              {"source", event.source},
              {"type", event.type},
              {"time", core::format_utc_millis(event.time)},
              {"datacontenttype", "application/json"},
              {"data", data_of(event, remarks)}};
  if (!event.subject.empty()) object["subject"] = event.subject;
  if (remarks.late) object["late"] = true;
  if (remarks.lost > 0) object["lost"] = remarks.lost;
  return core::dump_json(object);
}

std::string data_text(const CloudEvent& event, const Remarks& remarks) {
  return remarks.merged.empty() ? event.data : core::dump_json(data_of(event, remarks));
}

std::vector<Attribute> to_binary_headers(const CloudEvent& event, const Remarks& remarks) {
  std::vector<Attribute> headers{{"ce-specversion", "1.0"},
                                 {"ce-id", header_value(event.id)},
                                 {"ce-source", header_value(event.source)},
                                 {"ce-type", header_value(event.type)},
                                 {"ce-time", core::format_utc_millis(event.time)}};
  if (!event.subject.empty()) headers.push_back({"ce-subject", header_value(event.subject)});
  if (remarks.late) headers.push_back({"ce-late", "true"});
  if (remarks.lost > 0) headers.push_back({"ce-lost", std::to_string(remarks.lost)});
  return headers;
}

Result<CloudEvent> parse_structured(const Json& object) {
  CloudEvent event;
  event.id = core::string_at(object, "id").value_or("");
  event.type = core::string_at(object, "type").value_or("");
  event.source = core::string_at(object, "source").value_or("");
  event.subject = core::string_at(object, "subject").value_or("");
  event.data = core::dump_json(core::member_at(object, "data"));
  const auto time = core::parse_utc(core::string_at(object, "time").value_or(""));
  if (!time) return fail(ErrorCode::bad_reply, "the event has no time");
  event.time = *time;
  if (auto good = check_event(event); !good) return fail(ErrorCode::bad_reply, good.error().what, good.error().where);
  return event;
}

}  // namespace preemptd::report
