#pragma once
#include <string>

#include "report/event.h"

namespace preemptd::report {

/// An event that check_event() takes.
inline CloudEvent event_called(const std::string& id, const std::string& type = "preemptd.hook.finished") {
  return {.id = id,
          .type = type,
          .source = "preemptd://cn-hangzhou/i-1",
          .subject = "i-1",
          .time = core::WallTime(core::Millis(1'800'000'000'123)),
          .data = R"({"hook":"20-x"})"};
}

}  // namespace preemptd::report
