#pragma once
#include "core/json.h"
#include "simulator/api/api_error.h"
#include "simulator/api/call.h"
#include "simulator/cloud/world.h"

/// The handlers the table in actions.cpp names, by the file they live in. Each gets a call that is signed, permitted,
/// within its quota, complete in its required parameters and about a region that exists, and answers without RequestId.
namespace preemptd::simulator {

// launch_actions.cpp
ActionResult<core::Json> create_instance(World& world, const ActionCall& call);
ActionResult<core::Json> run_instances(World& world, const ActionCall& call);

// lifecycle_actions.cpp
ActionResult<core::Json> start_instance(World& world, const ActionCall& call);
ActionResult<core::Json> stop_instance(World& world, const ActionCall& call);
ActionResult<core::Json> reboot_instance(World& world, const ActionCall& call);
ActionResult<core::Json> delete_instance(World& world, const ActionCall& call);
ActionResult<core::Json> start_instances(World& world, const ActionCall& call);
ActionResult<core::Json> stop_instances(World& world, const ActionCall& call);
ActionResult<core::Json> reboot_instances(World& world, const ActionCall& call);
ActionResult<core::Json> delete_instances(World& world, const ActionCall& call);

// instance_queries.cpp
ActionResult<core::Json> describe_instances(World& world, const ActionCall& call);
ActionResult<core::Json> describe_instance_status(World& world, const ActionCall& call);
ActionResult<core::Json> describe_instance_attribute(World& world, const ActionCall& call);

// instance_actions.cpp
ActionResult<core::Json> allocate_public_ip_address(World& world, const ActionCall& call);
ActionResult<core::Json> modify_instance_network_spec(World& world, const ActionCall& call);
ActionResult<core::Json> modify_instance_auto_release_time(World& world, const ActionCall& call);
ActionResult<core::Json> modify_instance_attribute(World& world, const ActionCall& call);
ActionResult<core::Json> modify_instance_metadata_options(World& world, const ActionCall& call);
ActionResult<core::Json> describe_user_data(World& world, const ActionCall& call);
ActionResult<core::Json> attach_instance_ram_role(World& world, const ActionCall& call);
ActionResult<core::Json> detach_instance_ram_role(World& world, const ActionCall& call);
ActionResult<core::Json> describe_instance_ram_role(World& world, const ActionCall& call);

// renewal_actions.cpp
ActionResult<core::Json> renew_instance(World& world, const ActionCall& call);
ActionResult<core::Json> describe_instance_auto_renew_attribute(World& world, const ActionCall& call);
ActionResult<core::Json> modify_instance_auto_renew_attribute(World& world, const ActionCall& call);

// market_actions.cpp
ActionResult<core::Json> describe_regions(World& world, const ActionCall& call);
ActionResult<core::Json> describe_zones(World& world, const ActionCall& call);
ActionResult<core::Json> describe_available_resource(World& world, const ActionCall& call);
ActionResult<core::Json> describe_spot_price_history(World& world, const ActionCall& call);
ActionResult<core::Json> describe_spot_advice(World& world, const ActionCall& call);
ActionResult<core::Json> describe_price(World& world, const ActionCall& call);
ActionResult<core::Json> describe_instance_types(World& world, const ActionCall& call);

// disk_actions.cpp
ActionResult<core::Json> describe_disks(World& world, const ActionCall& call);
ActionResult<core::Json> modify_disk_attribute(World& world, const ActionCall& call);
ActionResult<core::Json> create_disk(World& world, const ActionCall& call);
ActionResult<core::Json> delete_disk(World& world, const ActionCall& call);
ActionResult<core::Json> attach_disk(World& world, const ActionCall& call);
ActionResult<core::Json> detach_disk(World& world, const ActionCall& call);

// snapshot_actions.cpp
ActionResult<core::Json> create_snapshot(World& world, const ActionCall& call);
ActionResult<core::Json> describe_snapshots(World& world, const ActionCall& call);
ActionResult<core::Json> delete_snapshot(World& world, const ActionCall& call);
ActionResult<core::Json> create_image(World& world, const ActionCall& call);
ActionResult<core::Json> describe_images(World& world, const ActionCall& call);
ActionResult<core::Json> delete_image(World& world, const ActionCall& call);

// network_actions.cpp
ActionResult<core::Json> create_vpc(World& world, const ActionCall& call);
ActionResult<core::Json> describe_vpcs(World& world, const ActionCall& call);
ActionResult<core::Json> delete_vpc(World& world, const ActionCall& call);
ActionResult<core::Json> create_vswitch(World& world, const ActionCall& call);
ActionResult<core::Json> describe_vswitches(World& world, const ActionCall& call);
ActionResult<core::Json> delete_vswitch(World& world, const ActionCall& call);

// group_actions.cpp
ActionResult<core::Json> create_security_group(World& world, const ActionCall& call);
ActionResult<core::Json> authorize_security_group(World& world, const ActionCall& call);
ActionResult<core::Json> revoke_security_group(World& world, const ActionCall& call);
ActionResult<core::Json> describe_security_groups(World& world, const ActionCall& call);
ActionResult<core::Json> describe_security_group_attribute(World& world, const ActionCall& call);
ActionResult<core::Json> delete_security_group(World& world, const ActionCall& call);

// tag_actions.cpp
ActionResult<core::Json> tag_resources(World& world, const ActionCall& call);
ActionResult<core::Json> untag_resources(World& world, const ActionCall& call);
ActionResult<core::Json> list_tag_resources(World& world, const ActionCall& call);

// assistant_actions.cpp
ActionResult<core::Json> create_command(World& world, const ActionCall& call);
ActionResult<core::Json> run_command(World& world, const ActionCall& call);
ActionResult<core::Json> invoke_command(World& world, const ActionCall& call);
ActionResult<core::Json> describe_cloud_assistant_status(World& world, const ActionCall& call);
ActionResult<core::Json> describe_invocations(World& world, const ActionCall& call);
ActionResult<core::Json> describe_invocation_results(World& world, const ActionCall& call);

// event_actions.cpp
ActionResult<core::Json> create_simulated_system_events(World& world, const ActionCall& call);
ActionResult<core::Json> cancel_simulated_system_events(World& world, const ActionCall& call);
ActionResult<core::Json> describe_instances_full_status(World& world, const ActionCall& call);
ActionResult<core::Json> describe_instance_history_events(World& world, const ActionCall& call);

// identity_actions.cpp
ActionResult<core::Json> get_caller_identity(World& world, const ActionCall& call);
ActionResult<core::Json> assume_role(World& world, const ActionCall& call);
ActionResult<core::Json> assume_role_with_oidc(World& world, const ActionCall& call);
ActionResult<core::Json> put_custom_event(World& world, const ActionCall& call);

}  // namespace preemptd::simulator
