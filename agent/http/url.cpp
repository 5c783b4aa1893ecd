#include "http/url.h"

#include "core/text.h"

namespace preemptd::http {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return core::equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

std::string_view without_suffix(std::string_view text, std::string_view suffix) {
  return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

}  // namespace

bool is_https(std::string_view url) {
  return starts_with_ignoring_case(url, "https://");
}

std::string host_header(std::string_view url) {
  const bool https = is_https(url);
  if (!https && !starts_with_ignoring_case(url, "http://")) return {};
  std::string_view host = url.substr(https ? 8 : 7);
  host = host.substr(0, host.find_first_of("/?#"));
  return std::string(without_suffix(host, https ? ":443" : ":80"));
}

}  // namespace preemptd::http
