#include "cli/session/own_node.h"

#include <algorithm>
#include <optional>

#include "cli/command/settings.h"
#include "cli/host/notice_now.h"
#include "config/load.h"
#include "core/text.h"
#include "metadata/platform.h"

namespace preemptd::cli {
namespace {

/// Empty: this machine is no instance. Nothing: it is one, and nobody can say which.
std::optional<std::string> own_id(CloudSession& session) {
  if (auto id = session.own_instance_id(); !id.empty()) return id;
  const auto config = config::load_leniently(load_request(session.context().common)).config;
  if (auto id = published_identity(config.paths.run).instance_id; !id.empty()) return id;
  const bool configured = config.metadata.url != config::Metadata{}.url;
  if (configured || metadata::detect_platform() == metadata::Platform::alibaba_cloud) return std::nullopt;
  return std::string();
}

}  // namespace

void declare_consent(Arguments& arguments, Consent& consent) {
  arguments.flag("-y,--yes", consent.yes, "Do not ask");
  arguments.flag("--yes-this-node", consent.yes_this_node, "Said beside --yes: also the instance this runs on");
}

bool spares_own_node(CloudSession& session, const std::vector<std::string>& ids, const std::string& what,
                     const Consent& consent) {
  if (session.options().dry_run || session.options().show_request) return true;
  if (consent.yes && consent.yes_this_node) return true;
  const auto own = own_id(session);
  if (own && (own->empty() || std::find(ids.begin(), ids.end(), *own) == ids.end())) return true;
  const std::string both = "give both --yes and --yes-this-node";
  session.out().error(own ? core::printable(*own, 64) + " is the instance this runs on; to " + what +
                                " it all the same, " + both
                          : "this machine is an instance, and its metadata service does not say which; to " + what +
                                " one that may be this, " + both);
  return false;
}

}  // namespace preemptd::cli
