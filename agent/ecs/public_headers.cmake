# The headers of the client library that are installed; every other header is internal. Included at install time by package.cmake, with FOLDER
# (agent/) and OUTPUT set: it copies them to OUTPUT/preemptd under their public names.
#
# A public name leaves out the sub-room where that is an internal detail (ecs/client/client.h is <preemptd/ecs/client.h>), and the headers
# include each other by their public names.
cmake_policy(SET CMP0057 NEW)  # if(… IN_LIST …), in an install script too
set(public_headers
  core/clock.h core/identity.h core/json.h core/result.h core/secret.h core/utc.h
  http/curl_transport.h http/transport.h
  metadata/failure.h metadata/metadata_client.h metadata/role_credentials.h metadata/session.h
  ecs/base/call.h ecs/base/credentials.h ecs/base/endpoint.h ecs/base/failure.h ecs/base/json_value.h ecs/base/parameters.h
  ecs/signing/signed_request.h ecs/signing/v1.h ecs/signing/v3.h
  ecs/credentials/assumed_role.h ecs/credentials/default_chain.h ecs/credentials/ecs_ram_role.h ecs/credentials/exchanged.h
  ecs/credentials/profiles.h ecs/credentials/refreshing.h ecs/credentials/sources.h ecs/credentials/static_credentials.h
  ecs/credentials/sts.h
  ecs/client/client.h ecs/client/fields.h ecs/client/paging.h ecs/client/retry.h
  ecs/instances/assistant.h ecs/instances/attributes.h ecs/instances/instance.h ecs/instances/launch.h ecs/instances/own_instance.h
  ecs/instances/power.h ecs/instances/tags.h ecs/instances/wait.h
  ecs/lifecycle/lifecycle.h ecs/lifecycle/spot_watch.h
  ecs/network/network.h ecs/storage/storage.h
  ecs/spot/advice.h ecs/spot/outlook.h ecs/spot/price_statistics.h ecs/spot/regions.h ecs/spot/spot_prices.h
  ecs/catalogue/catalogue.h ecs/catalogue/encode_request.h)
set(hidden_rooms "base|client|instances|lifecycle|network|spot|storage|catalogue")

file(REMOVE_RECURSE ${OUTPUT})
foreach(header IN LISTS public_headers)
  file(READ ${FOLDER}/${header} text)
  string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include \"([^\"]+)\"" "\\1" included "${include}")
    if(NOT included IN_LIST public_headers)
      message(FATAL_ERROR "${header} is public and includes ${included}, which is not: see public_headers.cmake")
    endif()
  endforeach()
  string(REGEX REPLACE "#include \"ecs/(${hidden_rooms})/" "#include \"ecs/" text "${text}")
  string(REGEX REPLACE "#include \"([^\"]+)\"" "#include <preemptd/\\1>" text "${text}")
  string(REGEX REPLACE "^ecs/(${hidden_rooms})/" "ecs/" name ${header})
  if(EXISTS ${OUTPUT}/preemptd/${name})
    message(FATAL_ERROR "two public headers are called ${name}")
  endif()
  file(WRITE ${OUTPUT}/preemptd/${name} "${text}")
endforeach()
