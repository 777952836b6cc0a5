// Unix sockets without Node.js's net, which takes a machine's start longer to load than all its own code.
#pragma once

#include <string>

namespace rasvm {

// A stream socket bound to `path` that listens; non-blocking, closed on exec. SystemError.
int listenUnix(const std::string& path);

}  // namespace rasvm
