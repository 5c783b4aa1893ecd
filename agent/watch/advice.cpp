#include "watch/advice.h"

#include "core/text.h"

namespace preemptd::watch {
namespace {

using core::ErrorCode;

constexpr const char* kSetting = "correct the setting and reload";
constexpr const char* kMachine = "this machine lacks something (threads, descriptors, memory); asking again";

std::string metadata_advice(ErrorCode fault) {
  switch (fault) {
    case ErrorCode::unreachable:
    case ErrorCode::timed_out:
      return "if this is an Alibaba Cloud instance, check that no VPN or container route covers 100.100.100.200 "
             "(ip route get 100.100.100.200); elsewhere set metadata.url";
    case ErrorCode::denied:
      return "metadata access is switched off or refused on this instance: enable it with "
             "ModifyInstanceMetadataOptions "
             "(HttpEndpoint=enabled); token access needs no further setting";
    case ErrorCode::throttled:
      return "raise metadata.interval or look for another program that polls the metadata service";
    case ErrorCode::bad_reply:
    case ErrorCode::untrusted:
      return "something other than the metadata service may answer at this address: check metadata.url and proxies";
    case ErrorCode::bad_input: return kSetting;
    case ErrorCode::local: return kMachine;
    case ErrorCode::refused:
    case ErrorCode::cancelled: return "asking again";
  }
  return "asking again";
}

std::string control_advice(ErrorCode fault) {
  switch (fault) {
    case ErrorCode::unreachable:
    case ErrorCode::timed_out:
      return "check the security group, DNS and control.endpoint (nodes without a public address need the in-VPC "
             "endpoint); behind a proxy set control.proxy, for HTTPS_PROXY is not read";
    case ErrorCode::denied:
      return "attach a RAM role that allows ecs:DescribeInstances to the instance (preemptctl policy prints it), or "
             "set "
             "control.enabled = false";
    case ErrorCode::throttled:
      return "the quota is shared by the whole account: asking less often; raise control.interval on large fleets";
    case ErrorCode::refused: return "check control.region, and that the RAM policy's Resource covers this instance";
    case ErrorCode::untrusted:
      return "check control.ca_file, the packages with root certificates, the clock, and what intercepts TLS on the "
             "way";
    case ErrorCode::bad_reply:
      return "something other than the ECS API may answer at this address: check control.endpoint and proxies";
    case ErrorCode::bad_input: return kSetting;
    case ErrorCode::local: return kMachine;
    case ErrorCode::cancelled: return "asking again";
  }
  return "asking again";
}

}  // namespace

std::string advice_for(core::Source source, const core::Error& error, bool other_watches) {
  const bool metadata = source == core::Source::metadata;
  const std::string other = !other_watches ? "nothing else watches for a notice"
                            : metadata     ? "watching goes on through the API"
                                           : "watching goes on through the metadata service";
  return core::printable(core::describe(error), 512) + "; " + other + "; " +
         (metadata ? metadata_advice(error.code) : control_advice(error.code));
}

}  // namespace preemptd::watch
