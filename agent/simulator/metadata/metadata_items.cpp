#include "simulator/metadata/metadata_items.h"

#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/utc.h"
#include "simulator/cloud/digest.h"
#include "simulator/cloud/world.h"

namespace preemptd::simulator {
namespace {

using Items = std::map<std::string, std::string>;

void add_identity(Items& items, const Instance& own) {
  const core::Json document{{"instance-id", own.id},       {"region-id", own.region}, {"zone-id", own.zone},
                            {"instance-type", own.type},   {"image-id", own.image},   {"private-ipv4", own.private_ip},
                            {"serial-number", own.serial}, {"mac", own.mac},          {"owner-account-id", kAccountId},
                            {"account-id", kAccountId}};
  items["dynamic/instance-identity/document"] = core::dump_json(document);
}

void add_basics(Items& items, const Instance& own) {
  const std::pair<const char*, std::string_view> basics[] = {
      {"instance-id", own.id},
      {"region-id", own.region},
      {"zone-id", own.zone},
      {"instance/instance-type", own.type},
      {"instance/instance-name", own.name},
      {"instance/max-netbw-egress", "10485760"},
      {"instance/max-netbw-ingress", "10485760"},
      {"instance/virtualization-solution", "ECS Virt"},
      {"instance/virtualization-solution-version", "2.0"},
      {"hostname", own.host_name},
      {"owner-account-id", kAccountId},
      {"image-id", own.image},
      {"serial-number", own.serial},
      {"mac", own.mac},
      {"network-type", "vpc"},
      {"private-ipv4", own.private_ip},
      {"vpc-id", own.vpc},
      {"vswitch-id", own.vswitch},
      {"source-address", "http://mirrors.cloud.aliyuncs.com"},
      {"kms-server", "kms.cloud.aliyuncs.com"},
      {"dns-conf/nameservers", "100.100.2.136\r\n100.100.2.138"},
      {"ntp-conf/ntp-servers", "ntp1.aliyun.com\r\nntp2.aliyun.com\r\nntp3.aliyun.com"},
  };
  for (const auto& [name, value] : basics) items["meta-data/" + std::string(name)] = value;
}

void add_network(Items& items, const World& world, const Instance& own) {
  const Vpc* vpc = world.network.vpcs.find(own.vpc);
  const VSwitch* vswitch = world.network.vswitches.find(own.vswitch);
  const std::string base = "meta-data/network/interfaces/macs/" + own.mac + "/";
  items[base + "network-interface-id"] = own.network_interface;
  items[base + "primary-ip-address"] = own.private_ip;
  items[base + "private-ipv4s"] = core::dump_json(core::Json::array({own.private_ip}));
  items[base + "vpc-id"] = own.vpc;
  items[base + "vswitch-id"] = own.vswitch;
  for (const std::string& folder : {std::string("meta-data/"), base}) {
    if (vpc != nullptr) items[folder + "vpc-cidr-block"] = vpc->block.text();
    if (vswitch != nullptr) items[folder + "vswitch-cidr-block"] = vswitch->block.text();
  }
  if (vswitch == nullptr) return;
  const auto size = static_cast<std::uint32_t>(vswitch->block.size());
  items[base + "netmask"] = ipv4_text(~(size - 1));
  items[base + "gateway"] = ipv4_text(vswitch->block.first + size - 3);
}

void add_conditional(Items& items, const Instance& own, Moment moment) {
  if (!own.public_ip.empty()) items["meta-data/public-ipv4"] = own.public_ip;
  if (own.reclaim && own.reclaim->in_metadata) {
    items["meta-data/instance/spot/termination-time"] = core::format_utc(moment.shown(own.reclaim->at));
  }
  if (!own.role.empty()) items["meta-data/ram/security-credentials/" + own.role] = "";
  if (!own.key_pair.empty())
    items["meta-data/public-keys/0/openssh-key"] = "ssh-rsa AAAAB3NzaC1yc2E simulated " + own.key_pair;
  if (!own.user_data.empty()) items["user-data"] = base64_decode(own.user_data);
  if (!own.metadata.tags) return;
  for (const auto& [key, value] : own.tags) items["meta-data/tags/instance/" + key] = value;
}

}  // namespace

Items metadata_items(const World& world, Moment moment) {
  const Instance& own = world.own();
  Items items;
  add_basics(items, own);
  add_identity(items, own);
  add_network(items, world, own);
  add_conditional(items, own, moment);
  items["global-config/aliyun-assist-server-url"] = "https://" + own.region + ".axt.aliyun.com";
  items["maintenance/active-system-events"] = "None";
  return items;
}

}  // namespace preemptd::simulator
