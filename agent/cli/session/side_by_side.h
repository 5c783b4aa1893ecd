#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "cli/session/session.h"

/// Many questions to the cloud at once, each thread with a client of its own.
namespace preemptd::cli {

/// `ask` for every number below `count`, at most eight at a time. It runs in several threads, never twice with the same
/// number, and touches nothing but the client it is given and what belongs to its number. The first failure that it
/// returns is the answer: no further question is begun, those in progress end. Progress says how many of `what`
/// ("price histories") are there. A single question, and one that is only shown, is asked in the calling thread.
std::optional<ecs::Failure> ask_side_by_side(
    CloudSession& session, std::size_t count, const std::string& what,
    const std::function<std::optional<ecs::Failure>(ecs::Client&, std::size_t)>& ask);

}  // namespace preemptd::cli
