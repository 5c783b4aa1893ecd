#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/json.h"
#include "core/result.h"

namespace preemptd::report {

/// One thing that happened, as reported: a CloudEvents 1.0 event. docs/events/ has the data of each type.
struct CloudEvent {
  std::string id;       ///< the same whenever the same thing is reported again; a plain name without '.'
  std::string type;     ///< "preemptd.notice.seen" …; one of config's event types
  std::string source;   ///< source_of(): which node
  std::string subject;  ///< the instance id, or empty where it is not known
  core::WallTime time{};
  std::string data = "{}";  ///< a JSON object, on one line

  bool operator==(const CloudEvent&) const = default;
};

/// Largest event that is taken: CloudEvents intermediaries must forward 64 KiB, not more.
inline constexpr std::size_t kEventLimit = 64 * 1024;

/// "preemptd://cn-hangzhou/i-bp1…": an absolute URI, unique per node. Unknown parts are "unknown".
std::string source_of(std::string_view region_id, std::string_view instance_id);

/// True for the events that say how it ended: they are dropped last and may overtake others while the instance dies.
bool is_final(const CloudEvent& event);
/// True for the events that may travel merged in a newer one.
bool is_progress(const CloudEvent& event);

/// bad_input: no id or type, an id that is no plain name or has a '.', data that is no JSON object, or too large.
core::Result<void> check_event(const CloudEvent& event);

/// What is known of one delivery besides the event itself; written as CloudEvents extension attributes, but for what is
/// merged.
struct Remarks {
  bool late = false;  ///< "late": it was held back for long, or by a restart
  int lost = 0;       ///< "lost": reports dropped before this one because the outbox was full; 0 is not written
  std::vector<CloudEvent> merged{};  ///< data.merged: older events that this one reports, as summaries
};

/// The structured form: one JSON object with all attributes and the data. Content type kStructuredType, whose charset
/// is in small letters because the official JavaScript package compares it letter by letter.
std::string to_structured(const CloudEvent& event, const Remarks& remarks = {});
inline constexpr std::string_view kStructuredType = "application/cloudevents+json; charset=utf-8";

/// The event's data with what is merged into it: the body of the binary form, content type application/json.
std::string data_text(const CloudEvent& event, const Remarks& remarks);

/// The attributes of the binary form as HTTP headers (ce-id …), values percent-encoded as the HTTP binding demands.
struct Attribute {
  std::string name;
  std::string value;
};
std::vector<Attribute> to_binary_headers(const CloudEvent& event, const Remarks& remarks = {});

/// Reads to_structured() back. bad_reply when it is not such an event.
core::Result<CloudEvent> parse_structured(const core::Json& object);

}  // namespace preemptd::report
