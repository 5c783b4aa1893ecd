#include "cli/session/advice.h"

#include "cli/terminal/output.h"

namespace preemptd::cli {
namespace {

struct Advice {
  const char* family;  ///< a code, or the code before its first dot
  const char* text;
};

constexpr Advice kAdvice[] = {
    {"IncorrectInstanceStatus.Initializing",
     "it exists, and is still being set up: repeat this for the same instance in a minute, and make no other"},
    {"InstanceNotReady",
     "it exists, and is still being set up: repeat this for the same instance in a minute, and make no other"},
    {"IncorrectInstanceStatus",
     "the instance is not in a status that allows this; see its status, and stop or start it first"},
    {"InvalidOperation.DeletionProtection",
     "its deletion protection is on; 'preemptctl api ecs ModifyInstanceAttribute --InstanceId ID --DeletionProtection "
     "false' ends that"},
    {"ChargeTypeViolation",
     "not possible with this way of paying: only subscriptions are renewed, only the others released at a time"},
    {"AllocateIpInvalidInstanceBandwidth",
     "it has no public bandwidth, and gets no address without: preemptctl instance public-ip ID --bandwidth MBIT"},
    {"OperationDenied.NoStock", "sold out there; try another type or zone (preemptctl spot advise)"},
    {"Zone.NotOnSale", "not sold in this zone; try another (preemptctl spot zones --type TYPE)"},
    {"InvalidInstanceType", "see what can be had where: preemptctl spot zones --type TYPE"},
    {"InvalidSpotPriceLimit.LowerThanPublicPrice", "see what it costs now: preemptctl spot prices TYPE"},
    {"OperationDenied.SpotPriceLowerThanPublicPrice",
     "its price limit is below the market now: preemptctl spot prices TYPE"},
    {"InvalidImageId", "see which there are: preemptctl image list"},
    {"InvalidVSwitchId", "see which there are: preemptctl vswitch list"},
    {"InvalidSecurityGroupId", "see which there are: preemptctl security-group list"},
    {"InvalidZoneId", "see which there are: preemptctl region zones"},
    {"InvalidRegionId", "see which there are: preemptctl region list"},
    {"IncorrectVpcStatus", "the VPC is not ready yet; try again in some seconds"},
    {"IncorrectVSwitchStatus", "the vSwitch is not ready yet; try again in some seconds"},
    {"DependencyViolation", "something still depends on it; delete that first"},
    {"IdempotentParameterMismatch", "this ClientToken was used with other parameters; leave it out to get a new one"},
    {"InvalidUser.PassRoleForbidden", "the key also needs ram:PassRole for this role"},
    {"QuotaExceed", "a quota of the account is used up; see its Quota Center"},
    {"Account.Arrearage", "the account owes money"},
    {"InvalidAccountStatus.NotEnoughBalance", "the account's balance is too low"},
};

}  // namespace

std::string advice_on(const ecs::ServerError& error) {
  if (ecs::is_throttling(error)) {
    const std::string what = "the account's quota for this action is used up for the moment";
    if (!error.retry_after) return what;
    return what + "; the cloud takes the next call in " + spoken(error.retry_after->count()) +
           " (a longer --timeout waits for that)";
  }
  for (const auto& advice : kAdvice) {
    if (error.is(advice.family)) return advice.text;
  }
  return {};
}

}  // namespace preemptd::cli
