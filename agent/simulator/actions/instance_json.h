#pragma once
#include "core/json.h"
#include "simulator/cloud/cloud_clock.h"
#include "simulator/cloud/instance.h"

namespace preemptd::simulator {

/// "2026-03-04T05:06Z", as ECS writes the times of instances; empty for nothing.
std::string minute_text(core::WallTime time);
std::string minute_text(std::optional<core::WallTime> time, Moment moment);

/// One element of DescribeInstances' Instances.Instance[].
core::Json instance_json(const Instance& instance, Moment moment);

/// The flat body of DescribeInstanceAttribute: a string IoOptimized, locks without LockMsg, no spot members.
core::Json instance_attribute_json(const Instance& instance, Moment moment);

/// {"Tag": [{"TagKey", "TagValue"}]}
core::Json tags_json(const std::map<std::string, std::string>& tags);

}  // namespace preemptd::simulator
