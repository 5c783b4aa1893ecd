#pragma once
#include <string>

namespace preemptd::metadata {

/// What the firmware says about where this machine runs.
enum class Platform {
  alibaba_cloud,
  elsewhere,  ///< another product name: the metadata address will not answer, or not for us
  unknown,    ///< the firmware does not tell (no DMI, a container, an odd architecture)
};

/// Reads the SMBIOS product name, "Alibaba Cloud ECS" on ECS (as cloud-init's DataSourceAliYun does).
Platform detect_platform(const std::string& product_name_file = "/sys/class/dmi/id/product_name");

}  // namespace preemptd::metadata
