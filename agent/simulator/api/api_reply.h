#pragma once
#include <string>
#include <string_view>

#include "core/json.h"
#include "simulator/api/api_error.h"
#include "simulator/api/call.h"
#include "simulator/http/http_message.h"

namespace preemptd::simulator {

/// `body` as the cloud sends it: JSON, or XML with <ActionResponse> around it.
HttpReply success_reply(std::string_view action, const core::Json& body, Format format);

/// Code, Message, RequestId, HostId, Recommend; AccessDeniedDetail where a permission is missing.
HttpReply error_reply(const ApiError& error, const std::string& request_id, std::string_view host, Format format);

/// An array becomes its element repeated under the array's name. Control characters are left out.
std::string to_xml(std::string_view root, const core::Json& body);

}  // namespace preemptd::simulator
