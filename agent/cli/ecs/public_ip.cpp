#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/session/ids.h"
#include "cli/session/own_node.h"
#include "core/text.h"
#include "ecs/instances/attributes.h"
#include "ecs/instances/instance.h"

/// The verb for an instance's public address and bandwidth.
namespace preemptd::cli {
namespace {

struct PublicIp {
  std::string id;
  std::optional<std::int64_t> bandwidth;
  Consent consent;
};

void declare_public_ip(Arguments& arguments, PublicIp& options) {
  arguments.positional("ID", options.id, "The instance");
  arguments.number("--bandwidth", "MBIT", options.bandwidth, 0, 100,
                   "First change the outgoing public bandwidth; 0 takes the address away");
  declare_consent(arguments, options.consent);
}

Exit allocate(CloudSession& session, const std::string& id) {
  const auto address = ecs::allocate_public_ip(session.client(), id, session.by());
  if (!address) return session.report_failure(address.error());
  session.out().result(Json{{"instance_id", id}, {"ip_address", *address}},
                       {{{"ADDRESS"}}, {{Cell(core::printable(*address, 64))}}, "", false});
  session.out().note("it works after the next start");
  return Exit::ok;
}

ecs::Result<std::optional<ecs::Instance>> look(CloudSession& session, const std::string& id) {
  ecs::InstanceQuery query;
  query.ids = {id};
  auto found = ecs::describe_instances(session.client(), query, session.by());
  if (!found) return tl::unexpected(std::move(found.error()));
  return found->empty() ? std::nullopt : std::optional(found->front());
}

/// Some looks, for the change shows after a moment.
ecs::Result<std::optional<ecs::Instance>> look_until(CloudSession& session, const std::string& id,
                                                     std::int64_t wanted) {
  constexpr int kLooks = 5;
  constexpr core::Millis kPause = core::Seconds(1);
  for (int looks = 1;; ++looks) {
    auto found = look(session, id);
    if (!found || !*found || (*found)->bandwidth_out == wanted || looks == kLooks) return found;
    if (!session.client().wait(kPause)) return found;
  }
}

void show_network(CloudSession& session, const ecs::Instance& now) {
  const std::string address = now.public_ips.empty() ? "" : now.public_ips.front();
  const Table table{{{"INSTANCE"}, {"MBIT", Align::right}, {"ADDRESS"}},
                    {{core::printable(now.id, 128), std::to_string(now.bandwidth_out), core::printable(address, 64)}},
                    "",
                    true};
  session.out().result(Json{{"instance_id", now.id},
                            {"bandwidth_out", now.bandwidth_out},
                            {"ip_address", address.empty() ? Json() : Json(address)}},
                       table);
}

std::string question_about(const ecs::Instance& before, std::int64_t bandwidth) {
  const std::string address = before.public_ips.empty() ? "" : core::printable(core::join(before.public_ips), 128);
  if (bandwidth == 0 && !address.empty())
    return "Without bandwidth " + before.id + " loses its address " + address + " for good. Go on?";
  if (before.charge_type == "PrePaid") return "More bandwidth for a subscription is an order. This costs money. Go on?";
  return {};
}

/// The answer of an order may be all that was lost: what is set now decides.
Exit report_change(CloudSession& session, const PublicIp& options, const ecs::Result<void>& sent) {
  if (!sent && ecs::is_dry_run_passed(sent.error())) return session.report_failure(sent.error());
  if (!sent && !sent.error().may_have_happened) return session.report_failure(sent.error());
  const auto now = look_until(session, options.id, *options.bandwidth);
  const bool changed = now && *now && (*now)->bandwidth_out == *options.bandwidth;
  if (!sent && !changed) return session.report_failure(sent.error());
  if (!sent) session.out().note("the answer was lost, and the bandwidth is set");
  if (!now) return session.report_failure(now.error());
  if (!*now) return no_such_instance(session, options.id);
  show_network(session, **now);
  if (!changed) session.out().warning("accepted, but not to be seen yet");
  return Exit::ok;
}

Exit change(CloudSession& session, const PublicIp& options) {
  if (!spares_own_node(session, {options.id}, "change the network of", options.consent)) return Exit::failed;
  const bool only_shown = session.options().show_request;
  bool allocates = *options.bandwidth > 0;
  if (!only_shown) {
    const auto found = look(session, options.id);
    if (!found) return session.report_failure(found.error());
    if (!*found) return no_such_instance(session, options.id);
    const auto question = question_about(**found, *options.bandwidth);
    if (!question.empty() && !session.confirmed(question, options.consent.yes)) return Exit::failed;
    allocates = allocates && (*found)->public_ips.empty();
  }
  return report_change(session, options,
                       ecs::set_bandwidth(session.client(), options.id, *options.bandwidth, allocates, session.by()));
}

Exit public_ip(CloudSession& session, const PublicIp& options) {
  return options.bandwidth ? change(session, options) : allocate(session, options.id);
}

}  // namespace

Command public_ip_command() {
  return cloud_command<PublicIp>(
      "instance public-ip", "Give an instance a public address, and bandwidth",
      "An instance without public bandwidth gets no address: --bandwidth gives it both, and shows what is set\n"
      "afterwards.",
      declare_public_ip, public_ip);
}

}  // namespace preemptd::cli
