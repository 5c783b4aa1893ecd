#include <nlohmann/json.hpp>

#include "cli/ecs/commands.h"
#include "cli/ecs/tags.h"
#include "cli/session/waiting.h"
#include "core/text.h"
#include "ecs/instances/tags.h"
#include "ecs/network/network.h"
#include "ecs/storage/storage.h"

/// The verbs that make or mark things other than instances.
namespace preemptd::cli {
namespace {

/// The id of something made, under its name.
Exit show_made(CloudSession& session, const char* what, const ecs::Result<std::string>& id) {
  if (!id) return session.report_failure(id.error());
  session.out().result(Json{{what, *id}}, {{{""}}, {{Cell(core::printable(*id, 128))}}, "", false});
  return Exit::ok;
}

Exit show_done(CloudSession& session, const ecs::Result<void>& sent, const std::string& sentence) {
  if (!sent) return session.report_failure(sent.error());
  session.out().result(Json{{"done", sentence}}, {{{""}}, {{Cell(sentence, Tone::good)}}, "", false});
  return Exit::ok;
}

struct Keep {
  std::string id;
  bool drop = false;
};

void declare_keep(Arguments& arguments, Keep& options) {
  arguments.positional("DISK", options.id, "The disk");
  arguments.flag("--drop", options.drop, "The other way round: delete it with its instance");
}

Exit keep(CloudSession& session, const Keep& options) {
  return show_done(session, ecs::set_delete_with_instance(session.client(), options.id, options.drop, session.by()),
                   options.id + (options.drop ? " goes with its instance" : " outlives its instance"));
}

struct Snapshot {
  std::string disk;
  std::string name;
  std::optional<std::int64_t> days;
  bool wait = false;
};

void declare_snapshot(Arguments& arguments, Snapshot& options) {
  arguments.positional("DISK", options.disk, "The disk");
  arguments.text("--name", "NAME", options.name, "The snapshot's name");
  arguments.number("--days", "N", options.days, 1, 65536, "Delete it by itself after this many days");
  arguments.flag("-w,--wait", options.wait, "Wait until it is finished");
}

Exit snapshot(CloudSession& session, const Snapshot& options) {
  const auto id = ecs::create_snapshot(session.client(), options.disk, options.name, options.days, session.by());
  const auto shown = show_made(session, "snapshot_id", id);
  if (!id || !options.wait) return shown;
  const auto failure = wait_for_snapshots(session, {*id});
  return failure ? session.report_failure(*failure) : Exit::ok;
}

struct Image {
  std::string instance;
  std::string snapshot;
  std::string name;
  bool wait = false;
};

void declare_image(Arguments& arguments, Image& options) {
  arguments.text("--instance", "ID", options.instance, "Of this instance");
  arguments.text("--snapshot", "ID", options.snapshot, "Of this snapshot of a system disk");
  arguments.text("--name", "NAME", options.name, "The image's name");
  arguments.flag("-w,--wait", options.wait, "Wait until it is finished");
}

ecs::Result<std::string> image_status(CloudSession& session, const std::string& id) {
  ecs::ImageQuery query;
  query.ids = {id};
  query.status = "Creating,Waiting,Available,UnAvailable,CreateFailed";
  const auto found = ecs::describe_images(session.client(), query, session.by());
  if (!found) return tl::unexpected(found.error());
  return found->empty() ? std::string() : found->front().status;
}

Exit image(CloudSession& session, const Image& options) {
  if (options.instance.empty() == options.snapshot.empty()) {
    session.out().error("give either --instance or --snapshot");
    return Exit::failed;
  }
  const auto id = ecs::create_image(session.client(), options.instance, options.snapshot, options.name, session.by());
  const auto shown = show_made(session, "image_id", id);
  if (!id || !options.wait) return shown;
  return wait_until(session, *id, "Available", [&] { return image_status(session, *id); });
}

struct NewGroup {
  std::string vpc;
  std::string name;
};

void declare_group(Arguments& arguments, NewGroup& options) {
  arguments.text("--vpc-id", "ID", options.vpc, "In this VPC");
  arguments.text("--name", "NAME", options.name, "The group's name");
}

Exit group(CloudSession& session, const NewGroup& options) {
  return show_made(session, "security_group_id",
                   ecs::create_security_group(session.client(), options.vpc, options.name, session.by()));
}

struct Allow {
  std::string group;
  ecs::Permission permission;
};

void declare_allow(Arguments& arguments, Allow& options) {
  arguments.positional("GROUP", options.group, "The security group");
  arguments.text("--from", "CIDR", options.permission.source_cidr, "Who, such as 10.0.0.0/8");
  arguments.text("--ports", "FIRST/LAST", options.permission.ports, "Which ports, such as 22/22; -1/-1 for all");
  arguments.choice("--protocol", {"tcp", "udp", "icmp", "gre", "all"}, options.permission.protocol, "Which protocol");
  arguments.text("--description", "TEXT", options.permission.description, "What for");
}

Exit allow(CloudSession& session, const Allow& options) {
  if (options.permission.source_cidr.empty()) {
    session.out().error("--from is missing: who is to be let in?");
    return Exit::failed;
  }
  return show_done(
      session, ecs::authorize_security_group(session.client(), options.group, {options.permission}, session.by()),
      options.permission.source_cidr + " may reach " + options.permission.protocol + " " + options.permission.ports);
}

struct Vpc {
  std::string block;
  std::string name;
  bool no_wait = false;
};

void declare_vpc(Arguments& arguments, Vpc& options) {
  arguments.text("--block", "CIDR", options.block, "Its addresses, such as 172.16.0.0/12");
  arguments.text("--name", "NAME", options.name, "Its name");
  arguments.flag("--no-wait", options.no_wait, "Do not wait until it is ready");
}

ecs::Result<std::string> vpc_status(CloudSession& session, const std::string& id) {
  const auto found = ecs::describe_vpcs(session.client(), {id}, session.by());
  if (!found) return tl::unexpected(found.error());
  return found->empty() ? std::string() : found->front().status;
}

Exit vpc(CloudSession& session, const Vpc& options) {
  const auto id = ecs::create_vpc(session.client(), options.block, options.name, session.by());
  const auto shown = show_made(session, "vpc_id", id);
  if (!id || options.no_wait) return shown;
  return wait_until(session, *id, "Available", [&] { return vpc_status(session, *id); });
}

struct VSwitch {
  std::string vpc;
  std::string zone;
  std::string block;
  std::string name;
  bool no_wait = false;
};

void declare_vswitch(Arguments& arguments, VSwitch& options) {
  arguments.positional("VPC", options.vpc, "The VPC it belongs to");
  arguments.positional("ZONE", options.zone, "The zone it stands in");
  arguments.positional("CIDR", options.block, "Its addresses, within the VPC's");
  arguments.text("--name", "NAME", options.name, "Its name");
  arguments.flag("--no-wait", options.no_wait, "Do not wait until it is ready");
}

ecs::Result<std::string> vswitch_status(CloudSession& session, const std::string& vpc, const std::string& id) {
  const auto found = ecs::describe_vswitches(session.client(), vpc, session.by());
  if (!found) return tl::unexpected(found.error());
  for (const auto& each : *found) {
    if (each.id == id) return each.status;
  }
  return std::string();
}

Exit vswitch(CloudSession& session, const VSwitch& options) {
  const auto id =
      ecs::create_vswitch(session.client(), options.vpc, options.zone, options.block, options.name, session.by());
  const auto shown = show_made(session, "vswitch_id", id);
  if (!id || options.no_wait) return shown;
  return wait_until(session, *id, "Available", [&] { return vswitch_status(session, options.vpc, *id); });
}

struct Tags {
  std::string type = "instance";
  std::vector<std::string> ids;
  std::vector<std::string> tags;
  bool all = false;
};

void declare_tag_add(Arguments& arguments, Tags& options) {
  arguments.texts("--tag", "KEY=VALUE", options.tags, "The tag");
  arguments.text("--type", "TYPE", options.type, "instance, disk, snapshot, image, securitygroup, …");
  arguments.positionals("ID", options.ids, "Resources, up to 50", true);
}

void declare_tag_remove(Arguments& arguments, Tags& options) {
  arguments.texts("--key", "KEY", options.tags, "The tag's key");
  arguments.flag("--all", options.all, "Every tag");
  arguments.text("--type", "TYPE", options.type, "instance, disk, snapshot, image, securitygroup, …");
  arguments.positionals("ID", options.ids, "Resources, up to 50", true);
}

Exit tag_add(CloudSession& session, const Tags& options) {
  if (options.tags.empty()) {
    session.out().error("--tag is missing");
    return Exit::failed;
  }
  return show_done(
      session, ecs::tag_resources(session.client(), {options.type, options.ids}, tags_in(options.tags), session.by()),
      "tagged");
}

Exit tag_remove(CloudSession& session, const Tags& options) {
  if (options.tags.empty() != options.all) {
    session.out().error("give either --key or --all");
    return Exit::failed;
  }
  return show_done(session,
                   ecs::untag_resources(session.client(), {options.type, options.ids}, options.tags, session.by()),
                   "tags removed");
}

}  // namespace

std::vector<Command> make_commands() {
  CloudOptions making;
  making.takes_client_token = true;
  return {
      cloud_command<Keep>("disk keep", "Let a disk outlive its instance",
                          "The fastest way to save data when an instance is taken back.", declare_keep, keep),
      cloud_command<Snapshot>("snapshot create", "Make a snapshot of a disk", "", declare_snapshot, snapshot, making),
      cloud_command<Image>("image create", "Make an image", "", declare_image, image, making),
      cloud_command<NewGroup>("security-group create", "Make a security group", "", declare_group, group, making),
      cloud_command<Allow>("security-group allow", "Let somebody in", "", declare_allow, allow, making),
      cloud_command<Vpc>("vpc create", "Make a VPC", "", declare_vpc, vpc, making),
      cloud_command<VSwitch>("vswitch create", "Make a vSwitch in a VPC", "", declare_vswitch, vswitch, making),
      cloud_command<Tags>("tag add", "Tag resources", "", declare_tag_add, tag_add),
      cloud_command<Tags>("tag remove", "Remove tags from resources", "", declare_tag_remove, tag_remove)};
}

}  // namespace preemptd::cli
