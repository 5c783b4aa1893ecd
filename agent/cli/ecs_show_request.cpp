#include "cli/ecs_show_request.h"

#include <array>

#include "core/text.h"

namespace preemptd::cli {
namespace {

bool is_secret(std::string_view header) {
  static constexpr std::array<std::string_view, 3> kSecret{"authorization", "x-acs-security-token", "x-acs-accesskey-id"};
  for (const auto name : kSecret) {
    if (core::equal_ignoring_case(header, name)) return true;
  }
  return false;
}

bool is_secret_parameter(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kSecret{"Signature", "SecurityToken", "AccessKeyId", "Password", "UserData",
                                                           "CommandContent"};
  for (const auto each : kSecret) {
    if (name == each || name.ends_with("." + std::string(each))) return true;
  }
  return false;
}

/// One "name=value" a line, easier to read and to compare than a query.
std::string parameters_text(std::string_view query) {
  std::string text;
  for (const auto pair : core::split(query, '&')) {
    const auto equals = pair.find('=');
    const auto name = pair.substr(0, equals);
    text += "  " + std::string(is_secret_parameter(name) ? std::string(name) + "=***" : std::string(pair)) + "\n";
  }
  return text;
}

}  // namespace

std::string request_text(const http::Request& request) {
  const auto question = request.url.find('?');
  std::string text = request.method + " " + request.url.substr(0, question) + "\n";
  if (question != std::string::npos) text += parameters_text(std::string_view(request.url).substr(question + 1));
  for (const auto& header : request.headers) {
    text += header.name + ": " + (is_secret(header.name) ? "***" : header.value) + "\n";
  }
  if (!request.body.empty()) text += "\n" + parameters_text(request.body);
  return text;
}

core::Result<http::Reply> ShowingTransport::send(const http::Request& request, core::Deadline) {
  if (!shown_) out_.raw(request_text(request));
  shown_ = true;
  return core::fail(core::Fault::cancelled, "only shown, not sent");
}

}  // namespace preemptd::cli
