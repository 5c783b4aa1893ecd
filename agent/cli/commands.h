#pragma once
#include "cli/command.h"

/// One function for each command of the node; commands.cpp puts them in order.
namespace preemptd::cli {}  // namespace preemptd::cli
