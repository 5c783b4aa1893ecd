#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/text.h"
#include "report/event.h"

namespace preemptd::report {

/// One attempt to deliver one event.
struct Delivery {
  CloudEvent event;
  Remarks remarks;
  core::Deadline by;          ///< the attempt is over by then, whatever happens
  core::WallTime wall_now{};  ///< by the cloud's clock: for signatures that receivers compare with their own
};

/// What became of an attempt, named after what happens next.
struct DeliveryOutcome {
  enum class Kind {
    delivered,
    retry,      ///< the place or the way to it is in trouble: later, not before `after`
    permanent,  ///< this event will never be taken (malformed, too large for it): not again, the next ones may be
    gone,       ///< the place is no more (HTTP 410): nothing is sent there until preemptd is reloaded or restarted
  };
  Kind kind = Kind::delivered;
  std::optional<core::Millis> after;  ///< retry only: the wait the receiver asked for
  std::string detail;                 ///< one sentence for a person, nothing secret: "HTTP 503"

  static DeliveryOutcome delivered(std::string_view detail) { return {Kind::delivered, {}, core::redact(detail)}; }
  static DeliveryOutcome retry(std::string_view detail, std::optional<core::Millis> after = {}) {
    return {Kind::retry, after, core::redact(detail)};
  }
  static DeliveryOutcome permanent(std::string_view detail) { return {Kind::permanent, {}, core::redact(detail)}; }
  static DeliveryOutcome gone(std::string_view detail) { return {Kind::gone, {}, core::redact(detail)}; }

  bool operator==(const DeliveryOutcome&) const = default;
};
std::string_view name_of(DeliveryOutcome::Kind kind);  // "delivered", "retry", "permanent", "gone"

/// A place reports go to. An object belongs to one thread (its lane's); deliver() may block until delivery.by, not
/// longer. The same event can come twice (a crash after delivery, before it was noted): receivers recognise it by its
/// id.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual DeliveryOutcome deliver(const Delivery& delivery) = 0;
};

}  // namespace preemptd::report
