#pragma once
#include <string>

#include "ecs/base/failure.h"

namespace preemptd::cli {

/// What a person does next about the cloud's no; empty when its own words are all there is to say.
std::string advice_on(const ecs::ServerError& error);

}  // namespace preemptd::cli
