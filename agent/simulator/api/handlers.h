#pragma once
#include "core/json.h"
#include "simulator/api/api_error.h"
#include "simulator/api/call.h"
#include "simulator/cloud/world.h"

/// The handlers the table in actions.cpp names, by the file they live in. Each gets a call that is signed, permitted,
/// within its quota, complete in its required parameters and about a region that exists, and answers without RequestId.
namespace preemptd::simulator {

// launch_actions.cpp
Answer<core::Json> create_instance(World& world, const Call& call);
Answer<core::Json> run_instances(World& world, const Call& call);

// lifecycle_actions.cpp
Answer<core::Json> start_instance(World& world, const Call& call);
Answer<core::Json> stop_instance(World& world, const Call& call);
Answer<core::Json> reboot_instance(World& world, const Call& call);
Answer<core::Json> delete_instance(World& world, const Call& call);
Answer<core::Json> start_instances(World& world, const Call& call);
Answer<core::Json> stop_instances(World& world, const Call& call);
Answer<core::Json> reboot_instances(World& world, const Call& call);
Answer<core::Json> delete_instances(World& world, const Call& call);

// instance_queries.cpp
Answer<core::Json> describe_instances(World& world, const Call& call);
Answer<core::Json> describe_instance_status(World& world, const Call& call);
Answer<core::Json> describe_instance_attribute(World& world, const Call& call);

// instance_actions.cpp
Answer<core::Json> allocate_public_ip_address(World& world, const Call& call);
Answer<core::Json> modify_instance_auto_release_time(World& world, const Call& call);
Answer<core::Json> modify_instance_attribute(World& world, const Call& call);
Answer<core::Json> modify_instance_metadata_options(World& world, const Call& call);
Answer<core::Json> describe_user_data(World& world, const Call& call);
Answer<core::Json> attach_instance_ram_role(World& world, const Call& call);
Answer<core::Json> detach_instance_ram_role(World& world, const Call& call);
Answer<core::Json> describe_instance_ram_role(World& world, const Call& call);

// renewal_actions.cpp
Answer<core::Json> renew_instance(World& world, const Call& call);
Answer<core::Json> describe_instance_auto_renew_attribute(World& world, const Call& call);
Answer<core::Json> modify_instance_auto_renew_attribute(World& world, const Call& call);

// market_actions.cpp
Answer<core::Json> describe_regions(World& world, const Call& call);
Answer<core::Json> describe_zones(World& world, const Call& call);
Answer<core::Json> describe_available_resource(World& world, const Call& call);
Answer<core::Json> describe_spot_price_history(World& world, const Call& call);
Answer<core::Json> describe_spot_advice(World& world, const Call& call);
Answer<core::Json> describe_price(World& world, const Call& call);
Answer<core::Json> describe_instance_types(World& world, const Call& call);

// disk_actions.cpp
Answer<core::Json> describe_disks(World& world, const Call& call);
Answer<core::Json> modify_disk_attribute(World& world, const Call& call);
Answer<core::Json> create_disk(World& world, const Call& call);
Answer<core::Json> delete_disk(World& world, const Call& call);
Answer<core::Json> attach_disk(World& world, const Call& call);
Answer<core::Json> detach_disk(World& world, const Call& call);

// snapshot_actions.cpp
Answer<core::Json> create_snapshot(World& world, const Call& call);
Answer<core::Json> describe_snapshots(World& world, const Call& call);
Answer<core::Json> delete_snapshot(World& world, const Call& call);
Answer<core::Json> create_image(World& world, const Call& call);
Answer<core::Json> describe_images(World& world, const Call& call);
Answer<core::Json> delete_image(World& world, const Call& call);

// network_actions.cpp
Answer<core::Json> create_vpc(World& world, const Call& call);
Answer<core::Json> describe_vpcs(World& world, const Call& call);
Answer<core::Json> delete_vpc(World& world, const Call& call);
Answer<core::Json> create_vswitch(World& world, const Call& call);
Answer<core::Json> describe_vswitches(World& world, const Call& call);
Answer<core::Json> delete_vswitch(World& world, const Call& call);

// group_actions.cpp
Answer<core::Json> create_security_group(World& world, const Call& call);
Answer<core::Json> authorize_security_group(World& world, const Call& call);
Answer<core::Json> revoke_security_group(World& world, const Call& call);
Answer<core::Json> describe_security_groups(World& world, const Call& call);
Answer<core::Json> describe_security_group_attribute(World& world, const Call& call);
Answer<core::Json> delete_security_group(World& world, const Call& call);

// tag_actions.cpp
Answer<core::Json> tag_resources(World& world, const Call& call);
Answer<core::Json> untag_resources(World& world, const Call& call);
Answer<core::Json> list_tag_resources(World& world, const Call& call);

// assistant_actions.cpp
Answer<core::Json> create_command(World& world, const Call& call);
Answer<core::Json> run_command(World& world, const Call& call);
Answer<core::Json> invoke_command(World& world, const Call& call);
Answer<core::Json> describe_cloud_assistant_status(World& world, const Call& call);
Answer<core::Json> describe_invocations(World& world, const Call& call);
Answer<core::Json> describe_invocation_results(World& world, const Call& call);

// event_actions.cpp
Answer<core::Json> create_simulated_system_events(World& world, const Call& call);
Answer<core::Json> cancel_simulated_system_events(World& world, const Call& call);
Answer<core::Json> describe_instances_full_status(World& world, const Call& call);
Answer<core::Json> describe_instance_history_events(World& world, const Call& call);

// identity_actions.cpp
Answer<core::Json> get_caller_identity(World& world, const Call& call);
Answer<core::Json> assume_role(World& world, const Call& call);
Answer<core::Json> assume_role_with_oidc(World& world, const Call& call);
Answer<core::Json> put_custom_event(World& world, const Call& call);

}  // namespace preemptd::simulator
