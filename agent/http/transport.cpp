#include "http/transport.h"

#include "core/text.h"

namespace preemptd::http {

std::optional<std::string_view> Reply::header(std::string_view name) const {
  for (const auto& each : headers) {
    if (core::equal_ignoring_case(each.name, name)) return each.value;
  }
  return std::nullopt;
}

}  // namespace preemptd::http
