#include "simulator/api/api_reply.h"

#include <nlohmann/json.hpp>

#include "core/json.h"

namespace preemptd::simulator {
namespace {

using core::Json;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

void append_xml(std::string& out, std::string_view name, const Json& value) {
  if (value.is_array()) {
    for (const auto& item : value) append_xml(out, name, item);
    return;
  }
  const std::string tag(name);
  out += "<" + tag + ">";
  if (value.is_object()) {
    for (const auto& [member, inner] : value.items()) append_xml(out, member, inner);
  } else if (value.is_string()) {
    out += escaped(value.get_ref<const std::string&>());
  } else if (!value.is_null()) {
    out += value.dump();
  }
  out += "</" + tag + ">";
}

HttpReply rendered(int status, std::string_view root, const Json& body, Format format) {
  if (format == Format::xml) return {status, {{"Content-Type", "text/xml;charset=utf-8"}}, to_xml(root, body)};
  return {status, {{"Content-Type", "application/json;charset=utf-8"}}, core::dump_json(body)};
}

}  // namespace

std::string to_xml(std::string_view root, const Json& body) {
  std::string out = "<?xml version='1.0' encoding='UTF-8'?>";
  append_xml(out, root, body);
  return out;
}

HttpReply success_reply(std::string_view action, const Json& body, Format format) {
  HttpReply reply = rendered(200, std::string(action) + "Response", body, format);
  reply.headers.push_back({"x-acs-request-id", core::string_at(body, "RequestId").value_or("")});
  return reply;
}

HttpReply error_reply(const ApiError& error, const std::string& request_id, std::string_view host, Format format) {
  Json body{
      {"RequestId", request_id},
      {"HostId", host.substr(0, host.find(':'))},
      {"Code", error.code},
      {"Message", error.message},
      {"Recommend", "https://api.aliyun.com/troubleshoot?q=" + error.code + "&product=Ecs&requestId=" + request_id}};
  if (!error.denied_action.empty()) {
    body["AccessDeniedDetail"] = {{"AuthAction", error.denied_action},
                                  {"AuthPrincipalType", "AssumedRoleUser"},
                                  {"AuthPrincipalDisplayName", "simulated-principal"},
                                  {"NoPermissionType", "ImplicitDeny"},
                                  {"PolicyType", "AccountLevelIdentityBasedPolicy"}};
  }
  HttpReply reply = rendered(error.status, "Error", body, format);
  reply.headers.push_back({"x-acs-request-id", request_id});
  if (error.retry_after_ms > 0) reply.headers.push_back({"x-acs-retry-after", std::to_string(error.retry_after_ms)});
  return reply;
}

}  // namespace preemptd::simulator
